// SPDX-License-Identifier: Apache-2.0
// X25519 (RFC 7748). Constant time in the secret key.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace cess {

using X25519Public = std::array<std::uint8_t, 32>;

/// The public key of a secret key. Any 32 bytes are a secret key (clamped as in RFC 7748 section
/// 5).
X25519Public x25519_public(const Key256& secret);

/// The shared secret; it is not uniform, derive keys from it. Code::input when it is all zero, i.e.
/// the peer's key is a point of small order (RFC 7748 section 6.1).
Result<Key256> x25519_shared(const Key256& secret, const X25519Public& peer);

}  // namespace cess
