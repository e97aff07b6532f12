// SPDX-License-Identifier: Apache-2.0
// Where what lies in a segment's file (the table is in segment.hpp). Internal to this module.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/endian.hpp"

namespace cess::fp {

inline constexpr std::string_view kSegmentMagic = "CFPSEG1\n";
inline constexpr std::size_t kSegmentHeader = 32;
inline constexpr std::size_t kIndexWordSize = 32;  ///< of a word, and of a label
inline constexpr unsigned kPiecesMin = 10;
inline constexpr unsigned kPiecesMax = 32;

/// First bit of piece i of m.
constexpr unsigned piece_start(unsigned i, unsigned m) { return 256 * i / m; }
/// Its bits: 8 to 26.
constexpr unsigned piece_bits(unsigned i, unsigned m) {
  return piece_start(i + 1, m) - piece_start(i, m);
}

/// Bytes of all tables, with the zeros behind them.
constexpr std::uint64_t pieces_size(std::uint64_t count, unsigned m) {
  std::uint64_t size = 0;
  for (unsigned i = 0; i < m; ++i) size += 4 * ((std::uint64_t{1} << piece_bits(i, m)) + 1 + count);
  return (size + 7) / 8 * 8;
}

/// Bits [first, first + bits) of a word; bits is at most 64 - 7.
inline std::uint32_t piece_value(const std::uint8_t* word, unsigned first, unsigned bits) {
  // The last piece would reach over the end: read earlier and shift more.
  const unsigned byte = std::min(first / 8, 24U);
  const std::uint64_t v = load_le<std::uint64_t>(word + byte) >> (first - 8 * byte);
  return static_cast<std::uint32_t>(v & ((std::uint64_t{1} << bits) - 1));
}

}  // namespace cess::fp
