// SPDX-License-Identifier: Apache-2.0
#include "crypto/x25519.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/check.hpp"
#include "crypto/hmac.hpp"

namespace cess {
namespace {

struct PkeyFree {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
struct PkeyCtxFree {
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyFree>;
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, PkeyCtxFree>;

Pkey private_key(const Key256& secret) {
  Pkey key(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, secret.view().data(),
                                           Key256::kSize));
  CESS_CHECK(key != nullptr);
  return key;
}

}  // namespace

X25519Public x25519_public(const Key256& secret) {
  const Pkey key = private_key(secret);
  X25519Public out{};
  std::size_t size = out.size();
  CESS_CHECK(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1);
  CESS_CHECK(size == out.size());
  return out;
}

Result<Key256> x25519_shared(const Key256& secret, const X25519Public& peer) {
  const Pkey mine = private_key(secret);
  const Pkey theirs(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, peer.data(), peer.size()));
  CESS_CHECK(theirs != nullptr);
  const PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(nullptr, mine.get(), nullptr));
  CESS_CHECK(ctx != nullptr && EVP_PKEY_derive_init(ctx.get()) == 1);
  CESS_CHECK(EVP_PKEY_derive_set_peer(ctx.get(), theirs.get()) == 1);
  Key256 shared;
  std::size_t size = Key256::kSize;
  const int derived = EVP_PKEY_derive(ctx.get(), shared.mut().data(), &size);
  // OpenSSL refuses an all-zero result itself; it is compared here too, since we rely on it.
  static constexpr std::array<std::uint8_t, Key256::kSize> kZero{};
  if (derived != 1 || size != Key256::kSize || equal_ct(shared.view(), kZero)) {
    ERR_clear_error();
    return fail(Code::input, "x25519: the peer's public key is a point of small order");
  }
  return shared;
}

}  // namespace cess
