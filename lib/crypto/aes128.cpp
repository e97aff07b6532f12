// SPDX-License-Identifier: Apache-2.0
#include "crypto/aes128.hpp"

#include <openssl/evp.h>

#include "base/check.hpp"

namespace cess {

struct Aes128Blocks::Impl {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { EVP_CIPHER_CTX_free(ctx); }
};

Aes128Blocks::Aes128Blocks(const std::array<std::uint8_t, 16>& key)
    : impl_(std::make_unique<Impl>()) {
  CESS_CHECK(impl_->ctx != nullptr);
  CESS_CHECK(EVP_EncryptInit_ex(impl_->ctx, EVP_aes_128_ecb(), nullptr, key.data(), nullptr) == 1);
  CESS_CHECK(EVP_CIPHER_CTX_set_padding(impl_->ctx, 0) == 1);
}

Aes128Blocks::~Aes128Blocks() = default;
Aes128Blocks::Aes128Blocks(Aes128Blocks&&) noexcept = default;
Aes128Blocks& Aes128Blocks::operator=(Aes128Blocks&&) noexcept = default;

void Aes128Blocks::encrypt(MutByteView blocks) const {
  constexpr std::size_t kPieceMax = std::size_t{1} << 30U;
  CESS_CHECK(blocks.size() % 16 == 0 && blocks.size() <= kPieceMax);
  int size = 0;
  CESS_CHECK(EVP_EncryptUpdate(impl_->ctx, blocks.data(), &size, blocks.data(),
                               static_cast<int>(blocks.size())) == 1);
  CESS_CHECK(static_cast<std::size_t>(size) == blocks.size());
}

}  // namespace cess
