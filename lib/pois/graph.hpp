// SPDX-License-Identifier: Apache-2.0
// The graph that every filler of a size shares: which labels a label is made of. Public, the same
// on every machine, drawn anew whenever it is needed (doc/formats/idle.md has the draws).
//   - Within a layer: v - 1 and five nodes drawn as DRSample does on the degree-reduced graph
//     (Alwen, Blocki, Harsha, CCS 2017): depth-robust.
//   - From the layer before: 8 nodes by a permutation of 8n points (Chung's random expander), a
//     four-round Feistel network over tables.
// Integers only. The tables are 128 KiB for the largest size. An object serves one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

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
  [[nodiscard]] ExpanderParents expander_parents(std::uint32_t v) const;
  /// The permutation of 0..8n-1 behind the expander.
  [[nodiscard]] std::uint32_t permute(std::uint32_t x) const;

 private:
  Params params_;
  unsigned half_bits_;
  Aes128Blocks random_;
  std::vector<std::uint16_t> tables_;  // four rounds of 2^half_bits entries
  std::vector<std::uint8_t> draws_;
};

}  // namespace cess::pois
