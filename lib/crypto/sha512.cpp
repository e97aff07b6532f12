// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha512.hpp"

#include <openssl/evp.h>

#include <memory>

#include "base/check.hpp"

namespace cess {

Hash512 sha512(std::initializer_list<ByteView> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free);
  Hash512 out;
  unsigned size = 0;
  CESS_CHECK(ctx && EVP_DigestInit_ex(ctx.get(), EVP_sha512(), nullptr) == 1);
  for (const ByteView part : parts) {
    CESS_CHECK(EVP_DigestUpdate(ctx.get(), part.data(), part.size()) == 1);
  }
  CESS_CHECK(EVP_DigestFinal_ex(ctx.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

}  // namespace cess
