// SPDX-License-Identifier: Apache-2.0
#include "crypto/ed25519.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

TEST(Ed25519, Rfc8032) {
  const auto all = read_vectors("ed25519.txt");
  EXPECT_EQ(all.size(), 4U);
  for (const Record& v : all) {
    const Bytes message = v.hex("message");
    EXPECT_EQ(to_hex(ed25519_public(v.key("seed"))), v.text("public"));
    const Ed25519Signature sig = ed25519_sign(v.key("seed"), message);
    EXPECT_EQ(to_hex(sig), v.text("signature"));
    EXPECT_TRUE(ed25519_verify(v.array<32>("public"), message, sig));
  }
}

TEST(Ed25519, EveryFlippedBitIsRefused) {
  const Key256 seed(Bytes(32, 5));
  const auto key = ed25519_public(seed);
  const Bytes message{1, 2, 3};
  const auto sig = ed25519_sign(seed, message);
  for (std::size_t bit = 0; bit < sig.size() * 8; ++bit) {
    auto bad = sig;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(ed25519_verify(key, message, bad)) << bit;
  }
  for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
    auto bad = key;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(ed25519_verify(bad, message, sig)) << bit;
  }
  EXPECT_FALSE(ed25519_verify(key, Bytes{1, 2, 4}, sig));
}

// S + L satisfies the same equation; RFC 8032 section 5.1.7 demands S < L.
TEST(Ed25519, RefusesMalleatedS) {
  const Key256 seed(Bytes(32, 5));
  auto sig = ed25519_sign(seed, Bytes{1});
  Ed25519Public order{};
  ASSERT_TRUE(parse_hex_into(
      order, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "L"));
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(sig[32 + i]) + order[i];
    sig[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  EXPECT_FALSE(ed25519_verify(ed25519_public(seed), Bytes{1}, sig));
}

// With the neutral element as key and R, and S = 0, the equation holds for every message.
TEST(Ed25519, RefusesSmallOrderKey) {
  Ed25519Public neutral{1};
  Ed25519Signature sig{1};
  EXPECT_FALSE(ed25519_verify(neutral, Bytes{1}, sig));
  EXPECT_FALSE(ed25519_verify(neutral, Bytes{2}, sig));
  neutral.fill(0xff);  // y = p + 18 with the sign bit: not canonical
  EXPECT_FALSE(ed25519_verify(neutral, Bytes{1}, sig));
}

// The acceptance rule of the chain, pinned (doc/decisions/0104): libsodium's, and whoever changes
// it splits the chain. Of the 914 edge cases exactly those are accepted that have neither a point
// of small order nor a residue; points of mixed order are let through.
TEST(Ed25519, AcceptanceRuleOnCctvEdgeCases) {
  const auto all = read_vectors("ed25519_cctv.txt");
  EXPECT_EQ(all.size(), 914U);
  std::size_t accepted = 0;
  for (const Record& v : all) {
    const std::string flags = v.has("flags") ? " " + v.text("flags") + " " : "";
    const auto has = [&](const char* flag) { return flags.find(flag) != std::string::npos; };
    const bool expected =
        !has(" low_order_A ") && !has(" low_order_R ") && !has(" low_order_residue ");
    const std::string msg = v.text("msg");
    EXPECT_EQ(ed25519_verify(v.array<32>("key"), as_bytes(msg), v.array<64>("sig")), expected)
        << v.text("key") << flags;
    accepted += expected ? 1U : 0U;
  }
  EXPECT_EQ(accepted, 43U);
}

}  // namespace
}  // namespace cess
