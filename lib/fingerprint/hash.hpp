// SPDX-License-Identifier: Apache-2.0
// Small fixed hash functions under the features. None is cryptographic: whoever wants two files to
// look alike can have that (DESIGN.md says what a fingerprint shows and what it cannot). All are
// exact integer functions.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {

/// The golden-ratio step of SplitMix64: mix64(h + i * kGolden) gives independent words of one hash.
inline constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

inline constexpr std::uint32_t kXxhP1 = 0x9e3779b1U;
inline constexpr std::uint32_t kXxhP2 = 0x85ebca77U;
inline constexpr std::uint32_t kXxhP3 = 0xc2b2ae3dU;
inline constexpr std::uint32_t kXxhP4 = 0x27d4eb2fU;
inline constexpr std::uint32_t kXxhP5 = 0x165667b1U;

/// Steps of XXH32 behind its blocks of 16 bytes.
constexpr std::uint32_t xxh32_word(std::uint32_t acc, std::uint32_t word) {
  return std::rotl(acc + word * kXxhP3, 17) * kXxhP4;
}
constexpr std::uint32_t xxh32_byte(std::uint32_t acc, std::uint8_t byte) {
  return std::rotl(acc + byte * kXxhP5, 11) * kXxhP1;
}
constexpr std::uint32_t xxh32_end(std::uint32_t acc) {
  acc = (acc ^ (acc >> 15U)) * kXxhP2;
  acc = (acc ^ (acc >> 13U)) * kXxhP3;
  return acc ^ (acc >> 16U);
}

/// XXH32 of `in` (xxHash specification, section "XXH32 algorithm"), which ISO 24138 hashes its
/// features with.
inline std::uint32_t xxh32(ByteView in, std::uint32_t seed = 0) {
  const auto size = static_cast<std::uint32_t>(in.size());
  std::uint32_t acc = seed + kXxhP5;
  if (in.size() >= 16) {
    std::uint32_t lanes[4] = {seed + kXxhP1 + kXxhP2, seed + kXxhP2, seed, seed - kXxhP1};
    for (; in.size() >= 16; in = in.subspan(16)) {
      for (std::size_t i = 0; i < 4; ++i) {
        lanes[i] =
            std::rotl(lanes[i] + load_le<std::uint32_t>(in.data() + 4 * i) * kXxhP2, 13) * kXxhP1;
      }
    }
    acc = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
          std::rotl(lanes[3], 18);
  }
  acc += size;
  for (; in.size() >= 4; in = in.subspan(4))
    acc = xxh32_word(acc, load_le<std::uint32_t>(in.data()));
  for (const std::uint8_t byte : in) acc = xxh32_byte(acc, byte);
  return xxh32_end(acc);
}

}  // namespace cess::fp
