// SPDX-License-Identifier: Apache-2.0
// ECDSA over secp256k1 through libsecp256k1, for accounts with Ethereum-style keys. Messages are
// 32-byte digests that the caller made. One signature per (key, digest): nonces are those of RFC
// 6979 and a high s is refused everywhere, so that nobody can turn a signature into another valid
// one. Signing is constant time in the key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/secret.hpp"

namespace cess {

/// The compressed point, SEC 1 section 2.3.3: 02 or 03, then x.
using Secp256k1Public = std::array<std::uint8_t, 33>;
/// r (32, big-endian), s (32, big-endian, <= n/2), recovery id (0..3).
using Secp256k1Signature = std::array<std::uint8_t, 65>;
using EthereumAddress = std::array<std::uint8_t, 20>;

/// nullopt unless 0 < secret < n.
std::optional<Secp256k1Public> secp256k1_public(const Key256& secret);
/// nullopt unless 0 < secret < n.
std::optional<Secp256k1Signature> secp256k1_sign(const Key256& secret, const Hash256& digest);
/// The key that made the signature; nullopt if it is malformed, has a high s, or leads to no key.
[[nodiscard]] std::optional<Secp256k1Public> secp256k1_recover(const Hash256& digest,
                                                               const Secp256k1Signature& signature);
/// Checks r and s (with low s) and that the recovery id, if it is to be trusted, is in range; the
/// key need not be the one the recovery id leads to.
[[nodiscard]] bool secp256k1_verify(const Secp256k1Public& key, const Hash256& digest,
                                    const Secp256k1Signature& signature);
/// The last 20 bytes of Keccak-256 over the uncompressed point without its first byte; nullopt if
/// `key` is no point.
[[nodiscard]] std::optional<EthereumAddress> ethereum_address(const Secp256k1Public& key);

}  // namespace cess
