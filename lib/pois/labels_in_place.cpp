// SPDX-License-Identifier: Apache-2.0
// Labels with SHA instructions: parents are read where they lie, and while the rounds wait for each
// other, those of a node to come are drawn and asked for, a block's share in each block. (Asking
// for all at once stops the processor until their addresses are translated.)
#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256_chunks.hpp"
#include "pois/label_shape.hpp"

namespace cess::pois {

#if defined(__x86_64__)

// The hashes of node v from lane `lane` on: two, or the last.
template <class Between>
void Labeler::hash_lanes(Hash256* out, std::size_t lane, std::uint32_t v, Between between) {
  const Hash256* const* parents = parents_[v % kKept].data();
  if (lane + 1 < lanes_) {
    shani::hash_two(out, message_.data(), parents, lane, degree_, padding_, between);
  } else {
    shani::hash_one(out, message_.data(), parents, lane, degree_, padding_, between);
  }
}

// `ahead` is a node to come, or none.
void Labeler::make_in_place(std::span<Hash256> labels, std::span<const Hash256> before,
                            std::uint32_t v, std::uint32_t ahead) {
  const std::size_t lanes = lanes_;
  for (std::size_t i = 0; i < lanes; ++i) {
    store_le(messages_.data() + i * kMessageMax + kNodeAt, std::uint64_t{v});
  }
  Hash256* out = labels.data() + v * lanes;
  if (ahead == kNone || before.empty()) {
    if (ahead != kNone) {
      find_parents(labels, before, ahead);
      prefetch(parents_[ahead % kKept]);
    }
    const auto nothing = [](std::size_t) {};
    for (std::size_t lane = 0; lane < lanes; lane += 2) hash_lanes(out, lane, v, nothing);
    return;
  }
  if (ahead % kRun == 0) draw(ahead);
  const std::uint8_t* bytes = draws_.data() + Graph::drg_draw_bytes(ahead % kRun);
  const Hash256** parents = parents_[ahead % kKept].data();
  const Hash256* row = labels.data();
  const Hash256* row_before = before.data();
  const Graph& graph = graph_;
  parents[0] = row + (ahead - 1) * lanes;
  hash_lanes(
      out, 0, v, [ =, &graph ](std::size_t block) __attribute__((always_inline)) {
        const auto j = static_cast<unsigned>(block);
        const Hash256* found = row_before + graph.expander_parent(ahead, j) * lanes;
        parents[kDrgDegree + j] = found;
        __builtin_prefetch(found);
        if (j == 0 || j >= kDrgDegree) return;
        found = row + Graph::drg_parent(ahead, j, bytes) * lanes;
        parents[j] = found;
        __builtin_prefetch(found);
      });
  for (std::size_t lane = 2; lane < lanes; lane += 2) {
    hash_lanes(
        out, lane, v, [=](std::size_t block) __attribute__((always_inline)) {
          __builtin_prefetch(parents[kDrgDegree + block] + lane);
          if (block > 0 && block < kDrgDegree) __builtin_prefetch(parents[block] + lane);
        });
  }
}

#else

void Labeler::make_in_place(std::span<Hash256>, std::span<const Hash256>, std::uint32_t,
                            std::uint32_t) {
  CESS_CHECK(false);
}

#endif

}  // namespace cess::pois
