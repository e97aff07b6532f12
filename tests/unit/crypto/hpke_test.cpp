// SPDX-License-Identifier: Apache-2.0
#include "crypto/hpke.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

// The u-coordinates of small order on Curve25519 and its twist, RFC 7748 section 6.1's contributory
// check: D. J. Bernstein's list (cr.yp.to/ecdh.html, "Validate public keys"), the canonical ones
// and those that reduce to them below 2^255.
const char* const kSmallOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // the same with the ignored top bit set
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

X25519Public point(std::string_view hex) {
  X25519Public p{};
  EXPECT_TRUE(parse_hex_into(p, hex, "point"));
  return p;
}

TEST(X25519, Rfc7748) {
  const auto all = read_vectors("x25519.txt");
  EXPECT_EQ(all.size(), 4U);
  for (const Record& v : all) {
    const auto shared = x25519_shared(v.key("secret"), v.array<32>("peer"));
    ASSERT_TRUE(shared);
    EXPECT_EQ(to_hex(shared->view()), v.text("shared"));
    if (v.has("public")) {
      EXPECT_EQ(to_hex(x25519_public(v.key("secret"))), v.text("public"));
    }
  }
}

TEST(X25519, RefusesSmallOrder) {
  const Key256 secret(Bytes(32, 0x77));
  for (const char* hex : kSmallOrder) {
    const auto shared = x25519_shared(secret, point(hex));
    ASSERT_FALSE(shared) << hex;
    EXPECT_EQ(shared.error().code, Code::input);
  }
}

TEST(Hpke, Rfc9180) {
  const auto all = read_vectors("hpke.txt");
  EXPECT_EQ(all.size(), 3U);
  for (const Record& v : all) {
    const X25519Public pk = v.array<32>("pkRm");
    EXPECT_EQ(x25519_public(v.key("skRm")), pk);
    if (v.number("aead") == 0) {  // the encapsulation alone
      const auto sealed = hpke_seal(pk, {}, {}, {}, v.key("ikmE"));
      ASSERT_TRUE(sealed);
      EXPECT_EQ(to_hex(ByteView(*sealed).first(kHpkeEncSize)), v.text("enc"));
      continue;
    }
    const auto aead = static_cast<AeadId>(v.number("aead"));
    Bytes expected = v.hex("enc");
    append(expected, v.hex("ct"));
    Bytes plain(v.hex("plain").size());
    EXPECT_TRUE(hpke_open(plain, v.key("skRm"), v.hex("info"), v.hex("aad"), expected, aead));
    EXPECT_EQ(to_hex(plain), v.text("plain"));
    if (v.has("ikmE")) {
      const auto sealed = hpke_seal(pk, v.hex("info"), v.hex("aad"), plain, v.key("ikmE"), aead);
      ASSERT_TRUE(sealed);
      EXPECT_EQ(to_hex(*sealed), to_hex(expected));
    }
  }
}

TEST(Hpke, EveryFlippedBitWrongKeyInfoOrAadIsRefused) {
  const Key256 secret(Bytes(32, 0x11));
  const Key256 seed(Bytes(32, 0x22));
  const Key256 dek(Bytes(32, 0x33));
  const auto sealed =
      hpke_seal(x25519_public(secret), as_bytes("info"), as_bytes("aad"), dek.view(), seed);
  ASSERT_TRUE(sealed);
  ASSERT_EQ(sealed->size(), 80U);
  Bytes out(32);
  ASSERT_TRUE(hpke_open(out, secret, as_bytes("info"), as_bytes("aad"), *sealed));
  EXPECT_EQ(to_hex(out), to_hex(dek.view()));
  for (std::size_t bit = 0; bit < sealed->size() * 8; ++bit) {
    Bytes bad = *sealed;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto status = hpke_open(out, secret, as_bytes("info"), as_bytes("aad"), bad);
    // X25519 ignores bit 255 of `enc`, but the key schedule binds the bytes of `enc` as sent.
    ASSERT_FALSE(status) << bit;
    EXPECT_EQ(status.error().code, Code::no) << bit;
  }
  EXPECT_FALSE(hpke_open(out, secret, as_bytes("Info"), as_bytes("aad"), *sealed));
  EXPECT_FALSE(hpke_open(out, secret, as_bytes("info"), as_bytes("Aad"), *sealed));
  EXPECT_FALSE(hpke_open(out, seed, as_bytes("info"), as_bytes("aad"), *sealed));
}

TEST(Hpke, RefusesSmallOrderAndShort) {
  const Key256 key(Bytes(32, 0x11));
  for (const char* hex : kSmallOrder) {
    const auto sealed = hpke_seal(point(hex), {}, {}, {}, key);
    ASSERT_FALSE(sealed) << hex;
    EXPECT_EQ(sealed.error().code, Code::input);
    Bytes message(kHpkeOverhead);
    const X25519Public p = point(hex);
    std::copy(p.begin(), p.end(), message.begin());
    const auto opened = hpke_open({}, key, {}, {}, message);
    ASSERT_FALSE(opened) << hex;
    EXPECT_EQ(opened.error().code, Code::input);
  }
  for (std::size_t size = 0; size < kHpkeOverhead; ++size) {
    const auto opened = hpke_open({}, key, {}, {}, Bytes(size));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, "hpke: message is too short");
  }
}

}  // namespace
}  // namespace cess
