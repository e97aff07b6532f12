// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "unit/chain/state/validators.hpp"

namespace cess {
namespace offences_test {

using namespace offences;

ValidatorsOptions options(std::size_t validators = 13, std::uint32_t seats = 11) {
  ValidatorsOptions o;
  o.validators = validators;
  o.seats = seats;
  o.others = 2;
  o.bond = 1210 * kCess;
  o.params = {{"offences", {{"bar_eras", 2U}}}, {"staking", {{"unbonding_eras", 5U}}}};
  return o;
}

class Offences : public testing::Test {
 protected:
  Offences() : chain_(options()) { chain_.finish_era(); }
  /// A block that proves `who` guilty, proposed by `reporter`.
  const BlockResult& prove(const std::vector<std::string>& who, Era era,
                           const std::string& reporter = "u0",
                           OffenceKind kind = OffenceKind::double_commit) {
    for (const auto& w : who)
      chain_.next.offences.push_back({kind, chain_.id(w), era, chain_.height()});
    chain_.next.proposer = chain_.id(reporter);
    return chain_.step();
  }
  Amount bonded(const std::string& who) {
    return accounts::held(chain_.state(), chain_.id(who), staking::kBonded);
  }
  std::string member(std::size_t i) {
    return chain_.name_of(chain_.committee().members[i].account);
  }
  ValidatorChain chain_;
};

TEST_F(Offences, CostNineHundredTwentyFirstsTheFirstTime) {
  const auto who = member(0);
  const Amount treasury = accounts::pool(chain_.state(), treasury::kTreasury);
  const Amount reporter = chain_.balance("u0");
  const auto& r = prove({who}, 1);
  EXPECT_TRUE(bonded(who) == 1120 * kCess);  // 1210 * (3/11)²  = 90
  EXPECT_TRUE(chain_.balance("u0") == reporter + 9 * kCess);
  EXPECT_TRUE(accounts::pool(chain_.state(), treasury::kTreasury) == treasury + 81 * kCess);
  const auto events = TestChain::events<Convicted>(r.receipts.front(), kModule, 0);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].barred_through, 3U);
  EXPECT_FALSE(staking::is_candidate(chain_.state(), chain_.id(who)));
  EXPECT_EQ(election::reputation_of(chain_.state(), chain_.id(who)), 0);
}

TEST_F(Offences, ArePunishedOnceEach) {
  const auto who = member(0);
  prove({who, who}, 1);
  prove({who}, 1, "u0", OffenceKind::amnesia);
  prove({who}, 1);
  EXPECT_TRUE(bonded(who) == 1120 * kCess);
  EXPECT_FALSE(is_news(chain_.state(), {OffenceKind::amnesia, chain_.id(who), 1, 9}));
  EXPECT_TRUE(is_news(chain_.state(), {OffenceKind::amnesia, chain_.id(member(1)), 1, 9}));
}

// Together it is dearer, and who came first pays the difference.
TEST_F(Offences, GrowWithTheirNumber) {
  prove({member(0)}, 1);
  prove({member(1)}, 1);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(bonded(member(static_cast<std::size_t>(i))) == 850 * kCess);
  prove({member(2), member(3)}, 1);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(bonded(member(i)) == 0) << i;
  EXPECT_TRUE(bonded(member(4)) == 1210 * kCess);
}

TEST_F(Offences, OfStrangersAndOfFarErasAreNone) {
  const auto committee = chain_.committee();
  std::string outside;
  for (const auto& v : names("v", 13)) {
    if (!election::committee_index(committee, chain_.id(v))) outside = v;
  }
  const auto who = member(0);
  prove({outside, "u1"}, 1);
  prove({who}, 2);  // not yet
  prove({who}, 999);
  EXPECT_TRUE(bonded(outside) == 1210 * kCess);
  EXPECT_TRUE(bonded(who) == 1210 * kCess);
  // Era 1 can be punished as long as nobody could have withdrawn: through era 4 of 1 + 5 - 1.
  while (chain_.clock().era < 4) chain_.finish_era();
  EXPECT_TRUE(is_news(chain_.state(), {OffenceKind::double_prepare, chain_.id(who), 1, 9}));
  chain_.finish_era();
  EXPECT_FALSE(is_news(chain_.state(), {OffenceKind::double_prepare, chain_.id(who), 1, 9}));
  prove({who}, 1);
  EXPECT_TRUE(bonded(who) == 1210 * kCess);
}

TEST_F(Offences, NominatorsPayTheirPart) {
  const auto who = member(0);
  chain_.must("u1", "staking.bond", staking::Bond{605 * kCess});
  chain_.must("u1", "staking.nominate", staking::Nominate{{chain_.id(who)}});
  chain_.finish_era();
  const auto n = chain_.committee().members.size();
  ASSERT_EQ(n, 11U);
  ASSERT_TRUE(election::committee_index(chain_.committee(), chain_.id(who)).has_value());
  prove({who}, 1);  // era 1: the nominator was not there yet
  EXPECT_TRUE(bonded("u1") == 605 * kCess);
  prove({who}, 2);
  EXPECT_TRUE(bonded("u1") == 560 * kCess);  // 605 * 9/121 = 45
  EXPECT_TRUE(bonded(who) == 1030 * kCess);
}

