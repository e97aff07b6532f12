// SPDX-License-Identifier: Apache-2.0
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.hpp"
#include "crypto/detail/constant_time.hpp"

namespace cess {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kHash = 32;

}  // namespace

Hash256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
  std::array<std::uint8_t, kBlock> pad{};
  if (key.size() > kBlock) {
    SHA256(key.data(), key.size(), pad.data());
  } else if (!key.empty()) {
    std::memcpy(pad.data(), key.data(), key.size());
  }
  for (auto& b : pad) b ^= 0x36U;
  SHA256_CTX ctx;
  SHA256_Init(&ctx);
  SHA256_Update(&ctx, pad.data(), pad.size());
  for (ByteView part : parts) SHA256_Update(&ctx, part.data(), part.size());
  Hash256 inner;
  SHA256_Final(inner.bytes.data(), &ctx);

  for (auto& b : pad) b ^= 0x36U ^ 0x5cU;
  SHA256_Init(&ctx);
  SHA256_Update(&ctx, pad.data(), pad.size());
  SHA256_Update(&ctx, inner.bytes.data(), kHash);
  Hash256 out;
  SHA256_Final(out.bytes.data(), &ctx);
  OPENSSL_cleanse(&ctx, sizeof ctx);
  wipe(pad);
  wipe(inner.mut());
  return out;
}

Key256 hkdf_sha256_extract(ByteView salt, std::initializer_list<ByteView> ikm) {
  Hash256 h = hmac_sha256(salt, ikm);
  Key256 prk(h.view());
  wipe(h.mut());
  return prk;
}

void hkdf_sha256_expand(MutByteView out, ByteView prk, std::initializer_list<ByteView> info) {
  CESS_CHECK(out.size() <= 255 * kHash);
  // T(i) = HMAC(PRK, T(i-1) ‖ info ‖ i), RFC 5869 section 2.3. `info` is gathered once: it is
  // public and short in every use.
  Bytes joined;
  for (ByteView part : info) append(joined, part);
  Hash256 t;
  std::size_t t_size = 0;
  std::uint8_t i = 1;
  for (std::size_t done = 0; done < out.size(); ++i) {
    t = hmac_sha256(prk, {t.view().first(t_size), joined, ByteView(&i, 1)});
    t_size = kHash;
    const std::size_t n = std::min(kHash, out.size() - done);
    std::memcpy(out.data() + done, t.bytes.data(), n);
    done += n;
  }
  wipe(t.mut());
}

void hkdf_sha256(MutByteView out, ByteView ikm, ByteView salt,
                 std::initializer_list<ByteView> info) {
  const Key256 prk = hkdf_sha256_extract(salt, {ikm});
  hkdf_sha256_expand(out, prk.view(), info);
}

bool equal_ct(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  return !detail::verdict(static_cast<std::uint32_t>(CRYPTO_memcmp(a.data(), b.data(), a.size())));
}

}  // namespace cess
