// SPDX-License-Identifier: Apache-2.0
// XXH64 with seed 0, as its specification describes it, for vectors that others published as XXH64
// values. Not cryptographic; tests only.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/endian.hpp"

namespace cess {

inline std::uint64_t xxh64(ByteView in) {
  constexpr std::uint64_t kP1 = 0x9e3779b185ebca87U;
  constexpr std::uint64_t kP2 = 0xc2b2ae3d27d4eb4fU;
  constexpr std::uint64_t kP3 = 0x165667b19e3779f9U;
  constexpr std::uint64_t kP4 = 0x85ebca77c2b2ae63U;
  constexpr std::uint64_t kP5 = 0x27d4eb2f165667c5U;
  const auto round = [](std::uint64_t acc, std::uint64_t lane) {
    return std::rotl(acc + lane * kP2, 31) * kP1;
  };
  const std::uint64_t size = in.size();
  std::uint64_t acc = kP5;
  if (in.size() >= 32) {
    std::uint64_t lanes[4] = {kP1 + kP2, kP2, 0, 0 - kP1};
    for (; in.size() >= 32; in = in.subspan(32)) {
      for (unsigned i = 0; i < 4; ++i) {
        lanes[i] = round(lanes[i], load_le<std::uint64_t>(in.data() + std::size_t{8} * i));
      }
    }
    acc = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
          std::rotl(lanes[3], 18);
    for (const std::uint64_t lane : lanes) acc = (acc ^ round(0, lane)) * kP1 + kP4;
  }
  acc += size;
  for (; in.size() >= 8; in = in.subspan(8)) {
    acc = std::rotl(acc ^ round(0, load_le<std::uint64_t>(in.data())), 27) * kP1 + kP4;
  }
  if (in.size() >= 4) {
    acc = std::rotl(acc ^ (load_le<std::uint32_t>(in.data()) * kP1), 23) * kP2 + kP3;
    in = in.subspan(4);
  }
  for (const std::uint8_t byte : in) acc = std::rotl(acc ^ (byte * kP5), 11) * kP1;
  acc = (acc ^ (acc >> 33U)) * kP2;
  acc = (acc ^ (acc >> 29U)) * kP3;
  return acc ^ (acc >> 32U);
}

}  // namespace cess
