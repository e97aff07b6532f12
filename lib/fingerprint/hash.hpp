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

/// XXH32 of `in` (xxHash specification, section "XXH32 algorithm"), which ISO 24138 hashes its
/// features with.
inline std::uint32_t xxh32(ByteView in, std::uint32_t seed = 0) {
  constexpr std::uint32_t kP1 = 0x9e3779b1U;
  constexpr std::uint32_t kP2 = 0x85ebca77U;
  constexpr std::uint32_t kP3 = 0xc2b2ae3dU;
  constexpr std::uint32_t kP4 = 0x27d4eb2fU;
  constexpr std::uint32_t kP5 = 0x165667b1U;
  const auto size = static_cast<std::uint32_t>(in.size());
  std::uint32_t acc = seed + kP5;
  if (in.size() >= 16) {
    std::uint32_t lanes[4] = {seed + kP1 + kP2, seed + kP2, seed, seed - kP1};
    for (; in.size() >= 16; in = in.subspan(16)) {
      for (std::size_t i = 0; i < 4; ++i) {
        lanes[i] = std::rotl(lanes[i] + load_le<std::uint32_t>(in.data() + 4 * i) * kP2, 13) * kP1;
      }
    }
    acc = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
          std::rotl(lanes[3], 18);
  }
  acc += size;
  for (; in.size() >= 4; in = in.subspan(4)) {
    acc = std::rotl(acc + load_le<std::uint32_t>(in.data()) * kP3, 17) * kP4;
  }
  for (const std::uint8_t byte : in) acc = std::rotl(acc + byte * kP5, 11) * kP1;
  acc = (acc ^ (acc >> 15U)) * kP2;
  acc = (acc ^ (acc >> 13U)) * kP3;
  return acc ^ (acc >> 16U);
}

}  // namespace cess::fp
