// SPDX-License-Identifier: Apache-2.0
#include "crypto/ctr.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/endian.hpp"

namespace cess {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kCallSizeMax = std::size_t{1} << 30U;  // OpenSSL counts in int

}  // namespace

struct AesCtr::Impl {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  Impl() { CESS_CHECK(ctx != nullptr); }
  ~Impl() { EVP_CIPHER_CTX_free(ctx); }  // wipes the key schedule
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

AesCtr::AesCtr(const Key256& key) : impl_(std::make_unique<Impl>()) {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  CESS_CHECK(cipher != nullptr);
  CESS_CHECK(EVP_EncryptInit_ex2(impl_->ctx, cipher, key.view().data(), nullptr, nullptr) == 1);
}
AesCtr::~AesCtr() = default;
AesCtr::AesCtr(AesCtr&&) noexcept = default;
AesCtr& AesCtr::operator=(AesCtr&&) noexcept = default;

void AesCtr::apply(MutByteView data, const std::array<std::uint8_t, 8>& prefix,
                   std::uint64_t offset) {
  std::array<std::uint8_t, kBlock> counter{};
  std::copy(prefix.begin(), prefix.end(), counter.begin());
  store_be(counter.data() + 8, offset / kBlock);
  EVP_CIPHER_CTX* ctx = impl_->ctx;
  CESS_CHECK(EVP_EncryptInit_ex2(ctx, nullptr, nullptr, counter.data(), nullptr) == 1);
  int n = 0;
  // Run the stream forward to the byte inside the first block.
  std::array<std::uint8_t, kBlock> skipped{};
  const int skip = static_cast<int>(offset % kBlock);
  if (skip != 0) {
    CESS_CHECK(EVP_EncryptUpdate(ctx, skipped.data(), &n, skipped.data(), skip) == 1);
  }
  while (!data.empty()) {
    const std::size_t step = std::min(data.size(), kCallSizeMax);
    CESS_CHECK(EVP_EncryptUpdate(ctx, data.data(), &n, data.data(), static_cast<int>(step)) == 1);
    data = data.subspan(step);
  }
}

}  // namespace cess
