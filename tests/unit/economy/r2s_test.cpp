// SPDX-License-Identifier: Apache-2.0
#include "economy/r2s.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cess {
namespace {

TEST(R2s, ReputationOfAnEraIsTheShareOfTheBestLessTheSquareOfPenalties) {
  EXPECT_EQ(era_reputation(100, 100, 0), 10'000);
  EXPECT_EQ(era_reputation(50, 100, 0), 5'000);
  EXPECT_EQ(era_reputation(1, 3, 0), 3'333);  // down
  EXPECT_EQ(era_reputation(100, 100, 1), 9'900);
  EXPECT_EQ(era_reputation(100, 100, 3), 9'100);
  EXPECT_EQ(era_reputation(100, 100, 9), 1'900);
  EXPECT_EQ(era_reputation(100, 100, 10), 0);
  EXPECT_EQ(era_reputation(10, 100, 4), 0);  // 1000 - 1600
  EXPECT_EQ(era_reputation(100, 100, ~0U), 0);
  EXPECT_EQ(era_reputation(0, 0, 0), 0);
  EXPECT_EQ(era_reputation(~0ULL, ~0ULL, 0), 10'000);
  EXPECT_EQ(era_reputation(~0ULL - 1, ~0ULL, 0), 9'999);
}

TEST(R2s, ReputationWeighsFiveErasNewestFirst) {
  EXPECT_EQ(reputation({10'000, 10'000, 10'000, 10'000, 10'000}), 10'000);
  EXPECT_EQ(reputation({10'000, 0, 0, 0, 0}), 5'000);
  EXPECT_EQ(reputation({0, 10'000, 0, 0, 0}), 2'000);
  EXPECT_EQ(reputation({0, 0, 10'000, 0, 0}), 1'500);
  EXPECT_EQ(reputation({0, 0, 0, 10'000, 0}), 1'000);
  EXPECT_EQ(reputation({0, 0, 0, 0, 10'000}), 500);
  EXPECT_EQ(next_history({1, 2, 3, 4, 5}, 9), (ReputationHistory{9, 1, 2, 3, 4}));
}

TEST(R2s, StakeIsTheShareOfTheLargest) {
  EXPECT_EQ(stake_score(0, 0), 0);
  EXPECT_EQ(stake_score(3, 4), 7'500);
  EXPECT_EQ(stake_score(kAmountMax, kAmountMax), 10'000);
  EXPECT_EQ(stake_score(kAmountMax / 2, kAmountMax), 4'999);
}

TEST(R2s, RandomCoversTheScaleEvenly) {
  const auto of = [](std::uint64_t x) {
    std::array<std::uint8_t, 8> b{};
    for (std::size_t i = 0; i < 8; ++i) b[i] = static_cast<std::uint8_t>(x >> (56 - 8 * i));
    return random_score(b);
  };
  EXPECT_EQ(of(0), 0);
  EXPECT_EQ(of(~0ULL), 10'000);
  EXPECT_EQ(of(1ULL << 63U), 5'000);
  std::mt19937_64 chance(1);
  std::array<int, 10> tenths{};
  for (int i = 0; i < 100'000; ++i) ++tenths[std::min<std::size_t>(of(chance()) / 1000U, 9)];
  for (const int n : tenths) EXPECT_NEAR(n, 10'000, 500);
}

// The weights mean what they say: a full part moves the total by exactly its percentage.
TEST(R2s, TotalIsFiftyThirtyTwenty) {
  EXPECT_EQ(total_score(10'000, 10'000, 10'000), 10'000);
  EXPECT_EQ(total_score(10'000, 0, 0), 5'000);
  EXPECT_EQ(total_score(0, 10'000, 0), 3'000);
  EXPECT_EQ(total_score(0, 0, 10'000), 2'000);
  EXPECT_EQ(total_score(1, 1, 1), 1);
  EXPECT_EQ(total_score(1, 1, 0), 0);
  EXPECT_EQ(total_score(9'000, 4'000, 123, {0, 0, 100}), 123);
}

}  // namespace
}  // namespace cess
