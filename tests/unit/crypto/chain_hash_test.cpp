// SPDX-License-Identifier: Apache-2.0
// BLAKE2b, Keccak-256 and ECDSA over secp256k1: what addresses of other chains ask for.
#include <gtest/gtest.h>

#include "crypto/blake2b.hpp"
#include "crypto/keccak.hpp"
#include "crypto/secp256k1.hpp"
#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

TEST(Blake2b, KnownAnswers) {
  const auto all = read_vectors("blake2b.txt");
  EXPECT_EQ(all.size(), 12U);
  for (const Record& v : all) {
    const Bytes m = v.hex("message");
    EXPECT_EQ(to_hex(blake2b_512(m)), v.text("blake2b_512"));
    EXPECT_EQ(to_hex(blake2b_256(m)), v.text("blake2b_256"));
    const std::size_t cut = m.size() / 3;
    EXPECT_EQ(blake2b_256({ByteView(m).first(cut), {}, ByteView(m).subspan(cut)}), blake2b_256(m));
  }
}

TEST(Keccak256, KnownAnswers) {
  const auto all = read_vectors("keccak256.txt");
  EXPECT_EQ(all.size(), 17U);
  for (const Record& v : all) {
    EXPECT_EQ(to_hex(keccak256(v.hex("message"))), v.text("digest"));
  }
}

TEST(Keccak256, PartsAreOneMessage) {
  Bytes m(300);
  for (std::size_t i = 0; i < m.size(); ++i) m[i] = static_cast<std::uint8_t>(i);
  for (std::size_t cut = 0; cut <= m.size(); ++cut) {
    const ByteView view(m);
    ASSERT_EQ(keccak256({view.first(cut), view.subspan(cut)}), keccak256(m)) << cut;
  }
}

Hash256 digest_of(const Record& v) { return Hash256::from(v.hex("digest")); }

TEST(Secp256k1, KnownAnswers) {
  const auto all = read_vectors("secp256k1.txt");
  EXPECT_EQ(all.size(), 17U);
  for (const Record& v : all) {
    const auto key = secp256k1_public(v.key("secret"));
    ASSERT_TRUE(key);
    if (v.has("public")) {
      EXPECT_EQ(to_hex(*key), v.text("public"));
    }
    const auto sig = secp256k1_sign(v.key("secret"), digest_of(v));
    ASSERT_TRUE(sig);
    // Some sources give no recovery id.
    EXPECT_EQ(to_hex(*sig).substr(0, v.text("signature").size()), v.text("signature"));
    EXPECT_TRUE(secp256k1_verify(*key, digest_of(v), *sig));
    EXPECT_EQ(secp256k1_recover(digest_of(v), *sig), key);
    const auto address = ethereum_address(*key);
    ASSERT_TRUE(address);
    if (v.has("address")) {
      EXPECT_EQ(to_hex(*address), v.text("address"));
    }
  }
}

Key256 key_of(std::uint8_t fill) { return Key256(Bytes(32, fill)); }

TEST(Secp256k1, EveryFlippedBitIsRefused) {
  Hash256 digest;
  digest.bytes[0] = 1;
  const auto key = *secp256k1_public(key_of(7));
  const auto sig = *secp256k1_sign(key_of(7), digest);
  for (std::size_t bit = 0; bit < sig.size() * 8; ++bit) {
    auto bad = sig;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_NE(secp256k1_recover(digest, bad), key) << bit;
    // Verifying does not look at which of the points the recovery id means, only at its range.
    EXPECT_EQ(secp256k1_verify(key, digest, bad), bit == 64 * 8 || bit == 64 * 8 + 1) << bit;
  }
  digest.bytes[31] = 1;
  EXPECT_FALSE(secp256k1_verify(key, digest, sig));
  EXPECT_NE(secp256k1_recover(digest, sig), key);
}

// (r, n - s) satisfies the same equation and would be a second signature.
TEST(Secp256k1, RefusesHighS) {
  const Hash256 digest;
  const auto key = *secp256k1_public(key_of(9));
  auto sig = *secp256k1_sign(key_of(9), digest);
  const Bytes n =
      *parse_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "n");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int d = n[i] - sig[32 + i] - borrow;
    sig[32 + i] = static_cast<std::uint8_t>(d & 0xff);
    borrow = d < 0 ? 1 : 0;
  }
  for (const std::uint8_t id : Bytes{0, 1}) {
    sig[64] = id;
    EXPECT_FALSE(secp256k1_verify(key, digest, sig));
    EXPECT_FALSE(secp256k1_recover(digest, sig));
  }
  // The limit itself: s = (n - 1) / 2 is low, one more is not. Who signed does not matter here.
  const std::string low = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
  const std::string r = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  Secp256k1Signature limit{};
  ASSERT_TRUE(parse_hex_into(limit, r + low + "00", "limit"));
  EXPECT_TRUE(secp256k1_recover(digest, limit));
  limit[63] = 0xa1;
  EXPECT_FALSE(secp256k1_recover(digest, limit));
}

TEST(Secp256k1, RefusesWhatIsOutOfRange) {
  EXPECT_FALSE(secp256k1_public(Key256()));
  EXPECT_FALSE(secp256k1_sign(Key256(), Hash256{}));
  const Bytes n =
      *parse_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "n");
  EXPECT_FALSE(secp256k1_public(Key256(n)));
  Bytes below = n;
  below[31] = 0x40;
  EXPECT_TRUE(secp256k1_public(Key256(below)));
  const Secp256k1Signature zero{};
  EXPECT_FALSE(secp256k1_recover(Hash256{}, zero));
  Secp256k1Public none{};
  EXPECT_FALSE(ethereum_address(none));
  none[0] = 2;  // x = 0 is no point: 7 is no square
  EXPECT_FALSE(ethereum_address(none));
  EXPECT_FALSE(secp256k1_verify(none, Hash256{}, *secp256k1_sign(key_of(1), Hash256{})));
}

}  // namespace
}  // namespace cess
