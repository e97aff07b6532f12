// SPDX-License-Identifier: Apache-2.0
#include "economy/price.hpp"

#include <gtest/gtest.h>

namespace cess {
namespace {
constexpr PriceBounds kWide{1, kAmountMax};
}

TEST(Price, UtilisationOneHalfLeavesItEndsMoveItByAnEighth) {
  EXPECT_TRUE(next_price(8000, 50, 100, kWide) == 8000);
  EXPECT_TRUE(next_price(8000, 100, 100, kWide) == 9000);
  EXPECT_TRUE(next_price(8000, 0, 100, kWide) == 7000);
  EXPECT_TRUE(next_price(8000, 75, 100, kWide) == 8500);  // (0.75 - 0.5)/4 = 1/16
  EXPECT_TRUE(next_price(8000, 25, 100, kWide) == 7500);
}

TEST(Price, MoreTakenThanOfferedIsClampedNothingOfferedChangesNothing) {
  EXPECT_TRUE(next_price(8000, 1'000'000, 100, kWide) == 9000);
  EXPECT_TRUE(next_price(8000, 5, 0, kWide) == 8000);
  EXPECT_TRUE(next_price(0, 100, 100, {3, 10}) == 3);
}

TEST(Price, FloorAndCeilingHoldAndBothCanBeLeftAgain) {
  EXPECT_TRUE(next_price(1000, 0, 100, {950, 2000}) == 950);
  EXPECT_TRUE(next_price(1990, 100, 100, {950, 2000}) == 2000);
  EXPECT_TRUE(next_price(kAmountMax, 100, 100, kWide) == kAmountMax);
  Amount p = 8;  // the least floor that an eighth still moves
  p = next_price(p, 100, 100, {8, 100});
  EXPECT_TRUE(p == 9);
}

TEST(Price, ALeaseCostsPriceTimesGibTimesDaysRoundedUp) {
  constexpr std::uint64_t kGib = std::uint64_t{1} << 30U;
  EXPECT_TRUE(lease_cost(30, 10 * kGib, 2 * 14'400, 14'400) == 600);
  EXPECT_TRUE(lease_cost(30, 10 * kGib, 1, 14'400) == 1);
  EXPECT_TRUE(lease_cost(14'400, kGib, 1, 14'400) == 1);
  EXPECT_TRUE(lease_cost(14'401, kGib, 1, 14'400) == 2);
  EXPECT_TRUE(lease_cost(0, 10 * kGib, 1, 14'400) == 0);
  EXPECT_TRUE(lease_cost(30 * kBaseUnitsPerToken, (std::uint64_t{1} << 60U), 14'400 * 3650,
                         14'400) == 30 * kBaseUnitsPerToken * (Amount{1} << 30U) * 3650);
  EXPECT_TRUE(lease_cost(kAmountMax, 4 * kGib, 14'400, 14'400) == kAmountMax);
}

}  // namespace cess
