// SPDX-License-Identifier: Apache-2.0
// Shingles that texts of different origin share: licences, the preamble of a generator of manual
// pages, turns of phrase. They show nothing about who copied whom, and comparisons leave them out.
// A Bloom filter (Bloom 1970) of what was counted in the packages of a Debian installation; about
// two shingles in a hundred are left out by mistake, on both sides alike. Part of the comparison,
// not of the fingerprint: another table gives other verdicts of the same fingerprints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "fingerprint/hash.hpp"
#include "fingerprint/sketch.hpp"

namespace cess::fp {

inline constexpr std::size_t kCommonShingleWords = 2048;  ///< of 64 bits: 16 KiB

/// The filter's bits for a shingle.
inline std::array<std::size_t, 4> common_shingle_bits(std::uint64_t shingle) {
  const std::uint64_t h = mix64(shingle);
  return {h & 0x1ffffU, (h >> 15U) & 0x1ffffU, (h >> 30U) & 0x1ffffU, (h >> 45U) & 0x1ffffU};
}

bool is_common_shingle(std::uint64_t shingle);

/// The sketch without common shingles. Its bound stays: a sketch that is not complete keeps its
/// last element.
Sketch without_common(const Sketch& sketch);

}  // namespace cess::fp
