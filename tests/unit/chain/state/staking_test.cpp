// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "unit/chain/state/validators.hpp"

namespace cess {
namespace staking_test {

using namespace staking;

Json three_targets_two_nominators() {
  return {{"staking",
           {{"nominations_max", 3U},
            {"nominators_max", 2U},
            {"nominator_bond_min", to_decimal(10 * kCess)},
            {"candidate_bond_min", to_decimal(100 * kCess)},
            {"unbonding_eras", 3U},
            {"unbonding_max", 2U}}}};
}

ValidatorsOptions options() {
  ValidatorsOptions o;
  o.params = three_targets_two_nominators();
  return o;
}

Nominate to(const std::vector<std::string>& targets) {
  Nominate n;
  for (const auto& t : targets) n.targets.push_back(TestChain::id(t));
  return n;
}

TEST(Staking, BondsAreHeldAndCannotBeSpent) {
  ValidatorChain chain(options());
  const Amount before = chain.balance("u0");
  chain.must("u0", "staking.bond", Bond{70 * kCess});
  chain.must_fail("u0", "staking.bond", Bond{1}, "bond_extra");
  chain.must("u0", "staking.bond_extra", BondExtra{30 * kCess});
  chain.must_fail("u1", "staking.bond_extra", BondExtra{1}, "no bond");
  chain.must_fail("u1", "staking.bond", Bond{0}, "amount is 0");
  chain.must_fail("u1", "staking.bond", Bond{kAmountMax}, "");
  EXPECT_TRUE(chain.balance("u0") == before - 100 * kCess);
  EXPECT_TRUE(accounts::held(chain.state(), chain.id("u0"), kBonded) == 100 * kCess);
}

TEST(Staking, UnbondingWaitsToTheEra) {
  ValidatorChain chain(options());
  const Amount before = chain.balance("u0");
  chain.must("u0", "staking.bond", Bond{100 * kCess});
  chain.must_fail("u0", "staking.unbond", Unbond{100 * kCess + 1}, "active bond of 100");
  chain.must("u0", "staking.unbond", Unbond{40 * kCess});
  chain.must("u0", "staking.unbond", Unbond{5 * kCess});  // same era: one entry
  ASSERT_EQ(kLedgers.get(chain.state(), chain.id("u0"))->unbonding.size(), 1U);
  chain.must_fail("u0", "staking.withdraw_unbonded", WithdrawUnbonded{}, "nothing has waited");
  chain.finish_era();
  chain.must("u0", "staking.unbond", Unbond{55 * kCess});
  chain.finish_era();
  chain.must_fail("u0", "staking.unbond", Unbond{1}, "active bond of 0");
  while (chain.height() + 1 < chain.clock().era_end()) chain.step();
  chain.must_fail("u0", "staking.withdraw_unbonded", WithdrawUnbonded{}, "nothing has waited");
  chain.finish_era();  // era 3
  chain.must("u0", "staking.withdraw_unbonded", WithdrawUnbonded{});
  EXPECT_TRUE(chain.balance("u0") == before - 55 * kCess);
  chain.finish_era();
  chain.must("u0", "staking.withdraw_unbonded", WithdrawUnbonded{});
  EXPECT_TRUE(chain.balance("u0") == before);
  EXPECT_FALSE(kLedgers.has(chain.state(), chain.id("u0")));
}

TEST(Staking, UnbondingsAreLimited) {
  ValidatorChain chain(options());
  chain.must("u0", "staking.bond", Bond{100 * kCess});
  for (int i = 0; i < 2; ++i) {
    chain.must("u0", "staking.unbond", Unbond{1});
    chain.finish_era();
  }
  chain.must_fail("u0", "staking.unbond", Unbond{1}, "withdraw some first");
}

TEST(Staking, CandidatesKeepTheirLeastBond) {
  ValidatorChain chain(options());
  chain.must("u0", "staking.bond", Bond{100 * kCess - 1});
  chain.must_fail("u0", "staking.validate", Validate{0}, "own bond is less than 100");
  chain.must("u0", "staking.bond_extra", BondExtra{2});
  chain.must_fail("u0", "staking.validate", Validate{10'001}, "over 10000");
  chain.must("u0", "staking.validate", Validate{10'000});
  chain.must("u0", "staking.validate", Validate{500});
  EXPECT_EQ(kCandidates.get(chain.state(), chain.id("u0"))->commission, 500);
  chain.must("u0", "staking.unbond", Unbond{1});
  chain.must_fail("u0", "staking.unbond", Unbond{1}, "chill first");
  chain.must("u0", "staking.chill", Chill{});
  chain.must_fail("u0", "staking.chill", Chill{}, "neither");
  chain.must("u0", "staking.unbond", Unbond{100 * kCess});
}

TEST(Staking, NominationsAreCheckedAndSplitEvenly) {
  ValidatorChain chain(options());
  chain.must("u0", "staking.bond", Bond{100 * kCess + 1});
  chain.must_fail("u0", "staking.nominate", to({}), "1 to 3");
  chain.must_fail("u0", "staking.nominate", to({"v0", "v1", "v2", "v3"}), "1 to 3");
  chain.must_fail("u0", "staking.nominate", to({"v0", "v1", "v0"}), "twice");
  chain.must_fail("u0", "staking.nominate", to({"v0", "u1"}), "no candidate");
  chain.must("u0", "staking.nominate", to({"v0", "v1", "v2"}));
  const Amount third = (100 * kCess + 1) / 3;
  EXPECT_TRUE(backing(chain.state(), chain.id("v1")) == 1000 * kCess + third);
  chain.must("u0", "staking.bond_extra", BondExtra{200 * kCess});
  EXPECT_TRUE(backing(chain.state(), chain.id("v1")) == 1100 * kCess);
  chain.must("u0", "staking.nominate", to({"v1"}));
  EXPECT_TRUE(backing(chain.state(), chain.id("v1")) == 1300 * kCess + 1);
  EXPECT_TRUE(backing(chain.state(), chain.id("v0")) == 1000 * kCess);
  chain.must_fail("u0", "staking.unbond", Unbond{295 * kCess}, "chill first");
  // To be a candidate ends nominating, and the other way round.
  chain.must("u0", "staking.validate", Validate{0});
  EXPECT_TRUE(backing(chain.state(), chain.id("v1")) == 1000 * kCess);
  chain.must_fail("u0", "staking.nominate", to({"u0"}), "the sender");
  chain.must("u0", "staking.nominate", to({"v1"}));
  EXPECT_FALSE(is_candidate(chain.state(), chain.id("u0")));
  chain.must_fail("u1", "staking.nominate", to({"v1"}), "bond is less than 10");
}

TEST(Staking, TheSmallestNominatorGivesWay) {
  ValidatorChain chain(options());
  for (const auto& [who, bond] : {std::pair{"u0", 30}, {"u1", 40}, {"u2", 30}, {"u3", 31}})
    chain.must(who, "staking.bond", Bond{static_cast<unsigned>(bond) * kCess});
  chain.must("u0", "staking.nominate", to({"v0"}));
  chain.must("u1", "staking.nominate", to({"v0", "v1"}));  // 20 behind each
  chain.must("u2", "staking.nominate", to({"v0"}));        // takes the place of u1
  EXPECT_EQ(kNominations.get(chain.state(), chain.id("u1"))->targets, to({"v1"}).targets);
  EXPECT_TRUE(backing(chain.state(), chain.id("v1")) == 1040 * kCess);
  EXPECT_TRUE(backing(chain.state(), chain.id("v0")) == 1060 * kCess);
  chain.must_fail("u1", "staking.nominate", to({"v0", "v1"}), "as much or more");
  // The failed call changed nothing.
  EXPECT_TRUE(backing(chain.state(), chain.id("v1")) == 1040 * kCess);
  // As much is not more.
  chain.must("u1", "staking.unbond", staking::Unbond{10 * kCess});
  chain.must_fail("u1", "staking.nominate", to({"v0"}), "as much or more");
  const auto r = chain.must("u3", "staking.nominate", to({"v0"}));
  EXPECT_EQ(TestChain::events<Displaced>(r, kModule, 6).size(), 1U);
  EXPECT_TRUE(backing(chain.state(), chain.id("v0")) == 1061 * kCess);
}

TEST(Staking, CandidatesAreLimited) {
  auto o = options();
  o.params["staking"]["candidates_max"] = 5U;
  ValidatorChain chain(o);
  for (const auto* u : {"u0", "u1"}) chain.must(u, "staking.bond", Bond{100 * kCess});
  chain.must("u0", "staking.validate", Validate{0});
  chain.must_fail("u1", "staking.validate", Validate{0}, "there are 5 already");
  chain.must("u0", "staking.validate", Validate{1});  // changing is always possible
  chain.must("v0", "staking.chill", Chill{});
  chain.must("u1", "staking.validate", Validate{0});
}

// ---- what follows from an era's exposure

class Exposed : public testing::Test {
 protected:
  // v0: own 1000; u0: 300; u1: 100. Commission 10 %.
  Exposed() : chain_(options()) {
    chain_.must("u0", "staking.bond", Bond{300 * kCess});
    chain_.must("u1", "staking.bond", Bond{100 * kCess});
    chain_.must("u0", "staking.nominate", to({"v0"}));
    chain_.must("u1", "staking.nominate", to({"v0"}));
    chain_.finish_era();
  }
  // Runs `act` between two blocks, as a module's hook would.
  template <class Act>
  void between(const Act& act) {
    BlockInfo info;
    info.height = chain_.height();
    Events events;
    Context ctx{chain_.state(), info, events, {}, chain_.genesis(), 0, &chain_.runtime()};
    act(ctx);
  }
  ValidatorChain chain_;
};

TEST_F(Exposed, IsWrittenDownWhenElected) {
  const auto e = *kExposures.get(chain_.state(), 1, chain_.id("v0"));
  EXPECT_TRUE(e.own == 1000 * kCess);
  ASSERT_EQ(e.nominators.size(), 2U);
  EXPECT_EQ(e.nominators[0].nominator, chain_.id("u1"));  // smallest first
  EXPECT_TRUE(e.total() == 1400 * kCess);
  EXPECT_TRUE(kExposures.get(chain_.state(), 0, chain_.id("v0"))->total() == 1000 * kCess);
}

TEST_F(Exposed, RewardsAreSharedToTheLastUnit) {
  const Amount before[] = {chain_.balance("v0"), chain_.balance("u0"), chain_.balance("u1")};
  const Amount amount = 1400 * kCess + 7;
  between([&](Context& ctx) {
    ASSERT_TRUE(reward(ctx, 1, chain_.id("v0"), treasury::kMiners, amount).has_value());
  });
  chain_.step();
  const Amount shared = amount - amount / 10 - 1;  // the commission's remainder is the validator's
  const Amount u0 = mul_div(shared, 300, 1400);
  const Amount u1 = mul_div(shared, 100, 1400);
  EXPECT_TRUE(chain_.balance("u0") == before[1] + u0);
  EXPECT_TRUE(chain_.balance("u1") == before[2] + u1);
  EXPECT_TRUE(chain_.balance("v0") == before[0] + amount - u0 - u1);
  EXPECT_TRUE(kPayouts.keys(chain_.state(), 1).empty());
}

TEST_F(Exposed, PayoutsAreSpreadOverBlocks) {
  auto p = *kParams.get(chain_.state());
  p.payouts_per_block = 1;
  kParams.put(chain_.state(), p);
  const Amount before = chain_.balance("v0");
  between([&](Context& ctx) {
    ASSERT_TRUE(reward(ctx, 1, chain_.id("v0"), treasury::kMiners, 1400).has_value());
    ASSERT_TRUE(reward(ctx, 1, chain_.id("v1"), treasury::kMiners, 10).has_value());
    ASSERT_TRUE(reward(ctx, 99, chain_.id("v2"), treasury::kMiners, 3).has_value());
    EXPECT_FALSE(reward(ctx, 1, chain_.id("v0"), PoolId{kModule, 9}, 1).has_value());
  });
  for (int blocks = 0; blocks < 5; ++blocks) {
    EXPECT_EQ(kPayouts.keys(chain_.state(), 9).empty(), false) << blocks;
    chain_.step();
  }
  EXPECT_TRUE(kPayouts.keys(chain_.state(), 9).empty());
  EXPECT_TRUE(chain_.balance("v0") == before + 1400 - 270 - 90);
}

TEST_F(Exposed, SlashesReachWhatIsUnbonding) {
  chain_.must("u0", "staking.chill", Chill{});
  chain_.must("u0", "staking.unbond", Unbond{300 * kCess});
  const Amount treasury = accounts::pool(chain_.state(), treasury::kTreasury);
  between([&](Context& ctx) {
    EXPECT_TRUE(slash(ctx, 1, chain_.id("v0"), 140 * kCess, treasury::kTreasury) == 140 * kCess);
  });
  chain_.step();
  EXPECT_TRUE(accounts::pool(chain_.state(), treasury::kTreasury) == treasury + 140 * kCess);
  const auto left = [&](const char* who) {
    return accounts::held(chain_.state(), chain_.id(who), kBonded);
  };
  EXPECT_TRUE(left("v0") == 900 * kCess);
  EXPECT_TRUE(left("u0") == 270 * kCess);
  EXPECT_TRUE(left("u1") == 90 * kCess);
  // Never more than was exposed.
  between([&](Context& ctx) {
    EXPECT_TRUE(slash(ctx, 1, chain_.id("v0"), kAmountMax, treasury::kTreasury) == 1260 * kCess);
    EXPECT_TRUE(slash(ctx, 1, chain_.id("v0"), 1, treasury::kTreasury) == 0);
    EXPECT_TRUE(slash(ctx, 9, chain_.id("v0"), 1, treasury::kTreasury) == 0);
  });
  chain_.step();
  EXPECT_FALSE(kLedgers.has(chain_.state(), chain_.id("u0")));
  EXPECT_FALSE(kNominations.has(chain_.state(), chain_.id("u1")));
}

TEST_F(Exposed, SlashesSpareWhatLeftBefore) {
  // u1 unbonds half in era 1; exposed for era 3 is the rest, which alone is slashed for it.
  chain_.must("u1", "staking.unbond", Unbond{50 * kCess});
  chain_.finish_era();
  chain_.finish_era();
  EXPECT_TRUE(kExposures.get(chain_.state(), 3, chain_.id("v0"))->total() == 1350 * kCess);
  between([&](Context& ctx) {
    EXPECT_TRUE(slash(ctx, 3, chain_.id("v0"), 1350 * kCess, treasury::kTreasury) == 1350 * kCess);
  });
  chain_.step();
  EXPECT_TRUE(accounts::held(chain_.state(), chain_.id("u1"), kBonded) == 50 * kCess);
}

TEST_F(Exposed, ReachEndsBeforeBondsCanLeave) {
  // Unbonded in era 1 after the exposure of era 2 was taken; unbonding takes 3 eras.
  chain_.to_seed();
  while (chain_.height() < chain_.clock().committee_height()) chain_.step();
  chain_.must("u0", "staking.chill", Chill{});
  chain_.must("u0", "staking.unbond", Unbond{300 * kCess});
  EXPECT_TRUE(within_reach(chain_.state(), 2));
  EXPECT_FALSE(within_reach(chain_.state(), 3));
  while (chain_.clock().era < 3) {
    EXPECT_TRUE(within_reach(chain_.state(), 2));
    chain_.must_fail("u0", "staking.withdraw_unbonded", WithdrawUnbonded{}, "nothing");
    chain_.finish_era();
  }
  // While it waits it can be slashed for era 2, though not for era 3.
  for (const auto& [era, expected] : {std::pair<Era, Amount>{3, 0}, {2, 60 * kCess}}) {
    const Amount before = accounts::held(chain_.state(), chain_.id("u0"), kBonded);
    between([&, e = era](Context& ctx) {
      slash(ctx, e, chain_.id("v0"), 280 * kCess, treasury::kTreasury);
    });
    chain_.step();
    EXPECT_TRUE(before - accounts::held(chain_.state(), chain_.id("u0"), kBonded) == expected);
  }
  while (chain_.clock().era < 4) {
    EXPECT_TRUE(within_reach(chain_.state(), 2));
    chain_.step();
  }
  EXPECT_FALSE(within_reach(chain_.state(), 2));
  chain_.must("u0", "staking.withdraw_unbonded", WithdrawUnbonded{});
}

}  // namespace staking_test
}  // namespace cess
