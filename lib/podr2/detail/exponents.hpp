// SPDX-License-Identifier: Apache-2.0
// Local random exponents ρ of the small-exponent tests, from one 32-byte seed:
// ρ_i = first 16 bytes of H("CESS-RHO-v1" ‖ seed ‖ LE64 i), zero replaced by 1.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/endian.hpp"
#include "crypto/bls.hpp"
#include "crypto/sha256.hpp"
#include "podr2/keys.hpp"

namespace cess::detail {

inline bls::Exponent128 exponent(const CheckSeed& seed, std::uint64_t i) {
  std::array<std::uint8_t, 8> number;
  store_le(number.data(), i);
  const Hash256 h = sha256({as_bytes("CESS-RHO-v1"), seed, number});
  bls::Exponent128 e;
  std::copy_n(h.bytes.begin(), e.size(), e.begin());
  if (std::all_of(e.begin(), e.end(), [](std::uint8_t b) { return b == 0; })) e[0] = 1;
  return e;
}

/// RFC 9380 domain separation tag of the points that tags hang on.
inline constexpr std::string_view kTagDst = "CESS-PODR2-V01-TAG_BLS12381G1_XMD:SHA-256_SSWU_RO_";
constexpr std::size_t kTagNameSize = 36;

/// frag_id ‖ LE32(block): what is hashed to the curve for one block.
inline std::array<std::uint8_t, kTagNameSize> tag_name(const FragId& frag, std::uint32_t block) {
  std::array<std::uint8_t, kTagNameSize> name;
  std::copy(frag.bytes.begin(), frag.bytes.end(), name.begin());
  store_le(name.data() + 32, block);
  return name;
}

}  // namespace cess::detail
