// SPDX-License-Identifier: Apache-2.0
#include "economy/reward.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cess {
namespace reward_test {

constexpr Amount kToken = kBaseUnitsPerToken;

Proven operator+(const Proven& a, const Proven& b) {
  return {a.post + b.post, a.porep + b.porep, a.pof + b.pof, a.poas + b.poas};
}

Amount payout(const RewardWeights& w, const std::vector<Proven>& miners, std::size_t i, Amount pool,
              std::uint32_t x = kRewardUnit) {
  Proven all;
  for (const auto& m : miners) all = all + m;
  Amount scores = 0;
  for (const auto& m : miners) scores += reward_score(w, m, all, x);
  return reward_of(pool, reward_score(w, miners[i], all, x), scores);
}

// 40 / 20 / 30 / 10: two miners, by hand.
TEST(Reward, IsTheWeightedSumOfShares) {
  const RewardWeights w;
  const std::vector<Proven> miners = {{3, 1, 1, 0}, {1, 1, 3, 1}};
  // f = 3/4, 1/2, 1/4, 0: 0.3 + 0.1 + 0.075 = 0.475 of the pool.
  EXPECT_NEAR(static_cast<double>(payout(w, miners, 0, 1'000'000)), 475'000, 2);
  EXPECT_NEAR(static_cast<double>(payout(w, miners, 1, 1'000'000)), 525'000, 2);
}

TEST(Reward, NeverPaysMoreThanThePool) {
  std::mt19937_64 chance(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Proven> miners(1 + chance() % 20);
    Proven all;
    for (auto& m : miners) {
      m = {chance(), chance() % 3 == 0 ? 0 : chance(), chance() % 5, chance()};
      all = all + m;
    }
    const auto w = present_only({}, all);
    Amount scores = 0;
    std::vector<Amount> score;
    for (const auto& m : miners) {
      score.push_back(
          reward_score(w, m, all, kRewardUnit + static_cast<std::uint32_t>(chance() % 10'001)));
      scores += score.back();
    }
    const Amount pool = 326'488 * kToken + chance();
    Amount paid = 0;
    for (const auto s : score) paid += reward_of(pool, s, scores);
    ASSERT_LE(paid, pool);
    ASSERT_LE(pool - paid, miners.size());
  }
}

// Sybil: the same space under many names earns no more.
TEST(Reward, SplittingAnIdentityDoesNotPay) {
  const RewardWeights w;
  const Amount pool = 1000 * kToken;
  const std::vector<Proven> whole = {{900, 600, 30, 300}, {500, 500, 50, 500}};
  std::vector<Proven> split(3, {300, 200, 10, 100});
  split.push_back(whole[1]);
  Amount sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += payout(w, split, i, pool);
  EXPECT_LE(sum, payout(w, whole, 0, pool) + 3);
  EXPECT_GE(sum + 1000, payout(w, whole, 0, pool));
}

TEST(Reward, AbsentComponentsGoToSpaceTime) {
  auto w = present_only({}, {10, 10, 0, 0});
  EXPECT_EQ(w.post, 8000U);
  EXPECT_EQ(w.porep, 2000U);
  EXPECT_EQ(w.pof + w.poas, 0U);
  w = present_only({}, {10, 0, 0, 0});
  EXPECT_EQ(w.post, 10'000U);
}

// crypto: γ_e = min(γ, burned / (x_max · pool)).
TEST(Reward, WashTrafficEarnsAtMostWhatItBurned) {
  const Amount pool = 1000 * kToken;
  for (Amount burned :
       {Amount{0}, 1 * kToken, 100 * kToken, 599 * kToken, 600 * kToken, 5000 * kToken}) {
    const auto w = traffic_limited({}, burned, pool, 2 * kRewardUnit);
    EXPECT_EQ(w.post + w.porep + w.pof + w.poas, kRewardUnit);
    EXPECT_LE(w.pof, 3000U);
    // Even all of PoF at x = 2 against others at x = 1.
    EXPECT_LE(mul_div(pool, Amount{w.pof} * 2, kRewardUnit),
              std::max(burned, mul_div(pool, 6000, kRewardUnit)));
    if (burned < 600 * kToken) {
      EXPECT_LE(mul_div(pool, Amount{w.pof} * 2, kRewardUnit), burned);
    }
  }
  EXPECT_EQ(traffic_limited({}, 0, pool, 2 * kRewardUnit).pof, 0U);
  EXPECT_EQ(traffic_limited({}, 600 * kToken, pool, 2 * kRewardUnit).pof, 3000U);
}

TEST(Reward, FactorIsBetweenOneAndTwo) {
  const std::uint32_t x_max = 2 * kRewardUnit;
  EXPECT_EQ(reward_factor(0, 730, 0, 100, x_max), 10'000U);
  EXPECT_EQ(reward_factor(365, 730, 0, 100, x_max), 12'500U);
  EXPECT_EQ(reward_factor(730, 730, 50, 100, x_max), 17'500U);
  EXPECT_EQ(reward_factor(9999, 730, 100'000, 100, x_max), 20'000U);
  EXPECT_EQ(reward_factor(0, 730, 1, 0, x_max), 15'000U);
  EXPECT_EQ(reward_factor(730, 730, 100, 100, kRewardUnit), 10'000U);
}

TEST(Reward, AvailabilityCountsFromNinetyPercent) {
  EXPECT_EQ(availability_quality(0, 0), 0U);
  EXPECT_EQ(availability_quality(9, 10), 0U);
  EXPECT_EQ(availability_quality(95, 100), 5000U);
  EXPECT_EQ(availability_quality(12, 12), 10'000U);
  EXPECT_EQ(availability_quality(11, 12), 1660U);
}

TEST(Reward, VestsToTheLastUnit) {
  EXPECT_EQ(vested_part(1001, 0, 90), 0U);
  EXPECT_EQ(vested_part(1001, 45, 90), 500U);
  EXPECT_EQ(vested_part(1001, 89, 90), 989U);
  EXPECT_EQ(vested_part(1001, 90, 90), 1001U);
  EXPECT_EQ(vested_part(1001, ~std::uint64_t{0}, 90), 1001U);
  EXPECT_EQ(vested_part(1001, 0, 0), 1001U);
}

}  // namespace reward_test
}  // namespace cess
