// SPDX-License-Identifier: Apache-2.0
#include "idle_answers.hpp"

#include "idle/blobs.hpp"
#include "idle/prover.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kAnswersSizeMax = std::size_t{1} << 30U;

Result<client::IdleBlob> keep_proof(const BlobFolder& blobs, idle_space::Kind kind,
                                    const pois::Owner& owner, std::uint64_t number,
                                    const Bytes& bytes) {
  CESS_TRY_ASSIGN(const Hash256 digest, idle::keep_blob(blobs.folder, bytes, blobs.now_ms));
  return client::IdleBlob{kind, owner, number, digest, bytes.size()};
}

// Those of the first round, if they are there and of this one.
std::vector<Hash256> kept_answers(const std::string& blobs, const Hash256& root) {
  std::vector<Hash256> answers;
  if (const auto kept = read_file(blobs + "/answers", kAnswersSizeMax)) {
    for (std::size_t at = 0; at + Hash256::kSize <= kept->size(); at += Hash256::kSize) {
      answers.push_back(Hash256::from(ByteView(*kept).subspan(at, Hash256::kSize)));
    }
  }
  if (!answers.empty() && pois::answers_root(answers) != root) answers.clear();
  return answers;
}

}  // namespace

Status answer_round(const idle::IdleFolder& folder, pois::EpochDocument& doc,
                    const std::string& blobs) {
  CESS_TRY_ASSIGN(const auto answers, idle::answer_epoch(folder, doc.challenge));
  Bytes bytes;
  for (const Hash256& answer : answers) append(bytes, answer.view());
  CESS_TRY(make_dir(blobs, 0755, true));
  CESS_TRY(write_file(blobs + "/answers", bytes, {.mode = 0644, .replace = true}));
  doc.answers_root = pois::answers_root(answers);
  return {};
}

Result<client::IdleBlob> open_round(const idle::IdleFolder& folder, const pois::EpochDocument& doc,
                                    const BlobFolder& blobs) {
  std::vector<Hash256> answers = kept_answers(blobs.folder, *doc.answers_root);
  if (answers.empty()) {
    CESS_TRY_ASSIGN(answers, idle::answer_epoch(folder, doc.challenge));
  }
  if (pois::answers_root(answers) != *doc.answers_root) {
    return fail(Code::no, "cannot prove: the answers are not those of the first round any more");
  }
  CESS_TRY_ASSIGN(const auto proof, idle::open_epoch(folder, doc.challenge, answers,
                                                     *doc.opening_beacon, doc.skipped));
  return keep_proof(blobs, idle_space::Kind::epoch, doc.challenge.owner, doc.challenge.epoch,
                    pois::encode_epoch_proof(proof));
}

Result<client::IdleBlob> prove_commitment(const idle::IdleFolder& folder,
                                          const pois::BatchDocument& doc, const BlobFolder& blobs,
                                          const std::string& scratch, std::uint64_t memory_bytes) {
  CESS_TRY_ASSIGN(const auto proof,
                  idle::prove_batch(folder, doc.batch, *doc.beacon, scratch, memory_bytes));
  return keep_proof(blobs, idle_space::Kind::batch, doc.batch.owner, doc.batch.first,
                    pois::encode_batch_proof(proof));
}

}  // namespace cess
