// SPDX-License-Identifier: Apache-2.0
// libsecp256k1 with one context for everything, made once and not changed afterwards, so any thread may
// use it.
#include "crypto/secp256k1.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "crypto/keccak.hpp"

namespace cess {
namespace {

constexpr int kRecoveryIdMax = 3;
constexpr std::size_t kCompactSize = 64;

const secp256k1_context* context() {
  static const secp256k1_context* const made =
      secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
  return made;
}

Secp256k1Public compressed(const secp256k1_pubkey& key) {
  Secp256k1Public out{};
  std::size_t size = out.size();
  CESS_CHECK(secp256k1_ec_pubkey_serialize(context(), out.data(), &size, &key,
                                           SECP256K1_EC_COMPRESSED) == 1 &&
             size == out.size());
  return out;
}

std::optional<secp256k1_pubkey> parse(const Secp256k1Public& key) {
  secp256k1_pubkey point;
  if (secp256k1_ec_pubkey_parse(context(), &point, key.data(), key.size()) != 1) {
    return std::nullopt;
  }
  return point;
}

// r and s below n and s at most n/2.
std::optional<secp256k1_ecdsa_signature> parse_low(const Secp256k1Signature& signature) {
  secp256k1_ecdsa_signature parsed;
  if (signature[kCompactSize] > kRecoveryIdMax ||
      secp256k1_ecdsa_signature_parse_compact(context(), &parsed, signature.data()) != 1 ||
      secp256k1_ecdsa_signature_normalize(context(), nullptr, &parsed) == 1) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace

std::optional<Secp256k1Public> secp256k1_public(const Key256& secret) {
  secp256k1_pubkey key;
  if (secp256k1_ec_pubkey_create(context(), &key, secret.view().data()) != 1) return std::nullopt;
  return compressed(key);
}

std::optional<Secp256k1Signature> secp256k1_sign(const Key256& secret, const Hash256& digest) {
  secp256k1_ecdsa_recoverable_signature made;
  if (secp256k1_ecdsa_sign_recoverable(context(), &made, digest.bytes.data(), secret.view().data(),
                                       secp256k1_nonce_function_rfc6979, nullptr) != 1) {
    return std::nullopt;
  }
  Secp256k1Signature out{};
  int id = 0;
  CESS_CHECK(secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), out.data(), &id,
                                                                     &made) == 1);
  out[kCompactSize] = static_cast<std::uint8_t>(id);
  return out;
}

std::optional<Secp256k1Public> secp256k1_recover(const Hash256& digest,
                                                 const Secp256k1Signature& signature) {
  if (!parse_low(signature)) return std::nullopt;
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, signature.data(),
                                                          signature[kCompactSize]) != 1 ||
      secp256k1_ecdsa_recover(context(), &key, &parsed, digest.bytes.data()) != 1) {
    return std::nullopt;
  }
  return compressed(key);
}

bool secp256k1_verify(const Secp256k1Public& key, const Hash256& digest,
                      const Secp256k1Signature& signature) {
  const auto point = parse(key);
  const auto parsed = parse_low(signature);
  return point && parsed &&
         secp256k1_ecdsa_verify(context(), &*parsed, digest.bytes.data(), &*point) == 1;
}

std::optional<EthereumAddress> ethereum_address(const Secp256k1Public& key) {
  const auto point = parse(key);
  if (!point) return std::nullopt;
  std::array<std::uint8_t, 65> whole{};
  std::size_t size = whole.size();
  CESS_CHECK(secp256k1_ec_pubkey_serialize(context(), whole.data(), &size, &*point,
                                           SECP256K1_EC_UNCOMPRESSED) == 1 &&
             size == whole.size());
  const Hash256 hash = keccak256(ByteView(whole).subspan(1));
  EthereumAddress address{};
  std::copy(hash.bytes.begin() + 12, hash.bytes.end(), address.begin());
  return address;
}

}  // namespace cess
