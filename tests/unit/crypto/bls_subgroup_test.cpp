// SPDX-License-Identifier: Apache-2.0
// Lists of points that are summed and checked for the subgroup together.
#include <gtest/gtest.h>

#include "crypto/bls.hpp"
#include "crypto/sha256.hpp"

namespace cess::bls {
namespace {

/// A point of order 3 on the curve: r and then all of the cofactor but a 3 taken out of a hash.
G1 order_three() {
  const Scalar all_but_one = Scalar::from_u64(1).negate();
  const Scalar third = Scalar::from_u64(0xd201000000010001 / 3);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    const G1 q = hash_to_curve_uncleared("T", as_bytes(name));
    const G1 stray = msm_vartime(to_affine({&q, 1}), std::span(&all_but_one, 1)) + q;
    const G1 small = msm_vartime(to_affine({&stray, 1}), std::span(&third, 1));
    if (!small.is_identity()) return small;
  }
  return {};
}

// Few points are checked one by one, many together.
TEST(Lists, PointsOutsideTheSubgroupSpoilTheirSum) {
  const G1 order3 = order_three();
  ASSERT_FALSE(order3.in_subgroup());
  ASSERT_TRUE((order3 + order3 + order3).is_identity());
  const G1 large = hash_to_curve_uncleared("T", as_bytes("large"));
  for (const std::size_t n : {1U, 2U, 255U, 256U, 300U, 1000U}) {
    std::vector<G1> points(n);
    std::vector<Exponent128> random(n);
    for (std::size_t i = 0; i < n; ++i) {
      // Some are equal and some the identity.
      points[i] = i % 7 == 3 ? G1{} : G1::generator().mul(Scalar::from_u64(1 + i % 50));
      const Hash256 h =
          sha256(Bytes{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i / 256)});
      std::copy_n(h.bytes.begin(), random[i].size(), random[i].begin());
    }
    const auto sum = [&] { return subgroup_sum_vartime(to_affine(points), random); };
    ASSERT_TRUE(sum()) << n;
    EXPECT_EQ(*sum(), msm_vartime(to_affine(points), random)) << n;
    for (const G1& stray : {order3, large}) {
      for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
        const auto saved = points;
        points[at] = points[at] + stray;
        EXPECT_FALSE(sum()) << n << " " << at;
        // With another that takes it out of a sum with equal coefficients.
        if (n > 1) {
          points[(at + 1) % n] = points[(at + 1) % n] - stray;
          EXPECT_FALSE(sum()) << n << " " << at;
        }
        points = saved;
      }
    }
  }
  EXPECT_TRUE(subgroup_sum_vartime({}, {})->is_identity());
}

TEST(Lists, EachOfTheRandomBitsCounts) {
  std::vector<G1> points(256, G1::generator());
  points[99] = points[99] + order_three();
  const auto affine = to_affine(points);
  std::vector<Exponent128> random(points.size());
  EXPECT_TRUE(subgroup_sum_vartime(affine, random)) << "nothing is in any sum";
  for (std::size_t bit = 0; bit < 128; ++bit) {
    random[99] = {};
    random[99][bit / 8] = static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(subgroup_sum_vartime(affine, random)) << bit;
  }
}

}  // namespace
}  // namespace cess::bls
