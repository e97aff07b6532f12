// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// The consensus share of an era's issue: to validators by points, through staking to nominators.
#include "chain/state/rewards/rewards.hpp"
#include "unit/chain/state/validators.hpp"

namespace cess::rewards {
namespace rewards_validators_test {

TEST(RewardsOfValidators, FollowPointsAndLoseNothing) {
  ValidatorsOptions o;
  o.commission = 2000;
  o.params = {{"staking", {{"nominator_bond_min", "1"}}}};
  ValidatorChain chain(o);
  chain.must("u0", "staking.bond", staking::Bond{1000 * kCess});
  chain.must("u0", "staking.nominate", staking::Nominate{{chain.id("v0")}});
  chain.finish_era();  // era 1 is elected with the nomination
  chain.finish_era();
  chain.stop("v3");  // and in era 2 one of them sleeps
  chain.finish_era();
  const Era era = 2;
  const auto result = *election::kEras.get(chain.state(), era);
  const auto record = *kEras.get(chain.state(), era);
  EXPECT_GT(record.consensus, 0U);
  std::map<AccountId, std::uint64_t> points;
  for (const auto& m : result.members) points[m.account] = m.points;
  EXPECT_LT(points[chain.id("v3")], points[chain.id("v1")]);
  // What was paid in this block's hooks is on its way in staking's pool or has arrived.
  std::map<std::string, Amount> reward;
  Amount sum = 0;
  for (const auto& e :
       TestChain::events<staking::Rewarded>(chain.last().receipts.front(), staking::kModule, 7)) {
    EXPECT_EQ(e.era, era);
    reward[chain.name_of(e.validator)] = e.amount;
    sum += e.amount;
  }
  const Amount left = accounts::pool(chain.state(), kConsensus);
  EXPECT_LT(left, 8U);  // the remainders of three eras
  EXPECT_LE(sum, record.consensus + 8);
  EXPECT_GE(sum + 8, record.consensus);
  for (const auto& v : names("v", 4)) {
    const auto want = mul_div(record.consensus, points[chain.id(v)], result.points);
    EXPECT_LE(reward[v] > want ? reward[v] - want : want - reward[v], 8U) << v;
  }
  // Half of v0's, after commission, is its nominator's.
  const Amount before = chain.balance("u0");
  for (int i = 0; i < 3; ++i) chain.step();
  EXPECT_GE(chain.balance("u0"), before);
  const auto exposure = staking::kExposures.get(chain.state(), era, chain.id("v0"));
  ASSERT_TRUE(exposure);
  EXPECT_EQ(exposure->nominators.size(), 1U);
}

}  // namespace rewards_validators_test
}  // namespace cess::rewards
