// SPDX-License-Identifier: Apache-2.0
#include "crypto/ed25519.hpp"

#include <sodium.h>

#include "base/check.hpp"

namespace cess {
namespace {

using SecretKey = Secret<crypto_sign_SECRETKEYBYTES>;

SecretKey expand(const Key256& seed, Ed25519Public& pub) {
  SecretKey sk;
  CESS_CHECK(crypto_sign_seed_keypair(pub.data(), sk.mut().data(), seed.view().data()) == 0);
  return sk;
}

}  // namespace

Ed25519Public ed25519_public(const Key256& seed) {
  Ed25519Public pub{};
  expand(seed, pub);
  return pub;
}

Ed25519Signature ed25519_sign(const Key256& seed, ByteView message) {
  Ed25519Public pub{};
  const SecretKey sk = expand(seed, pub);
  Ed25519Signature sig{};
  CESS_CHECK(crypto_sign_detached(sig.data(), nullptr, message.data(), message.size(),
                                  sk.view().data()) == 0);
  return sig;
}

bool ed25519_verify(const Ed25519Public& key, ByteView message, const Ed25519Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

Key256 x25519_from_ed25519(const Key256& seed) {
  Ed25519Public pub{};
  const SecretKey sk = expand(seed, pub);
  Key256 out;
  CESS_CHECK(crypto_sign_ed25519_sk_to_curve25519(out.mut().data(), sk.view().data()) == 0);
  return out;
}

Result<std::array<std::uint8_t, 32>> x25519_from_ed25519(const Ed25519Public& key) {
  std::array<std::uint8_t, 32> out{};
  if (crypto_sign_ed25519_pk_to_curve25519(out.data(), key.data()) != 0) {
    return fail(Code::input, "cannot seal to an Ed25519 key that is no good point");
  }
  return out;
}

}  // namespace cess
