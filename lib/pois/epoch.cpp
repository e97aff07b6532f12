// SPDX-License-Identifier: Apache-2.0
#include "pois/epoch.hpp"

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

constexpr std::string_view kEpochMagic = "CESSIDE1";

Result<std::vector<Hash256>> read_path(Reader& r, std::string_view field) {
  CESS_TRY_ASSIGN(const auto count, r.le<std::uint32_t>(field));
  if (count > kEpochPathMax || count > r.left() / Hash256::kSize) {
    return r.refuse(std::string(field) + " is too long");
  }
  std::vector<Hash256> out(count);
  for (Hash256& hash : out) {
    CESS_TRY_ASSIGN(hash, r.id<Hash256>(field));
  }
  return out;
}

// comm_r of each opening, all of them a level at a time.
std::vector<Hash256> label_roots(const EpochProof& proof, std::span<const std::uint32_t> nodes) {
  std::vector<Hash256> known;
  for (const Opening& opening : proof.openings) known.push_back(opening.label);
  std::vector<Hash256> pairs(2 * known.size());
  for (unsigned level = 0; level < proof.params.log2_nodes; ++level) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      const bool right = (nodes[i] >> level & 1U) != 0;
      pairs[2 * i + (right ? 1 : 0)] = known[i];
      pairs[2 * i + (right ? 0 : 1)] = proof.openings[i].path[level];
    }
    sha256_pairs(known, pairs);
  }
  return known;
}

}  // namespace

Bytes encode_epoch_proof(const EpochProof& proof) {
  Writer w;
  w.raw(kEpochMagic).le(static_cast<std::uint16_t>(proof.params.log2_nodes));
  w.le(static_cast<std::uint16_t>(proof.openings.size()));
  for (const Opening& opening : proof.openings) {
    w.id(opening.label).id(opening.columns_root);
    for (const Hash256& hash : opening.path) w.id(hash);
  }
  for (const auto* path : {&proof.answers_path, &proof.files_path}) {
    w.le(static_cast<std::uint32_t>(path->size()));
    for (const Hash256& hash : *path) w.id(hash);
  }
  return w.take();
}

Result<EpochProof> parse_epoch_proof(ByteView bytes) {
  Reader r(bytes, "idle proof");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kEpochMagic.size(), "magic"));
  if (as_text(magic) != kEpochMagic) return r.refuse("not an idle proof of version 1");
  EpochProof out;
  CESS_TRY_ASSIGN(out.params.log2_nodes, r.le<std::uint16_t>("log2_nodes"));
  CESS_TRY(check_params(out.params));
  CESS_TRY_ASSIGN(const auto count, r.le<std::uint16_t>("openings"));
  if (count == 0 || count > kOpenedFiles) return r.refuse("openings out of range");
  for (unsigned i = 0; i < count; ++i) {
    Opening opening;
    CESS_TRY_ASSIGN(opening.label, r.id<Hash256>("label"));
    CESS_TRY_ASSIGN(opening.columns_root, r.id<Hash256>("comm_c"));
    opening.path.resize(out.params.log2_nodes);
    for (Hash256& hash : opening.path) {
      CESS_TRY_ASSIGN(hash, r.id<Hash256>("path"));
    }
    out.openings.push_back(std::move(opening));
  }
  CESS_TRY_ASSIGN(out.answers_path, read_path(r, "answers_path"));
  CESS_TRY_ASSIGN(out.files_path, read_path(r, "files_path"));
  CESS_TRY(r.end());
  return out;
}

Hash256 answers_root(std::span<const Hash256> answers) { return merkle_root(answers); }

Hash256 range_root(std::uint64_t count, const Hash256& tree_root) {
  Writer w;
  w.le(std::uint8_t{2}).le(count).id(tree_root);
  return sha256(w.bytes());
}

bool verify_epoch(const EpochChallenge& challenge, const Hash256& root, const Hash256& beacon,
                  const EpochProof& proof, std::uint64_t skipped) {
  CESS_CHECK(check_epoch(challenge).has_value());
  if (proof.params != challenge.owner.params) return false;
  const Hash256 seed = epoch_seed(challenge);
  const std::uint64_t live_count = challenge.live.count();
  if (skipped >= live_count) return false;
  const auto drawn = opened_files(seed, root, beacon, live_count, skipped);
  if (proof.openings.size() != drawn.size()) return false;
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint32_t> nodes;
  std::vector<Leaf> answers;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const Opening& opening = proof.openings[i];
    if (opening.path.size() != proof.params.log2_nodes) return false;
    numbers.push_back(challenge.live.number(drawn[i]));
    nodes.push_back(epoch_node(seed, numbers[i], proof.params));
    answers.push_back({drawn[i], epoch_answer(numbers[i], opening.label)});
  }
  if (multi_root(live_count, answers, proof.answers_path) != root) return false;
  const std::vector<Hash256> roots = label_roots(proof, nodes);
  std::vector<Leaf> files;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const Hash256 comm = commitment_hash(filler_id(challenge.owner, numbers[i]),
                                         {proof.openings[i].columns_root, roots[i]});
    files.push_back({numbers[i], merkle_leaf(file_leaf(numbers[i], comm).view())});
  }
  const auto tree = multi_root(challenge.live.rear, files, proof.files_path);
  return tree && range_root(challenge.live.rear, *tree) == challenge.files_root;
}

}  // namespace cess::pois
