// SPDX-License-Identifier: Apache-2.0
#include "pois/challenge.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"

namespace cess::pois {
namespace {

// x mod m for x of 128 bits given as two halves and m < 2^41, by long division in steps of 16 bits.
std::uint64_t mod128(std::uint64_t high, std::uint64_t low, std::uint64_t m) {
  std::uint64_t rest = high % m;
  for (int shift = 48; shift >= 0; shift -= 16) {
    rest = ((rest << 16U) | ((low >> static_cast<unsigned>(shift)) & 0xffffU)) % m;
  }
  return rest;
}

std::uint64_t draw_below(const Hash256& hash, std::uint64_t end) {
  const auto low = load_le<std::uint64_t>(hash.bytes.data());
  const auto high = load_le<std::uint64_t>(hash.bytes.data() + 8);
  return mod128(high, low, end);
}

Hash256 nth(const Hash256& seed, std::uint32_t k) {
  Writer w;
  w.id(seed).le(k);
  return sha256(w.bytes());
}

}  // namespace

Status check_batch(const Batch& batch) {
  CESS_TRY(check_owner(batch.owner));
  if (batch.comms.empty() || batch.comms.size() > kBatchFilesMax) {
    return fail(Code::input, "a batch has 1 to " + std::to_string(kBatchFilesMax) + " fillers");
  }
  if (batch.first > kFileNumbersMax - batch.comms.size()) {
    return fail(Code::input, "number of a filler is too large");
  }
  return {};
}

Hash256 batch_digest(const Batch& batch) {
  Writer w;
  w.raw("CESS-POIS-BATCH-v1").sized(as_bytes(batch.owner.chain_id)).id(batch.owner.miner);
  write_params(w, batch.owner.params);
  w.le(batch.first).le(static_cast<std::uint32_t>(batch.comms.size()));
  for (const Hash256& comm : batch.comms) w.id(comm);
  return sha256(w.bytes());
}

std::vector<FileNodes> commit_challenges(const Batch& batch, const Hash256& beacon) {
  CESS_CHECK(check_batch(batch).has_value());
  Writer w;
  w.raw("CESS-POIS-COMMIT-v1").id(batch_digest(batch)).id(beacon);
  const Hash256 seed = sha256(w.bytes());
  std::vector<FileNodes> all(batch.comms.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i].file_no = batch.first + i;
  for (std::uint32_t k = 0; k < kCommitChallenges; ++k) {
    const Hash256 draw = nth(seed, k);
    const std::uint64_t file = draw_below(draw, all.size());
    const auto node = load_le<std::uint64_t>(draw.bytes.data() + 16) % batch.owner.params.nodes();
    all[file].nodes.push_back(static_cast<std::uint32_t>(node));
  }
  std::erase_if(all, [](const FileNodes& f) { return f.nodes.empty(); });
  for (FileNodes& f : all) {
    std::ranges::sort(f.nodes);
    const auto repeats = std::ranges::unique(f.nodes);
    f.nodes.erase(repeats.begin(), repeats.end());
  }
  return all;
}

std::uint64_t LiveSet::count() const {
  std::uint64_t out = rear - front;
  for (const HoleRange& hole : holes) out -= hole.end - hole.first;
  return out;
}

std::uint64_t LiveSet::number(std::uint64_t index) const {
  CESS_CHECK(index < count());
  std::uint64_t out = front + index;
  for (const HoleRange& hole : holes) {
    if (out < hole.first) break;
    out += hole.end - hole.first;
  }
  return out;
}

bool LiveSet::contains(std::uint64_t file_no) const {
  return file_no >= front && file_no < rear && std::ranges::none_of(holes, [&](const HoleRange& h) {
           return file_no >= h.first && file_no < h.end;
         });
}

Status check_live(const LiveSet& live) {
  if (live.front > live.rear || live.rear > kFileNumbersMax) {
    return fail(Code::input, "front and rear of the fillers are out of order or range");
  }
  if (live.holes.size() > kHoleRangesMax) {
    return fail(Code::input, "more than " + std::to_string(kHoleRangesMax) + " holes");
  }
  std::uint64_t least = live.front;
  for (const HoleRange& hole : live.holes) {
    if (hole.first < least || hole.end <= hole.first || hole.end > live.rear) {
      return fail(Code::input, "holes are out of order or range");
    }
    least = hole.end + 1;  // two that touch are one
  }
  return {};
}

Status check_epoch(const EpochChallenge& challenge) {
  CESS_TRY(check_owner(challenge.owner));
  CESS_TRY(check_live(challenge.live));
  if (challenge.live.count() == 0) return fail(Code::input, "no filler is live");
  return {};
}

Hash256 file_leaf(std::uint64_t file_no, const Hash256& comm) {
  Writer w;
  w.le(std::uint8_t{0}).le(file_no).id(comm);
  return sha256(w.bytes());
}

Hash256 epoch_seed(const EpochChallenge& c) {
  Writer w;
  w.raw("CESS-POIS-CHAL-v1").sized(as_bytes(c.owner.chain_id)).le(c.epoch).id(c.beacon);
  w.id(c.owner.miner);
  write_params(w, c.owner.params);
  w.id(c.files_root).le(c.live.front).le(c.live.rear);
  w.le(static_cast<std::uint32_t>(c.live.holes.size()));
  for (const HoleRange& hole : c.live.holes) w.le(hole.first).le(hole.end);
  w.le(kOpenedFiles);
  return sha256(w.bytes());
}

std::uint32_t epoch_node(const Hash256& seed, std::uint64_t file_no, const Params& params) {
  Writer w;
  w.id(seed).le(file_no);
  const Hash256 hash = sha256(w.bytes());
  return static_cast<std::uint32_t>(load_le<std::uint64_t>(hash.bytes.data()) % params.nodes());
}

Hash256 epoch_answer(std::uint64_t file_no, const Hash256& label) {
  Writer w;
  w.le(std::uint8_t{0}).le(file_no).id(label);
  return sha256(w.bytes());
}

std::vector<std::uint64_t> opened_files(const Hash256& seed, const Hash256& answers_root,
                                        const Hash256& beacon, std::uint64_t live_count,
                                        std::uint64_t skipped) {
  CESS_CHECK(live_count > skipped);
  Writer w;
  w.raw("CESS-POIS-OPEN-v1").id(seed).id(answers_root).id(beacon);
  const Hash256 opening = sha256(w.bytes());
  std::vector<std::uint64_t> out;
  for (std::uint32_t k = 0; k < kOpenedFiles; ++k) {
    out.push_back(skipped + draw_below(nth(opening, k), live_count - skipped));
  }
  std::ranges::sort(out);
  const auto repeats = std::ranges::unique(out);
  out.erase(repeats.begin(), repeats.end());
  return out;
}

}  // namespace cess::pois
