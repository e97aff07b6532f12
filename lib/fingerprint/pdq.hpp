// SPDX-License-Identifier: Apache-2.0
// PDQ (Meta, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019): 256
// bits of a picture's coarse structure. Luma, two passes of box filters (a tent), 64 x 64 samples,
// the 16 x 16 lowest frequencies of the discrete cosine transform without the zeroth, each bit
// whether it is above the median. Whole numbers throughout: published hashes are met within a few
// bits (the paper allows 10 of 256 between implementations), and ours are the same everywhere.
#pragma once

#include <array>
#include <cstdint>

#include "fingerprint/gray.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

inline constexpr std::uint32_t kPdqSideMin = 5;

struct Pdq {
  Bits256 bits{};            ///< as PDQ prints them: the highest frequencies first
  std::uint8_t quality = 0;  ///< 0 to 100: how much there is to see; below 50 the hash says little
};

/// The hash of `part` of the picture; all zero where a side is shorter than kPdqSideMin.
Pdq pdq_of(const Gray& g, const Rect& part);
Pdq pdq_of(const Gray& g);

/// The eight turns (clockwise) and mirror images of a square.
enum class Turn : std::uint8_t { none, by90, by180, by270, mirror, flip, transpose, antitranspose };
inline constexpr std::size_t kTurns = 8;
std::string_view turn_name(Turn t);
/// The hash that the turned picture has, but for the few frequencies between the median and zero.
/// Bits as in Pdq.
Bits256 turn_pdq(const Bits256& bits, Turn t);

/// The smallest distance of `a` to any turn of `b`, and which turn of b it is; `none` wins a draw.
struct TurnedDistance {
  std::uint32_t distance = 256;
  Turn turn = Turn::none;
};
TurnedDistance turned_distance(const Bits256& a, const Bits256& b);

}  // namespace cess::fp
