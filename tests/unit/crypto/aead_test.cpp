// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include "crypto/detail/gcm_kernels.hpp"
#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

void check_vectors(AeadId id, const std::string& file, std::size_t count) {
  const auto all = read_vectors(file);
  EXPECT_EQ(all.size(), count);
  // One object through every vector: rekey() must leave nothing of the last key behind.
  Aead reused(id, Key256());
  for (const Record& v : all) {
    const auto nonce = v.array<12>("nonce");
    const Bytes aad = v.hex("aad");
    const Bytes plain = v.hex("plain");
    const Bytes sealed = v.hex("sealed");
    reused.rekey(v.key("key"));
    Bytes out(plain.size() + kAeadTagSize);
    reused.seal(out, nonce, aad, plain);
    EXPECT_EQ(to_hex(out), to_hex(sealed));
    Bytes back(plain.size());
    Aead fresh(id, v.key("key"));
    EXPECT_TRUE(fresh.open(back, nonce, aad, sealed));
    EXPECT_EQ(to_hex(back), to_hex(plain));
    detail::EvpAead evp(id, v.key("key"));
    evp.seal(out, nonce, aad, plain);
    EXPECT_EQ(to_hex(out), to_hex(sealed));
    EXPECT_TRUE(evp.open(back, nonce, aad, sealed));
    EXPECT_EQ(to_hex(back), to_hex(plain));
  }
}

TEST(Aead, GcmVectors) { check_vectors(AeadId::aes_256_gcm, "aes256_gcm.txt", 8); }
TEST(Aead, ChaChaVectors) { check_vectors(AeadId::chacha20_poly1305, "chacha20_poly1305.txt", 2); }

class AeadProperty : public testing::TestWithParam<AeadId> {};

TEST_P(AeadProperty, EverySingleFlippedBitIsRefusedAndWiped) {
  const Key256 key(Bytes(32, 7));
  Aead aead(GetParam(), key);
  const AeadNonce nonce{1, 2, 3};
  const Bytes aad{9, 8, 7};
  const Bytes plain(33, 0x5a);
  Bytes sealed(plain.size() + kAeadTagSize);
  aead.seal(sealed, nonce, aad, plain);
  Bytes out(plain.size());
  ASSERT_TRUE(aead.open(out, nonce, aad, sealed));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes bad = sealed;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    out.assign(plain.size(), 0xee);
    EXPECT_FALSE(aead.open(out, nonce, aad, bad)) << bit;
    EXPECT_EQ(out, Bytes(plain.size())) << bit;
  }
  for (std::size_t bit = 0; bit < aad.size() * 8; ++bit) {
    Bytes bad = aad;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(aead.open(out, nonce, bad, sealed)) << bit;
  }
  for (std::size_t bit = 0; bit < nonce.size() * 8; ++bit) {
    AeadNonce bad = nonce;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(aead.open(out, bad, aad, sealed)) << bit;
  }
  EXPECT_TRUE(aead.open(out, nonce, aad, sealed));
}

// Whatever kernel Aead took, OpenSSL gives the same at every length around blocks and strips;
// memory of the exact size lets the sanitizer see a step past it.
TEST_P(AeadProperty, EqualsOpensslAtEveryLength) {
  const Key256 key(Bytes(32, 0xc3));
  Aead aead(GetParam(), key);
  detail::EvpAead evp(GetParam(), key);
  std::uint64_t state = 7;
  const auto fill = [&](Bytes& b) {
    for (auto& x : b) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      x = static_cast<std::uint8_t>(state >> 56U);
    }
  };
  const auto check = [&](std::size_t size, std::size_t aad_size) {
    Bytes plain(size), aad(aad_size), nonce_bytes(12);
    fill(plain);
    fill(aad);
    fill(nonce_bytes);
    AeadNonce nonce{};
    std::copy(nonce_bytes.begin(), nonce_bytes.end(), nonce.begin());
    Bytes expected(size + kAeadTagSize), got(size + kAeadTagSize), back(size);
    evp.seal(expected, nonce, aad, plain);
    aead.seal(got, nonce, aad, plain);
    ASSERT_EQ(to_hex(got), to_hex(expected)) << size << " " << aad_size;
    ASSERT_TRUE(aead.open(back, nonce, aad, expected)) << size << " " << aad_size;
    ASSERT_EQ(back, plain) << size << " " << aad_size;
  };
  for (std::size_t size = 0; size <= 1100; ++size) check(size, size % 40);
  for (std::size_t aad_size = 0; aad_size <= 1100; aad_size += 7) check(aad_size % 50, aad_size);
  for (const std::size_t size : {4095U, 4096U, 65519U, 65520U, 65536U, 1000003U}) check(size, 32);
}

TEST_P(AeadProperty, InPlaceEqualsApart) {
  Aead aead(GetParam(), Key256(Bytes(32, 3)));
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U, 65520U}) {
    Bytes plain(size);
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<std::uint8_t>(i * 31);
    Bytes apart(size + kAeadTagSize);
    aead.seal(apart, {}, {}, plain);
    Bytes in_place = plain;
    in_place.resize(size + kAeadTagSize);
    aead.seal(in_place, {}, {}, ByteView(in_place).first(size));
    EXPECT_EQ(apart, in_place) << size;
    EXPECT_TRUE(aead.open(MutByteView(in_place).first(size), {}, {}, in_place)) << size;
    EXPECT_TRUE(std::equal(plain.begin(), plain.end(), in_place.begin())) << size;
  }
}

TEST_P(AeadProperty, TooShortIsRefused) {
  Aead aead(GetParam(), Key256());
  for (std::size_t size = 0; size < kAeadTagSize; ++size) {
    EXPECT_FALSE(aead.open({}, {}, {}, Bytes(size)));
  }
}

INSTANTIATE_TEST_SUITE_P(Ids, AeadProperty,
                         testing::Values(AeadId::aes_256_gcm, AeadId::chacha20_poly1305));

}  // namespace
}  // namespace cess
