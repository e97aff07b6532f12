// SPDX-License-Identifier: Apache-2.0
#include "crypto/vrf.hpp"

#include <gtest/gtest.h>

#include "crypto/ed25519.hpp"
#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

TEST(Vrf, Rfc9381) {
  const auto all = read_vectors("ecvrf.txt");
  EXPECT_EQ(all.size(), 3U);
  for (const Record& v : all) {
    const Bytes alpha = v.hex("alpha");
    EXPECT_EQ(to_hex(vrf_public(v.key("seed"))), v.text("public"));
    EXPECT_EQ(vrf_public(v.key("seed")), ed25519_public(v.key("seed")));
    const VrfProof pi = vrf_prove(v.key("seed"), alpha);
    EXPECT_EQ(to_hex(pi), v.text("pi"));
    const auto beta = vrf_verify(v.array<32>("public"), alpha, pi);
    ASSERT_TRUE(beta);
    EXPECT_EQ(to_hex(*beta), v.text("beta"));
    EXPECT_EQ(vrf_output(pi), beta);
  }
}

TEST(Vrf, RoundTrips) {
  for (std::uint8_t fill = 1; fill < 20; ++fill) {
    const Key256 seed(Bytes(32, fill));
    const Bytes alpha(fill * 7U, fill);
    const VrfProof pi = vrf_prove(seed, alpha);
    EXPECT_EQ(vrf_prove(seed, alpha), pi);
    const auto beta = vrf_verify(vrf_public(seed), alpha, pi);
    ASSERT_TRUE(beta);
    EXPECT_NE(*beta, *vrf_output(vrf_prove(seed, as_bytes("other"))));
    EXPECT_FALSE(vrf_verify(vrf_public(Key256(Bytes(32, 99))), alpha, pi));
    EXPECT_FALSE(vrf_verify(vrf_public(seed), as_bytes("other"), pi));
  }
}

TEST(Vrf, EveryFlippedBitIsRefused) {
  const Key256 seed(Bytes(32, 5));
  const VrfPublic key = vrf_public(seed);
  const Bytes alpha{1, 2, 3};
  const VrfProof pi = vrf_prove(seed, alpha);
  for (std::size_t bit = 0; bit < pi.size() * 8; ++bit) {
    auto bad = pi;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(vrf_verify(key, alpha, bad)) << bit;
  }
  for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
    auto bad = key;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(vrf_verify(bad, alpha, pi)) << bit;
  }
  EXPECT_FALSE(vrf_verify(key, alpha, ByteView(pi).first(79)));
  Bytes longer(pi.begin(), pi.end());
  longer.push_back(0);
  EXPECT_FALSE(vrf_verify(key, alpha, longer));
  EXPECT_FALSE(vrf_verify(key, alpha, {}));
}

// s + L gives the same points; without the check there would be two proofs.
TEST(Vrf, RefusesMalleatedS) {
  const Key256 seed(Bytes(32, 5));
  VrfProof pi = vrf_prove(seed, {});
  const Bytes order =
      *parse_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "L");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(pi[48 + i]) + order[i];
    pi[48 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  EXPECT_FALSE(vrf_verify(vrf_public(seed), {}, pi));
  EXPECT_FALSE(vrf_output(pi));
}

// Keys and Gammas of small or mixed order, in every encoding: those of the Ed25519 edge cases. With
// a key of small order the output would not depend on a secret.
TEST(Vrf, RefusesPointsOutsideThePrimeOrderGroup) {
  const VrfProof pi = vrf_prove(Key256(Bytes(32, 5)), {});
  std::size_t inside = 0;
  for (const Record& v : read_vectors("ed25519_cctv.txt")) {
    const auto key = v.array<32>("key");
    VrfProof other = pi;
    std::copy(key.begin(), key.end(), other.begin());
    const std::string flags = v.has("flags") ? v.text("flags") : "";
    if (flags.find("order_A") == std::string::npos &&
        flags.find("component_A") == std::string::npos) {
      ++inside;
      EXPECT_TRUE(vrf_key_valid(key));
      EXPECT_TRUE(vrf_output(other));
    } else {
      EXPECT_FALSE(vrf_key_valid(key)) << v.text("key");
      EXPECT_FALSE(vrf_output(other));
      EXPECT_FALSE(vrf_verify(key, {}, pi));
    }
  }
  EXPECT_GT(inside, 0U);
  VrfPublic key{};
  key.fill(0xff);
  EXPECT_FALSE(vrf_key_valid(key));
  key = {2};  // not on the curve
  EXPECT_FALSE(vrf_key_valid(key));
}

}  // namespace
}  // namespace cess
