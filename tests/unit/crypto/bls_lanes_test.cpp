// SPDX-License-Identifier: Apache-2.0
// Eight points at once against blst, one at a time; exceptional inputs in every lane.
#include "crypto/detail/lanes.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cess::bls {
namespace {

class Lanes : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!detail::lanes_available()) GTEST_SKIP() << "no AVX-512 IFMA here";
  }
  Bytes bytes(std::size_t n) {
    Bytes b(n);
    for (auto& x : b) x = static_cast<std::uint8_t>(rng());
    return b;
  }
  Scalar scalar() { return Scalar::reduce(bytes(64)); }
  std::mt19937_64 rng{11};
};

TEST_F(Lanes, HashAsOneByOne) {
  for (const std::size_t n : {0U, 1U, 3U, 4U, 5U, 8U, 64U, 1001U}) {
    const Bytes messages = bytes(n * 36);
    const auto points = hash_many_uncleared("CESS-TEST", messages, 36);
    ASSERT_EQ(points.size(), n);
    for (std::size_t i = 0; i < n; ++i) {
      const ByteView m = ByteView(messages).subspan(i * 36, 36);
      EXPECT_EQ(points[i], hash_to_curve_uncleared("CESS-TEST", m)) << i;
    }
  }
}

TEST_F(Lanes, ExceptionalFieldElements) {
  // u = 0 and u with Z²u⁴ + Zu² = 0 take the branch for a zero denominator; ±u must differ by sign
  // only.
  std::array<detail::FpLimbs, 8> u{};
  u[1] = {1, 0, 0, 0, 0, 0};
  u[2] = u[1];
  std::array<G1, 8> a;
  detail::map_to_isogenous8(a, u);
  EXPECT_EQ(a[1].limbs, a[2].limbs);
  EXPECT_EQ(a[0].limbs, a[3].limbs);
  EXPECT_NE(a[0].limbs, a[1].limbs);
}

TEST_F(Lanes, MultiplyAsOneByOne) {
  const Scalar one = Scalar::from_u64(1);
  std::vector<Scalar> scalars = {Scalar{}, one, one.negate(), Scalar::from_u64(15), scalar()};
  Scalar power = one;  // around every digit's border, and around z²
  for (int i = 0; i < 255; ++i, power = power + power) {
    if (i % 16 != 0) continue;
    for (const Scalar& s : {power, power - one, power.negate()}) scalars.push_back(s);
  }
  const Scalar z = Scalar::from_u64(0xd201000000010000U);
  for (const Scalar& s : {z * z, z * z - one, (z * z).negate()}) scalars.push_back(s);
  for (const Scalar& k : scalars) {
    std::vector<G1> points(19);
    for (std::size_t i = 1; i < points.size(); ++i) {
      points[i] = i % 5 == 0 ? points[i - 1].negate() : G1::generator().mul(scalar());
    }
    auto all = points;
    mul_all(all, k);
    for (std::size_t i = 0; i < points.size(); ++i) EXPECT_EQ(all[i], points[i].mul(k)) << i;
  }
}

TEST_F(Lanes, FixedBaseAsOneByOne) {
  std::vector<Scalar> scalars = {Scalar{}, Scalar::from_u64(1), Scalar::from_u64(1).negate()};
  Scalar power = Scalar::from_u64(1);
  for (int i = 0; i < 255; ++i, power = power + power) {
    scalars.push_back(power);
    scalars.push_back(power.negate());
    scalars.push_back(power - Scalar::from_u64(1));
  }
  for (int i = 0; i < 50; ++i) scalars.push_back(scalar());
  const auto points = FixedBase::generator().mul_many(scalars);
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    EXPECT_EQ(points[i], G1::generator().mul(scalars[i])) << i;
  }
  EXPECT_TRUE(FixedBase::generator().mul_many({}).empty());
}

TEST_F(Lanes, HashToGroupAsOneByOne) {
  const Bytes messages = bytes(21 * 5);
  const auto points = hash_many_to_g1("CESS-TEST", messages, 5);
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i], hash_to_g1("CESS-TEST", ByteView(messages).subspan(i * 5, 5)));
  }
}

TEST_F(Lanes, ParseAsOneByOne) {
  // In each lane: good points, the identity, points outside the subgroup, outside the curve, bad
  // flags.
  Bytes list;
  for (unsigned round = 0; round < 40; ++round) {
    const G1 good = G1::generator().mul(scalar());
    const G1 loose = hash_to_curve_uncleared("T", bytes(8));
    const std::array<std::uint8_t, kG1Size> kinds[] = {good.compress(), G1{}.compress(),
                                                       loose.compress(), (good + loose).compress()};
    auto e = kinds[rng() % 4];
    if (round % 7 == 3) e[0] ^= 0x80;
    if (round % 7 == 5) e[47] ^= 1;
    append(list, e);
  }
  for (const std::size_t n : {0U, 1U, 7U, 8U, 9U, 40U}) {
    const auto points = parse_many(ByteView(list).first(n * kG1Size));
    ASSERT_EQ(points.size(), n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto want = G1::parse(ByteView(list).subspan(i * kG1Size, kG1Size));
      ASSERT_EQ(points[i].has_value(), want.has_value()) << i;
      if (want) {
        EXPECT_EQ(*points[i], *want);
      }
    }
  }
}

}  // namespace
}  // namespace cess::bls
