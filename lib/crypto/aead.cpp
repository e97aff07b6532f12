// SPDX-License-Identifier: Apache-2.0
// The cipher is fetched once per process and a context made once per object; a message then costs
// one nonce set-up. A key schedule runs only in rekey().
#include "crypto/aead.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <limits>
#include <optional>

#include "base/check.hpp"
#include "crypto/detail/gcm_kernels.hpp"
#include "crypto/hmac.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cess {
namespace detail {
namespace {

// OpenSSL counts in int. One message here is a chunk of 64 KiB or a small box.
constexpr std::size_t kMessageSizeMax = std::numeric_limits<int>::max() - 64;

EVP_CIPHER_CTX* context(void* p) { return static_cast<EVP_CIPHER_CTX*>(p); }

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

EvpAead::EvpAead(AeadId id, const Key256& key) : ctx_(EVP_CIPHER_CTX_new()) {
  CESS_CHECK(ctx_ != nullptr);
  CESS_CHECK(EVP_CipherInit_ex2(context(ctx_), cipher_of(id), key.view().data(), nullptr, 1,
                                nullptr) == 1);
}

EvpAead::~EvpAead() { EVP_CIPHER_CTX_free(context(ctx_)); }  // wipes the key schedule

void EvpAead::rekey(const Key256& key) {
  CESS_CHECK(EVP_CipherInit_ex2(context(ctx_), nullptr, key.view().data(), nullptr, 1, nullptr) ==
             1);
}

void EvpAead::seal(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView plain) {
  EVP_CIPHER_CTX* const ctx = context(ctx_);
  CESS_CHECK(EVP_CipherInit_ex2(ctx, nullptr, nullptr, nonce.data(), 1, nullptr) == 1);
  add_aad(ctx, aad);
  crypt(ctx, out.data(), plain);
  std::uint8_t* tag = out.data() + plain.size();
  int n = 0;
  CESS_CHECK(EVP_CipherFinal_ex(ctx, tag, &n) == 1 && n == 0);
  CESS_CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag) == 1);
}

bool EvpAead::open(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView sealed) {
  EVP_CIPHER_CTX* const ctx = context(ctx_);
  // The tag first, copied: `out` may lie over `sealed`.
  std::array<std::uint8_t, kAeadTagSize> tag{};
  std::memcpy(tag.data(), sealed.data() + out.size(), tag.size());
  CESS_CHECK(EVP_CipherInit_ex2(ctx, nullptr, nullptr, nonce.data(), 0, nullptr) == 1);
  add_aad(ctx, aad);
  crypt(ctx, out.data(), sealed.first(out.size()));
  CESS_CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1);
  int n = 0;
  std::array<std::uint8_t, 16> none{};
  return EVP_CipherFinal_ex(ctx, none.data(), &n) == 1;
}

bool gcm_vaes_usable() {
#if defined(__x86_64__)
  static const bool vpclmulqdq = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && ((c >> 10U) & 1U) != 0 &&
           __builtin_cpu_supports("pclmul") != 0;
  }();
  return vpclmulqdq && usable(CtrKernel::vaes);
#else
  return false;
#endif
}

}  // namespace detail

struct Aead::Impl {
  std::optional<detail::EvpAead> evp;
#if defined(__x86_64__)
  detail::GcmVaesKey gcm;  // when there is no evp
#endif

  Impl(AeadId id, const Key256& key) {
#if defined(__x86_64__)
    if (id == AeadId::aes_256_gcm && detail::gcm_vaes_usable()) {
      detail::gcm_vaes_prepare(gcm, key);
      return;
    }
#endif
    evp.emplace(id, key);
  }

  void rekey(const Key256& key) {
#if defined(__x86_64__)
    if (!evp) return detail::gcm_vaes_prepare(gcm, key);
#endif
    evp->rekey(key);
  }

  void seal(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView plain) {
#if defined(__x86_64__)
    if (!evp) {
      std::uint8_t* const tag = out.data() + plain.size();
      return detail::gcm_vaes_seal(out.data(), tag, gcm, nonce, aad, plain);
    }
#endif
    evp->seal(out, nonce, aad, plain);
  }

  bool open(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView sealed) {
#if defined(__x86_64__)
    if (!evp) {
      std::array<std::uint8_t, kAeadTagSize> expected{};
      detail::gcm_vaes_open(out.data(), expected.data(), gcm, nonce, aad, sealed.first(out.size()));
      return equal_ct(expected, sealed.subspan(out.size()));
    }
#endif
    return evp->open(out, nonce, aad, sealed);
  }
};

Aead::Aead(AeadId id, const Key256& key) : impl_(std::make_unique<Impl>(id, key)) {}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::rekey(const Key256& key) { impl_->rekey(key); }

void Aead::seal(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView plain) {
  CESS_CHECK(out.size() == plain.size() + kAeadTagSize);
  CESS_CHECK(aad.size() <= detail::kMessageSizeMax && plain.size() <= detail::kMessageSizeMax);
  impl_->seal(out, nonce, aad, plain);
}

bool Aead::open(MutByteView out, const AeadNonce& nonce, ByteView aad, ByteView sealed) {
  if (sealed.size() < kAeadTagSize) return false;
  CESS_CHECK(out.size() == sealed.size() - kAeadTagSize);
  CESS_CHECK(aad.size() <= detail::kMessageSizeMax && out.size() <= detail::kMessageSizeMax);
  if (impl_->open(out, nonce, aad, sealed)) return true;
  wipe(out);
  return false;
}

}  // namespace cess