TEST_F(Offences, AnOffenderEarnsNothingByReportingItself) {
  const auto who = member(0);
  const Amount before = chain_.balance(who);
  prove({who}, 1, who);
  EXPECT_TRUE(chain_.balance(who) == before);
  EXPECT_TRUE(bonded(who) == 1120 * kCess);
}

TEST_F(Offences, BarFromElections) {
  const auto who = member(0);
  prove({who}, 1);
  // bar_eras is 2: elections of eras 1, 2 and 3 are closed even to who validates again at once.
  chain_.must(who, "staking.validate", staking::Validate{0});
  for (Era era = 1; era <= 3; ++era) {
    EXPECT_EQ(election::fitness(chain_.state(), chain_.id(who)), election::Fitness::barred);
    chain_.finish_era();
    EXPECT_FALSE(election::is_on_duty(chain_.state(), chain_.id(who)));
  }
  // Then it has no reputation yet; an era off duty gives half of the middle.
  EXPECT_EQ(election::fitness(chain_.state(), chain_.id(who)), election::Fitness::low_reputation);
  chain_.finish_era();
  EXPECT_EQ(election::reputation_of(chain_.state(), chain_.id(who)), 2500);
  chain_.to_seed();
  chain_.beat(who);
  chain_.step();
  EXPECT_EQ(election::fitness(chain_.state(), chain_.id(who)), election::Fitness::fit);
}

// ---- absence

TEST(Absence, OfATenthAndOneCostsReputationOnly) {
  ValidatorChain chain(options());
  for (const auto* v : {"v0", "v1"}) chain.stop(v);
  chain.finish_era();
  const auto result = *election::kEras.get(chain.state(), 0);
  int absent = 0;
  for (const auto& m : result.members) {
    if (!m.absent) continue;
    ++absent;
    EXPECT_EQ(m.votes, 0U);
    EXPECT_EQ(m.reputation, 0);
    EXPECT_TRUE(accounts::held(chain.state(), m.account, staking::kBonded) == 1210 * kCess);
    EXPECT_EQ(election::reputation_of(chain.state(), m.account), 2500);  // 0 and four middles
  }
  EXPECT_EQ(absent, 2);
}

TEST(Absence, OfMoreCostsMoney) {
  auto o = options();
  o.params["staking"]["candidate_stake_min"] = to_decimal(1100 * kCess);
  ValidatorChain chain(o);
  for (const auto* v : {"v0", "v1", "v2"}) chain.stop(v);
  const Amount treasury = accounts::pool(chain.state(), treasury::kTreasury);
  chain.finish_era();
  // 5 % of 1100, times 3 (3 - 2) / 11.
  for (const auto* v : {"v0", "v1", "v2"}) {
    EXPECT_TRUE(accounts::held(chain.state(), chain.id(v), staking::kBonded) == 1195 * kCess);
  }
  EXPECT_TRUE(accounts::held(chain.state(), chain.id("v3"), staking::kBonded) == 1210 * kCess);
  EXPECT_TRUE(accounts::pool(chain.state(), treasury::kTreasury) == treasury + 45 * kCess);
}

// ---- reputation

TEST(Reputation, FollowsVotesAndComesBack) {
  ValidatorsOptions o;
  o.others = 0;
  o.blocks_per_epoch = 10;
  ValidatorChain chain(o);
  const auto v0 = chain.id("v0");
  EXPECT_EQ(election::reputation_of(chain.state(), v0), 5000);
  chain.finish_era();
  const auto first = election::kEras.get(chain.state(), 0)->members.front();
  EXPECT_EQ(election::reputation_of(chain.state(), v0), (first.reputation + 5000) / 2);
  // Votes for 30 %: seven penalties for seven missing tenths, on top of the points.
  chain.step();
  for (int i = 0; chain.clock().era == 1; ++i) {
    if (i % 10 < 3) {
      chain.add("v0");
    } else {
      chain.stop("v0");
    }
    if (chain.height() == chain.clock().committee_height() - 1) {
      chain.add("v0");
      for (const auto& v : names("v", 4)) chain.beat(v);
    }
    chain.step();
  }
  const auto second = *election::kEras.get(chain.state(), 1);
  for (const auto& m : second.members) {
    if (m.account != v0) continue;
    EXPECT_GE(m.penalties, 6U);
    EXPECT_LE(m.penalties, 7U);
    EXPECT_FALSE(m.absent);
  }
}

TEST(Reputation, CreditOffDutyNeverHurts) {
  ValidatorsOptions o;
  ValidatorChain chain(o);
  election::credit(chain.state(), chain.id("u0"), election::CreditKind::audit, 3);
  election::credit(chain.state(), chain.id("u1"), election::CreditKind::penalty, 2);
  election::credit(chain.state(), chain.id("u2"), election::CreditKind::draw, 1'000'000);
  chain.finish_era();
  const auto newest = [&](const char* who) {
    return election::kReputations.get(chain.state(), chain.id(who))->scores.front();
  };
  EXPECT_EQ(newest("u0"), 5000);
  EXPECT_EQ(newest("u1"), 4600);
  EXPECT_EQ(newest("u2"), 10'000);
}

}  // namespace offences_test
}  // namespace cess
