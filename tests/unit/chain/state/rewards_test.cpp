// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle
// Rewards of eras: issue, shares, vesting, claims; the supply is checked after every block.
#include "chain/state/rewards/rewards.hpp"

#include "chain/state/election/election.hpp"
#include "chain/state/territory/territory.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "unit/chain/state/audit_chain.hpp"

namespace cess::rewards {
namespace rewards_test {

using test::AuditChain;

constexpr Amount kToken = kBaseUnitsPerToken;

// Nothing but what the audits prove counts: no idle space, no vesting unless said.
AuditChain reward_chain(const Json& rewards, std::uint32_t exit_failures = 5) {
  Json more = Json::object();
  more["rewards"] = rewards;
  return AuditChain(
      Json::object({{"idle_unproven_counts", false}, {"exit_failures", exit_failures}}), more);
}

EraRewards era_of(AuditChain& chain, Era era) { return kEras.get_or_default(chain.state(), era); }
MinerRewards rewards_of(AuditChain& chain, const std::string& name) {
  return kMiners.get_or_default(chain.state(), chain.id(name));
}

// Through the rest of the era, `names` answering every epoch, until its rewards are paid.
void live_through_era(AuditChain& chain, const std::vector<std::string>& names) {
  const Era era = system::clock(chain.state()).era;
  while (system::clock(chain.state()).era == era) {
    for (const auto& n : names) {
      const auto c = chain.challenge(n);
      if (c && !chain.result(n, chain.epoch())) {
        chain.queue(n, "audits.submit_proof", *chain.miner(n).reply(*c));
      }
    }
    chain.advance_epochs(1);
  }
  while (kFront.get_or_default(chain.state()) <= era) chain.advance(1);
}

TEST(Rewards, ErasIssueTheCurveOutOfTheMinersPool) {
  auto chain = reward_chain(Json::object());
  const Amount pool = accounts::pool(chain.state(), treasury::kMiners);
  EXPECT_EQ(pool, Amount{5'500'000'000} * kToken);
  const Issuance curve{IssuanceCurve::halving, pool, 0, 1461};
  for (Era era = 1; era <= 4; ++era) {
    chain.advance_eras(1);
    EXPECT_EQ(accounts::pool(chain.state(), treasury::kMiners), pool - issued_before(curve, era));
    const auto r = era_of(chain, era - 1);
    EXPECT_EQ(r.storage + r.consensus + r.retrieval + r.cache, issue(curve, era - 1));
    EXPECT_EQ(r.consensus, mul_div(issue(curve, era - 1), 30, 55));  // early: 15 / 30 / 5 / 5
  }
  // Nobody proved anything: all of it waits.
  Amount waiting = 0;
  for (const auto id : {kStorage, kConsensus, kRetrieval, kCache}) {
    waiting += accounts::pool(chain.state(), id);
  }
  EXPECT_EQ(waiting, issued_before(curve, 4));
}

TEST(Rewards, FollowProvenSpaceTime) {
  auto chain = reward_chain(Json::object({{"free_share", 10'000U}}));
  chain.join("alice");
  chain.join("bob");
  chain.join("carol");  // proves nothing
  chain.advance_epochs(1);
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  chain.miner("bob").keep(chain.state(), test::tagged_fragment(0, 2, 1000));
  live_through_era(chain, {"alice", "bob"});
  const Era era = system::clock(chain.state()).era - 1;
  const auto r = era_of(chain, era);
  EXPECT_EQ(r.miners, 2U);
  EXPECT_EQ(r.pool, r.storage);
  EXPECT_LE(r.paid, r.pool);
  EXPECT_LE(r.pool - r.paid, 2U);
  // 3 : 1 in space-time and in PoRep; the absent γ and δ went to α.
  EXPECT_EQ(r.weights.post, 8000U);
  EXPECT_EQ(rewards_of(chain, "alice").earned / 1000, r.pool * 3 / 4 / 1000);
  EXPECT_EQ(rewards_of(chain, "bob").earned / 1000, r.pool / 4 / 1000);
  EXPECT_EQ(rewards_of(chain, "carol").earned, 0U);

  const Amount before = chain.balance("alice");
  const Amount free = rewards_of(chain, "alice").free;
  chain.must("alice", "rewards.claim", Claim{});
  EXPECT_EQ(chain.balance("alice"), before + free);
  chain.must_fail("alice", "rewards.claim", Claim{}, "nothing to claim yet");
  chain.must_fail("carol", "rewards.claim", Claim{}, "nothing to claim");
}

TEST(Rewards, FailedProbesCostTheShareOfAvailability) {
  auto chain = reward_chain(Json::object({{"free_share", 10'000U}}));
  const std::vector<std::string> all = {"alice", "bob", "carol"};
  for (const auto& name : all) chain.join(name);
  chain.advance_epochs(1);
  std::uint8_t n = 0;
  for (const auto& name : all) {
    chain.miner(name).keep(chain.state(), test::tagged_fragment(0, ++n, 3000));
  }
  // What probes::report leaves (probes_flow_test.cpp): all passed, 95 %, 90 %.
  const auto probed = [&](const char* who, std::uint32_t passed) {
    Service s;
    s.probes = 20;
    s.probes_passed = passed;
    kServices.put(chain.state(), system::clock(chain.state()).era, chain.id(who), s);
  };
  probed("alice", 20);
  probed("bob", 19);
  probed("carol", 18);
  live_through_era(chain, all);
  const auto r = era_of(chain, system::clock(chain.state()).era - 1);
  ASSERT_GT(r.weights.poas, 0U);
  const Amount same = mul_div(r.pool, kRewardUnit - r.weights.poas, kRewardUnit) / 3;
  const Amount reachable = mul_div(r.pool, r.weights.poas, kRewardUnit);
  const Amount unit = r.pool / 1'000'000;
  const auto earned = [&](const char* who) {
    return (rewards_of(chain, who).earned + unit / 2) / unit;
  };
  EXPECT_EQ(earned("alice"), (same + reachable * 2 / 3 + unit / 2) / unit);
  EXPECT_EQ(earned("bob"), (same + reachable / 3 + unit / 2) / unit);
  EXPECT_EQ(earned("carol"), (same + unit / 2) / unit);
}

TEST(Rewards, HalfVestsDayByDay) {
  // A day of one era (60 blocks).
  auto chain = reward_chain(Json::object({{"day_blocks", 60U}, {"vest_days", 4U}}), 1000);
  chain.join("alice");
  chain.advance_epochs(1);
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  live_through_era(chain, {"alice"});
  const auto first = rewards_of(chain, "alice");
  EXPECT_EQ(first.free, first.earned / 2);
  ASSERT_EQ(first.vesting.size(), 1U);
  EXPECT_EQ(first.vesting[0].total, first.earned - first.earned / 2);
  // It proves nothing from now on and is frozen: no further reward, but what it earned comes.
  const Amount before = chain.balance("alice");
  const auto day0 = chain.height() / 60;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    chain.advance(60);
    (void)chain.call("alice", "rewards.claim", Claim{});
    const auto days = std::min<std::uint64_t>(4, chain.height() / 60 - day0);
    EXPECT_EQ(chain.balance("alice") - before,
              first.free + mul_div(first.vesting[0].total, days, 4));
  }
  EXPECT_EQ(rewards_of(chain, "alice").earned, first.earned);
  EXPECT_EQ(rewards_of(chain, "alice").sent, first.earned);
}

TEST(Rewards, WhatVestsIsLostToAMinerThatIsPutOut) {
  auto chain = reward_chain(Json::object());
  chain.join("alice");
  chain.advance_epochs(1);
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  live_through_era(chain, {"alice"});
  const auto r = rewards_of(chain, "alice");
  chain.advance_epochs(6);
  ASSERT_EQ(chain.record("alice").state, miners::MinerState::offline);
  const Amount before = chain.balance("alice");
  const Amount pool = accounts::pool(chain.state(), kStorage);
  chain.must("alice", "rewards.claim", Claim{});
  EXPECT_EQ(chain.balance("alice") - before, r.free);
  EXPECT_EQ(accounts::pool(chain.state(), kStorage) - pool, r.earned - r.free);
  EXPECT_EQ(accounts::pool(chain.state(), kOwed), 0U);
}

TEST(Rewards, VestingArithmeticLosesNothing) {
  MinerRewards r;
  add(r, 1001, 10, 5000);
  EXPECT_EQ(r.free, 500U);
  add(r, 7, 10, 5000);
  EXPECT_EQ(r.vesting.size(), 1U);
  Amount last = r.free;
  for (std::uint64_t day = 10; day < 101; ++day) {
    release(r, day, 90);
    EXPECT_GE(r.free, last);
    last = r.free;
  }
  EXPECT_EQ(r.free, 1008U);
  EXPECT_TRUE(r.vesting.empty());
}

TEST(Rewards, GoToTheBeneficiaryByThemselves) {
  auto chain = reward_chain(Json::object());
  chain.join("alice");
  miners::Update u;
  u.beneficiary = chain.id("bob");
  chain.must("alice", "miners.update", u);
  chain.advance_epochs(1);
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  const Amount before = chain.balance("bob");
  live_through_era(chain, {"alice"});
  const auto r = rewards_of(chain, "alice");
  EXPECT_EQ(r.free, 0U);
  EXPECT_EQ(r.sent, r.earned / 2);
  EXPECT_EQ(chain.balance("bob"), before + r.sent);
}

TEST(Rewards, FrozenMinersGetNoneAndOthersShareIt) {
  auto chain = reward_chain(Json::object());
  chain.join("alice");
  chain.join("bob");
  chain.advance_epochs(1);
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  chain.miner("bob").keep(chain.state(), test::tagged_fragment(0, 2, 3000));
  Events events;
  BlockInfo info;
  Context ctx{chain.state(), info, events, {}, chain.genesis()};
  miners::fine(ctx, chain.id("bob"), 1);
  ASSERT_EQ(chain.record("bob").state, miners::MinerState::frozen);
  live_through_era(chain, {"alice", "bob"});
  EXPECT_GT(chain.history("bob").passed, 0U);  // audited all the same
  EXPECT_EQ(rewards_of(chain, "bob").earned, 0U);
  const auto r = era_of(chain, system::clock(chain.state()).era - 1);
  EXPECT_EQ(rewards_of(chain, "alice").earned, r.pool);
}

TEST(Rewards, LeasesPayMinersToo) {
  auto chain = reward_chain(Json::object());
  chain.join("alice");
  chain.advance_epochs(1);
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  // What the market hands over, once an era.
  ASSERT_TRUE(
      accounts::account_to_pool(chain.state(), chain.id("bob"), territory::kIncome, 7 * kToken));
  live_through_era(chain, {"alice"});
  const auto r = era_of(chain, system::clock(chain.state()).era - 1);
  EXPECT_EQ(r.income, 7 * kToken);
  EXPECT_EQ(r.pool, r.storage + r.income);
  EXPECT_EQ(rewards_of(chain, "alice").earned, r.pool);
  EXPECT_EQ(accounts::pool(chain.state(), territory::kIncome), 0U);
}

TEST(Rewards, ThreePassesAreBoundedPerBlock) {
  auto chain = reward_chain(Json::object({{"miners_per_block", 2U}}));
  const std::vector<std::string> names = {"alice", "bob", "carol", "dave", "erin"};
  for (const auto& n : names) chain.join(n);
  chain.advance_epochs(1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    chain.miner(names[i]).keep(chain.state(), test::tagged_fragment(0, i, 1000 * (i + 1)));
  }
  live_through_era(chain, names);
  const auto r = era_of(chain, system::clock(chain.state()).era - 1);
  EXPECT_EQ(r.miners, 5U);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto want = mul_div(r.pool, i + 1, 15);
    const auto got = rewards_of(chain, names[i]).earned;
    EXPECT_LE(got > want ? got - want : want - got, 100U) << names[i];
  }
  EXPECT_EQ(kScores.keys(chain.state(), 1).size(), 0U);
  EXPECT_EQ(audits::kEraProven.keys(chain.state(), 1, r.next).size(), 0U);
}

// Who tags its own data and pays for its own deals, at one price for storage.
TEST(Rewards, SelfDealingEarnsAtMostWhatItBurned) {
  const Amount pool = 1000 * kToken;
  for (Amount own : {Amount{1}, Amount{100}, Amount{10'000}}) {
    for (Amount burned : {Amount{0}, 1 * kToken, 50 * kToken, 2000 * kToken}) {
      Sums s;
      s.post_full = s.porep_full = 1000;
      s.post_staked = s.porep_staked = own;
      const auto omega = staked_weight(s, burned, pool, 20'000);
      // Its share at x = 2, everybody else at x = 1.
      const Amount mine = mul_div(own, omega, kRewardUnit);
      const Amount share = mul_div(pool, 2 * mine, 1000 + 2 * mine);
      EXPECT_TRUE(omega == kRewardUnit || share <= burned) << to_decimal(own);
    }
  }
  EXPECT_EQ(staked_weight(Sums{}, 0, pool, 20'000), kRewardUnit);
}

}  // namespace rewards_test
}  // namespace cess::rewards
