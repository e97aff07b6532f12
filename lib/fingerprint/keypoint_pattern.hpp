// SPDX-License-Identifier: Apache-2.0
// Which of 8 x 8 cells a descriptor compares: 256 pairs, made by a fixed generator. Pair i + 128 is
// the mirror image (v to 7 - v) of pair i, so that the descriptor of the mirrored place is the same
// bits with their halves swapped.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "fingerprint/simhash.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

using CellPair = std::pair<std::uint8_t, std::uint8_t>;

inline const std::array<CellPair, 256>& keypoint_pairs() {
  static const auto kPairs = [] {
    std::array<CellPair, 256> pairs{};
    const auto mirror = [](std::uint8_t c) {
      return static_cast<std::uint8_t>((7U - c / 8U) * 8U + c % 8U);
    };
    std::uint64_t state = token_seed("cess keypoint pairs 1");
    for (std::size_t n = 0; n < 128;) {
      state += 0x9e3779b97f4a7c15U;
      const std::uint64_t r = mix64(state);
      const CellPair p{static_cast<std::uint8_t>(r & 63U),
                       static_cast<std::uint8_t>((r >> 8U) & 63U)};
      const CellPair m{mirror(p.first), mirror(p.second)};
      bool taken = p.first == p.second || p == m || (m.first == p.second && m.second == p.first);
      for (std::size_t k = 0; k < n && !taken; ++k) {
        const CellPair swapped{pairs[k].second, pairs[k].first};
        taken = pairs[k] == p || pairs[k] == m || swapped == p || swapped == m;
      }
      if (taken) continue;
      pairs[n] = p;
      pairs[n + 128] = m;
      ++n;
    }
    return pairs;
  }();
  return kPairs;
}

/// The descriptor of the mirrored place.
inline Bits256 mirror_bits(const Bits256& b) {
  Bits256 out{};
  for (std::size_t i = 0; i < 32; ++i) out[i] = b[(i + 16) % 32];
  return out;
}

}  // namespace cess::fp
