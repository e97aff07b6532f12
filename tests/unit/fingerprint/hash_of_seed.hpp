// SPDX-License-Identifier: Apache-2.0
// Frames of films and hashes of pictures that were never drawn.
#pragma once

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "fingerprint/hash.hpp"

namespace cess::fp {

/// A hash of its own for each seed, `flipped` bits away from that of the seed, and its quality.
inline Bytes hash_of_seed(std::uint64_t seed, unsigned flipped, std::uint8_t quality) {
  Bytes out(33);
  for (std::size_t i = 0; i < 4; ++i) store_le(out.data() + 8 * i, mix64(seed * 4 + i));
  for (unsigned b = 0; b < flipped; ++b) out[b / 8] ^= static_cast<std::uint8_t>(1U << (b % 8));
  out[32] = quality;
  return out;
}

}  // namespace cess::fp
