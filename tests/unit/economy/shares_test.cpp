// SPDX-License-Identifier: Apache-2.0
#include "economy/shares.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "economy/slash.hpp"

namespace cess {
namespace {

Amount total(const Split& s) {
  return std::accumulate(s.nominators.begin(), s.nominators.end(), s.own);
}

TEST(Shares, RewardsByHand) {
  // 10 % of 1000 is commission; 900 over 600 + 300 + 100.
  const std::vector<Amount> nominators = {300, 100};
  const auto s = split_reward(1000, 1000, 600, nominators);
  EXPECT_EQ(s.nominators, (std::vector<Amount>{270, 90}));
  EXPECT_EQ(s.own, Amount{640});
  // Remainders are the validator's.
  const std::vector<Amount> thirds = {1, 1};
  const auto t = split_reward(100, 0, 1, thirds);
  EXPECT_EQ(t.nominators, (std::vector<Amount>{33, 33}));
  EXPECT_EQ(t.own, Amount{34});
  EXPECT_EQ(split_reward(7, 0, 0, {}).own, Amount{7});
  EXPECT_EQ(split_reward(7, kCommissionMax, 1, thirds).own, Amount{7});
}

TEST(Shares, SlashesByHand) {
  const std::vector<Amount> nominators = {300, 100};
  const auto s = split_slash(100, 600, nominators);
  EXPECT_EQ(s.own, Amount{60});
  EXPECT_EQ(s.nominators, (std::vector<Amount>{30, 10}));
  // Nothing of one's own: the remainder falls on the first who has room.
  const std::vector<Amount> thirds = {1, 1, 1};
  const auto t = split_slash(2, 0, thirds);
  EXPECT_EQ(t.own, Amount{0});
  EXPECT_EQ(t.nominators, (std::vector<Amount>{1, 1, 0}));
}

TEST(Shares, AddUpAndStayWithinTheStake) {
  std::mt19937_64 chance(2);
  const auto amount = [&](unsigned bits) {
    return (Amount{chance()} << 64U | chance()) >> (128U - bits);
  };
  for (int run = 0; run < 2000; ++run) {
    const auto bits = static_cast<unsigned>(1 + chance() % 110);
    std::vector<Amount> nominators(chance() % 20);
    for (auto& n : nominators) n = amount(bits);
    const Amount own = chance() % 4 == 0 ? 0 : amount(bits);
    const Amount all = std::accumulate(nominators.begin(), nominators.end(), own);
    const Amount reward = amount(100);
    EXPECT_TRUE(total(split_reward(reward, static_cast<std::uint16_t>(chance() % 10'001), own,
                                   nominators)) == reward);
    const Amount loss = all == 0 ? 0 : (chance() % 8 == 0 ? all : amount(127) % (all + 1));
    const auto s = split_slash(loss, own, nominators);
    EXPECT_TRUE(total(s) == loss);
    EXPECT_TRUE(s.own <= own);
    for (std::size_t i = 0; i < nominators.size(); ++i)
      EXPECT_TRUE(s.nominators[i] <= nominators[i]);
  }
}

TEST(Slash, EquivocationGrowsWithTheSquareUntilAThird) {
  EXPECT_EQ(equivocation_slash(1'210'000, 0, 11), Amount{0});
  EXPECT_EQ(equivocation_slash(1'210'000, 1, 11), Amount{90'000});   // 9/121
  EXPECT_EQ(equivocation_slash(1'210'000, 2, 11), Amount{360'000});  // 36/121
  EXPECT_EQ(equivocation_slash(1'210'000, 3, 11), Amount{810'000});  // 81/121
  EXPECT_EQ(equivocation_slash(1'210'000, 4, 11), Amount{1'210'000});
  EXPECT_EQ(equivocation_slash(100, 1, 3), Amount{100});
  EXPECT_EQ(equivocation_slash(100, 1, 4), Amount{56});  // 9/16, down
  EXPECT_EQ(equivocation_slash(kAmountMax, 1, 1), kAmountMax);
}

TEST(Slash, AbsenceOfATenthAndOneIsFree) {
  // Minimum stake 3 M: the most is 5 % of it.
  const Amount base = 3'000'000;
  EXPECT_EQ(absence_slash(base, 50'000, 2, 11), Amount{0});
  EXPECT_EQ(absence_slash(base, 50'000, 3, 11), Amount{40'909});   // 150000 * 3/11
  EXPECT_EQ(absence_slash(base, 50'000, 5, 11), Amount{122'727});  // 150000 * 9/11
  EXPECT_EQ(absence_slash(base, 50'000, 6, 11), Amount{150'000});
  EXPECT_EQ(absence_slash(base, 50'000, 1, 1), Amount{0});
  EXPECT_EQ(absence_slash(base, 50'000, 100, 100), Amount{150'000});
  EXPECT_EQ(absence_slash(base, 50'000, 12, 100), Amount{4'500});  // 150000 * 3/100
}

}  // namespace
}  // namespace cess
