// SPDX-License-Identifier: Apache-2.0
// Shamir's secret sharing (CACM 1979) of 32 bytes, byte by byte over GF(2^8) with the polynomial
// x^8 + x^4 + x^3 + x + 1: the field and the place of the secret (x = 255) are those of SLIP-0039.
// Any `threshold` shares give the secret back, fewer say nothing about it. A wrong share is not
// noticed here: it gives a wrong secret, which whoever combines must check.
// Constant time in secrets and values; the indices x and the threshold are public.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace cess {

constexpr unsigned kShamirSharesMax = 16;

struct ShamirShare {
  std::uint8_t x = 0;
  Key256 value;
};

/// Splits into `count` shares with x = 0, 1, ... `random` holds (threshold - 1) * 32 fresh uniform
/// bytes, which the caller wipes. Code::input unless 1 <= threshold <= count <= kShamirSharesMax.
Result<std::vector<ShamirShare>> shamir_split(const Key256& secret, unsigned threshold,
                                              unsigned count, ByteView random);
/// The secret from exactly as many shares as its threshold. Code::input for none, too many, equal
/// indices, or an index of 255.
Result<Key256> shamir_combine(std::span<const ShamirShare> shares);
/// The value at `x` of the polynomials through `shares`: what both functions above are made of.
/// Errors as of shamir_combine, but any index may occur.
Result<Key256> shamir_at(std::span<const ShamirShare> shares, std::uint8_t x);

}  // namespace cess
