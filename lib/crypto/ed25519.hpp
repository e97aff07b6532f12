// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) through libsodium. Signing is constant time in the seed and deterministic.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace cess {

using Ed25519Public = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

/// The public key of a 32-byte seed (the secret key of RFC 8032).
Ed25519Public ed25519_public(const Key256& seed);
Ed25519Signature ed25519_sign(const Key256& seed, ByteView message);
/// The acceptance rule of the chain (doc/decisions/0104), which is libsodium's: refuses S >= L, a
/// non-canonical or small-order public key, a small-order R, and whatever fails the equation
/// without cofactor. Points of mixed order pass. Variable time: everything here is public.
[[nodiscard]] bool ed25519_verify(const Ed25519Public& key, ByteView message,
                                  const Ed25519Signature& signature);

/// The X25519 secret key with the same scalar as the Ed25519 key of `seed`, and the public key of
/// both worlds' one point (RFC 7748 section 4.1): for sealing to somebody whose Ed25519 key is all
/// that is known. That signing and HPKE with one key pair do not weaken each other is shown by
/// Thormarker (ePrint 2021/509). Code::input for a key that Ed25519 verification would refuse.
Key256 x25519_from_ed25519(const Key256& seed);
Result<std::array<std::uint8_t, 32>> x25519_from_ed25519(const Ed25519Public& key);

}  // namespace cess
