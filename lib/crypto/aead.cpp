// SPDX-License-Identifier: Apache-2.0
// The cipher is fetched once per process and a context made once per object; a message then costs
// one nonce set-up. A key schedule runs only in rekey().
#include "crypto/aead.hpp"

#include <openssl/evp.h>

#include <limits>

#include "base/check.hpp"

namespace cess {
namespace {

// OpenSSL counts in int. One message here is a chunk of 64 KiB or a small box.
constexpr std::size_t kMessageSizeMax = std::numeric_limits<int>::max() - 64;

const EVP_CIPHER* cipher_of(AeadId id) {
  static const EVP_CIPHER* const gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  const EVP_CIPHER* c = id == AeadId::aes_256_gcm ? gcm : chacha;
  CESS_CHECK(c != nullptr);
  return c;
}

void add_aad(EVP_CIPHER_CTX* ctx, ByteView aad) {
  CESS_CHECK(aad.size() <= kMessageSizeMax);
  int n = 0;
  if (!aad.empty()) {
    CESS_CHECK(EVP_CipherUpdate(ctx, nullptr, &n, aad.data(), static_cast<int>(aad.size())) == 1);
  }
}

void crypt(EVP_CIPHER_CTX* ctx, std::uint8_t* out, ByteView in) {
  CESS_CHECK(in.size() <= kMessageSizeMax);
  int n = 0;
  if (!in.empty()) {
    CESS_CHECK(EVP_CipherUpdate(ctx, out, &n, in.data(), static_cast<int>(in.size())) == 1);
    CESS_CHECK(static_cast<std::size_t>(n) == in.size());
  }
}

}  // namespace

struct Aead::Impl {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  Impl() { CESS_CHECK(ctx != nullptr); }
  ~Impl() { EVP_CIPHER_CTX_free(ctx); }  // wipes the key schedule
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Aead::Aead(AeadId id, const Key256& key) : impl_(std::make_unique<Impl>()) {
  CESS_CHECK(
      EVP_CipherInit_ex2(impl_->ctx, cipher_of(id), key.view().data(), nullptr, 1, nullptr) == 1);
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::rekey(const Key256& key) {
  CESS_CHECK(EVP_CipherInit_ex2(impl_->ctx, nullptr, key.view().data(), nullptr, 1, nullptr) == 1);
}

void Aead::seal(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView plain) {
  CESS_CHECK(out.size() == plain.size() + kAeadTagSize);
  EVP_CIPHER_CTX* ctx = impl_->ctx;
  CESS_CHECK(EVP_CipherInit_ex2(ctx, nullptr, nullptr, nonce.data(), 1, nullptr) == 1);
  add_aad(ctx, aad);
  crypt(ctx, out.data(), plain);
  std::uint8_t* tag = out.data() + plain.size();
  int n = 0;
  CESS_CHECK(EVP_CipherFinal_ex(ctx, tag, &n) == 1 && n == 0);
  CESS_CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag) == 1);
}

bool Aead::open(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView sealed) {
  if (sealed.size() < kAeadTagSize) return false;
  CESS_CHECK(out.size() == sealed.size() - kAeadTagSize);
  EVP_CIPHER_CTX* ctx = impl_->ctx;
  // The tag first, copied: `out` may lie over `sealed`.
  std::array<std::uint8_t, kAeadTagSize> tag{};
  std::memcpy(tag.data(), sealed.data() + out.size(), tag.size());
  CESS_CHECK(EVP_CipherInit_ex2(ctx, nullptr, nullptr, nonce.data(), 0, nullptr) == 1);
  add_aad(ctx, aad);
  crypt(ctx, out.data(), sealed.first(out.size()));
  CESS_CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1);
  int n = 0;
  std::array<std::uint8_t, 16> none{};
  if (EVP_CipherFinal_ex(ctx, none.data(), &n) == 1) return true;
  wipe(out);
  return false;
}

}  // namespace cess
