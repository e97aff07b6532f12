// SPDX-License-Identifier: Apache-2.0
// The graph that every filler of a size shares: which labels a label is made of. Public, the same
// on every machine, drawn anew whenever it is needed (doc/formats/idle.md has the draws).
//   - Within a layer: v - 1 and five nodes drawn as DRSample does on the degree-reduced graph
//     (Alwen, Blocki, Harsha, CCS 2017): depth-robust.
//   - From the layer before: 8 nodes by a permutation of 8n points (Chung's random expander), a
//     four-round Feistel network over tables.
// Integers only. The tables are 128 KiB for the largest size. An object serves one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "base/endian.hpp"
#include "crypto/aes128.hpp"
#include "pois/params.hpp"

namespace cess::pois {

using DrgParents = std::array<std::uint32_t, kDrgDegree>;
using ExpanderParents = std::array<std::uint32_t, kExpanderDegree>;

class Graph {
 public:
  /// `params` have passed check_params.
  explicit Graph(const Params& params);

  [[nodiscard]] const Params& params() const { return params_; }
  /// Parents within a layer of out.size() nodes from `first` on, at most kRunMax. Node 1 has node 0
  /// six times; node 0 has none: its entry is zero and means six labels of zero bytes.
  static constexpr std::size_t kRunMax = 512;
  void drg_parents(std::span<DrgParents> out, std::uint32_t first);
  /// The same in two steps, for who wants them one node at a time: the random bytes behind those of
  /// `count` nodes, at most kRunMax, to `draws`, drg_draw_bytes(count) of them; then the parents of
  /// the node whose bytes begin at `draw`.
  static constexpr std::size_t drg_draw_bytes(std::size_t count) { return 48 * count; }
  void draw_drg(MutByteView draws, std::uint32_t first) const;
  static DrgParents drg_parents(std::uint32_t v, const std::uint8_t* draw);
  [[nodiscard]] ExpanderParents expander_parents(std::uint32_t v) const;
  /// The permutation of 0..8n-1 behind the expander.
  [[nodiscard]] std::uint32_t permute(std::uint32_t x) const {
    const std::uint16_t* table = tables_.data();
    const std::size_t entries = std::size_t{1} << half_bits_;
    std::uint32_t left = x >> half_bits_;
    std::uint32_t right = x & static_cast<std::uint32_t>(entries - 1);
    for (unsigned round = 0; round < kRounds; ++round, table += entries) {
      const std::uint32_t next = left ^ table[right];
      left = right;
      right = next;
    }
    return (left << half_bits_) | right;
  }
  /// Parent i of v in the layer before.
  [[nodiscard]] std::uint32_t expander_parent(std::uint32_t v, unsigned i) const {
    return permute(v * kExpanderDegree + i) / kExpanderDegree;
  }
  /// Parent j (1..5) of v >= 2 within the layer from the bytes drawn for v: the bucket by the upper
  /// 16 bits, the distance by the other 48, both by multiplication.
  static std::uint32_t drg_parent(std::uint32_t v, unsigned j, const std::uint8_t* draw) {
    const auto random = load_le<std::uint64_t>(draw + std::size_t{8} * (j - 1));
    const std::uint64_t u = std::uint64_t{5} * v;
    const auto buckets = static_cast<std::uint64_t>(std::bit_width(u - 1));  // ceil(log2 u)
    const std::uint64_t g = 1 + (((random >> 48U) * buckets) >> 16U);
    const std::uint64_t least = std::max<std::uint64_t>(2, std::uint64_t{1} << (g - 1));
    const std::uint64_t most = std::min(std::uint64_t{1} << g, u);
    const std::uint64_t low = random & ((std::uint64_t{1} << 48U) - 1);
    const std::uint64_t distance = least + scale48(low, most - least + 1);
    // A distance of 2 and more never gives v itself, the case that the paper replaces by v - 1.
    return static_cast<std::uint32_t>((u - distance) / 5);
  }

 private:
  static constexpr unsigned kRounds = 4;
  // floor(x * range / 2^48) for x < 2^48 and range < 2^31, without a 128-bit product.
  static std::uint64_t scale48(std::uint64_t x, std::uint64_t range) {
    return ((x >> 16U) * range + (((x & 0xffffU) * range) >> 16U)) >> 32U;
  }

  Params params_;
  unsigned half_bits_;
  Aes128Blocks random_;
  std::vector<std::uint16_t> tables_;  // four rounds of 2^half_bits entries
  std::vector<std::uint8_t> draws_;
};

}  // namespace cess::pois
