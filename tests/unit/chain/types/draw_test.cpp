// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base
// Known draws come from a second implementation, in Python, of the words in draw.hpp.
#include "chain/types/draw.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace cess {
namespace {

Hash256 counting() {
  Hash256 seed;
  std::iota(seed.bytes.begin(), seed.bytes.end(), std::uint8_t{0});
  return seed;
}

TEST(Draw, IsTheStreamOfItsSeedAndLabel) {
  DrawStream d(counting(), "placement");
  for (const auto want : {782588566327119402U, 2186980869736726424U, 6391010744339092075U,
                          7154222611276893806U, 7121121931567517066U, 16450602059851660133U}) {
    EXPECT_EQ(d.next(), want);
  }
  DrawStream other(counting(), "placemenu");
  EXPECT_NE(other.next(), 782588566327119402U);
}

TEST(Draw, BelowAndShuffleAreTheKnownOnes) {
  DrawStream d(counting(), "placement");
  const std::array<std::array<std::uint64_t, 2>, 8> known = {
      {{1, 0},
       {2, 0},
       {3, 2},
       {10, 5},
       {1000, 314},
       {4294967297U, 3119638568U},
       {(1ULL << 63U) + 1, 3090551495100002804U},
       {~0ULL, 15714591871163215490U}}};
  for (const auto& [n, want] : known) EXPECT_EQ(d.below(n), want) << n;
  std::vector<int> order(11);
  std::iota(order.begin(), order.end(), 0);
  DrawStream(counting(), "order").shuffle(order);
  EXPECT_EQ(order, (std::vector<int>{4, 8, 2, 9, 3, 5, 0, 6, 7, 10, 1}));
}

TEST(Draw, BelowStaysBelowAndReachesAll) {
  DrawStream d(counting(), "below");
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen.at(d.below(7));
  for (const int n : seen) EXPECT_NEAR(n, 1000, 150);
  const Amount big = (Amount{5} << 64U) + 3;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(d.below_amount(big) < big);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(d.below_amount(3) < 3);
  EXPECT_TRUE(d.below_amount(1) == 0);
  (void)d.below_amount(Amount{1} << 64U);
  (void)d.below_amount(kAmountMax);
}

TEST(Draw, WeightsAreKept) {
  DrawStream d(counting(), "weights");
  const std::array<Amount, 4> weights = {1, 0, 3, Amount{4}};
  std::array<int, 4> seen{};
  for (int i = 0; i < 8000; ++i) ++seen.at(d.weighted(weights));
  EXPECT_NEAR(seen[0], 1000, 150);
  EXPECT_EQ(seen[1], 0);
  EXPECT_NEAR(seen[2], 3000, 250);
  const auto three = d.weighted_distinct(weights, 10);
  EXPECT_EQ(three.size(), 3U) << "a weight of 0 is never drawn";
  EXPECT_EQ(d.weighted_distinct(weights, 2).size(), 2U);
  EXPECT_TRUE(d.weighted_distinct({}, 2).empty());
}

}  // namespace
}  // namespace cess
