// SPDX-License-Identifier: Apache-2.0
// One stream of SHA-256 through OpenSSL's low-level interface: it keeps its state in a plain
// struct, so a hash of a few bytes costs no allocation and no provider lookup (EVP costs four times
// as much there). It is deprecated in OpenSSL 3 but part of its ABI; hmac.cpp uses it for the same
// reason..
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/check.hpp"

namespace cess {

struct Sha256::Impl {
  SHA256_CTX ctx;
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) { CESS_CHECK(SHA256_Init(&impl_->ctx) == 1); }

Sha256::~Sha256() {
  if (impl_) OPENSSL_cleanse(impl_.get(), sizeof(Impl));
}

Sha256::Sha256(Sha256&&) noexcept = default;

Sha256& Sha256::operator=(Sha256&& o) noexcept {
  std::swap(impl_, o.impl_);
  return *this;
}

Sha256& Sha256::update(ByteView v) {
  CESS_CHECK(SHA256_Update(&impl_->ctx, v.data(), v.size()) == 1);
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 out;
  CESS_CHECK(SHA256_Final(out.bytes.data(), &impl_->ctx) == 1);
  CESS_CHECK(SHA256_Init(&impl_->ctx) == 1);
  return out;
}

Hash256 sha256(std::initializer_list<ByteView> parts) {
  SHA256_CTX ctx;
  SHA256_Init(&ctx);
  for (ByteView part : parts) SHA256_Update(&ctx, part.data(), part.size());
  Hash256 out;
  SHA256_Final(out.bytes.data(), &ctx);
  // The state may hold bytes of a secret message (HMAC and key derivation come through here).
  OPENSSL_cleanse(&ctx, sizeof ctx);
  return out;
}

}  // namespace cess
