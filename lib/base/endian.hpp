// SPDX-License-Identifier: Apache-2.0
// Integers to and from bytes, little-endian (the house order) and big-endian (index keys, CTR).
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace cess {

static_assert(std::endian::native == std::endian::little, "CESS is written for little-endian hosts");

template <std::unsigned_integral T>
T load_le(const std::uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <std::unsigned_integral T>
void store_le(std::uint8_t* p, T v) {
  std::memcpy(p, &v, sizeof v);
}
template <std::unsigned_integral T>
T load_be(const std::uint8_t* p) {
  T v = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) v = static_cast<T>((v << 8U) | p[i]);
  return v;
}
template <std::unsigned_integral T>
void store_be(std::uint8_t* p, T v) {
  for (std::size_t i = sizeof(T); i-- > 0; v = static_cast<T>(v >> 8U)) {
    p[i] = static_cast<std::uint8_t>(v);
  }
}

}  // namespace cess
