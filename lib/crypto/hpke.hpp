// SPDX-License-Identifier: Apache-2.0
// HPKE (RFC 9180), base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM
// (or ChaCha20-Poly1305). A sealed message is
//
//   offset  size  field
//        0    32  enc, the ephemeral X25519 public key
//       32     n  ciphertext
//     32+n    16  tag
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/aead.hpp"
#include "crypto/x25519.hpp"

namespace cess {

constexpr std::size_t kHpkeEncSize = 32;
constexpr std::size_t kHpkeOverhead = kHpkeEncSize + kAeadTagSize;

/// Seals `plain` for the holder of the secret key of `recipient`. `ephemeral_seed` is 32 fresh
/// random bytes (ikmE of RFC 9180 section 7.1.3); the same seed gives the same message, so it must
/// never be used twice. Code::input when `recipient` is a point of small order.
Result<Bytes> hpke_seal(const X25519Public& recipient, ByteView info, ByteView aad, ByteView plain,
                        const Key256& ephemeral_seed, AeadId aead = AeadId::aes_256_gcm);

/// Opens `sealed` into `plain`, which must have sealed.size() - 48 bytes. Code::no when it was not
/// sealed for this key, info and aad, or was altered; Code::input when it is too short or its
/// ephemeral key has small order. `plain` holds nothing of use then.
Status hpke_open(MutByteView plain, const Key256& secret, ByteView info, ByteView aad,
                 ByteView sealed, AeadId aead = AeadId::aes_256_gcm);

}  // namespace cess
