// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "unit/chain/state/validators.hpp"

namespace cess {
namespace election_test {

using namespace election;

ValidatorsOptions of_size(std::uint32_t seats, std::size_t candidates) {
  ValidatorsOptions o;
  o.seats = seats;
  o.validators = candidates;
  o.others = 0;
  return o;
}

// ---- the random part (reliability: forged, other input, withheld)

TEST(ElectionScore, IsTheCandidatesOwnVrfOutput) {
  ValidatorChain chain({});
  EXPECT_FALSE(score_alpha(chain.state(), chain.genesis()).has_value());
  chain.step();
  chain.must_fail("v0", "election.submit_score", SubmitScore{}, "not between the seed");
  chain.to_seed();
  const auto alpha = *score_alpha(chain.state(), chain.genesis());
  const auto proof = vrf_prove(seed_for("v0", "vrf"), alpha);
  EXPECT_EQ(alpha.size(), 89U);  // doc/formats/validator-keys.md
  auto forged = proof;
  forged[79] ^= 1U;
  chain.must_fail("v0", "election.submit_score", SubmitScore{forged}, "proof is wrong");
  auto other = alpha;
  other.back() ^= 1U;
  chain.must_fail("v0", "election.submit_score",
                  SubmitScore{vrf_prove(seed_for("v0", "vrf"), other)}, "proof is wrong");
  chain.must_fail("v1", "election.submit_score", SubmitScore{proof}, "proof is wrong");
  chain.must_fail("u0", "election.submit_score", SubmitScore{proof}, "no candidate");
}

TEST(ElectionScore, IsTakenOnce) {
  ValidatorChain chain({});
  chain.to_seed();
  const auto proof = vrf_prove(seed_for("v0", "vrf"), *score_alpha(chain.state(), chain.genesis()));
  chain.queue("v0", "election.submit_score", SubmitScore{proof});
  chain.queue("v0", "election.submit_score", SubmitScore{proof});
  chain.queue("v1", "election.submit_score", SubmitScore{proof});
  const auto& r = chain.step().receipts;
  EXPECT_TRUE(r[1].ok) << r[1].error;
  EXPECT_NE(r[2].error.find("there is one already"), std::string::npos);
  EXPECT_FALSE(r[3].ok);
  const auto beta = *vrf_output(proof);
  std::array<std::uint8_t, 8> head{};
  std::copy_n(beta.begin(), 8, head.begin());
  EXPECT_EQ(kScores.get(chain.state(), 0, chain.id("v0")), random_score(head));
}

TEST(ElectionScore, WithheldCountsNothing) {
  ValidatorChain chain(of_size(4, 6));
  chain.to_seed();
  for (const auto& v : names("v", 6)) chain.beat(v);
  for (const auto& v : names("v", 5)) chain.submit(v);  // v5 withholds
  while (chain.clock().era == 0) chain.step();
  bool seen = false;
  for (const auto& r : chain.result(1).ranking) {
    if (r.account != chain.id("v5")) continue;
    seen = true;
    EXPECT_EQ(r.random, 0);
  }
  EXPECT_TRUE(seen);
}

TEST(ElectionScore, EndsWithTheElection) {
  ValidatorChain chain({});
  while (chain.height() < chain.clock().committee_height()) chain.step();
  EXPECT_FALSE(score_alpha(chain.state(), chain.genesis()).has_value());
  chain.must_fail("v0", "election.submit_score", SubmitScore{}, "not between the seed");
}

// ---- heartbeats

TEST(ElectionHeartbeat, NamesARecentBlock) {
  ValidatorsOptions o;
  o.params = {{"election", {{"heartbeat_blocks", 5U}}}};
  o.blocks_per_epoch = 10;
  ValidatorChain chain(o);
  for (int i = 0; i < 10; ++i) chain.step();
  const auto hash_at = [&](Height h) {
    return kRecent.get(chain.state(), static_cast<std::uint32_t>(h % 5))->hash;
  };
  const char* call = "election.heartbeat";
  // The next block has height 11: 6 is the oldest it takes, 9 the newest known here.
  EXPECT_EQ(chain.height(), 10U);
  const Heartbeat oldest{6, hash_at(6)};
  chain.must("v0", call, oldest);
  EXPECT_EQ(kHeartbeats.get(chain.state(), chain.id("v0")), 11U);
  chain.must_fail("v0", call, oldest, "not a recent one");
  chain.must_fail("v0", call, Heartbeat{11, hash_at(10)}, "another hash");
  chain.must_fail("v0", call, Heartbeat{99, hash_at(9)}, "not a recent one");
  chain.must_fail("u0", call, Heartbeat{chain.height() - 1, {}}, "no candidate");
}

TEST(ElectionHeartbeat, OfTheLastEpochIsNeeded) {
  ValidatorsOptions o = of_size(4, 6);
  o.blocks_per_epoch = 10;
  ValidatorChain chain(o);
  while (chain.height() < 38) chain.step();
  EXPECT_EQ(fitness(chain.state(), chain.id("v0")), Fitness::no_heartbeat);
  for (const auto& v : names("v", 5)) {
    if (v != "v1") chain.beat(v);
  }
  chain.step();  // 39
  EXPECT_EQ(fitness(chain.state(), chain.id("v0")), Fitness::fit);
  while (chain.height() < 48) chain.step();
  EXPECT_EQ(fitness(chain.state(), chain.id("v0")), Fitness::fit);
  chain.beat("v0");
  chain.step();  // 49: the beats of 39 are too old
  EXPECT_EQ(fitness(chain.state(), chain.id("v2")), Fitness::no_heartbeat);
  EXPECT_EQ(fitness(chain.state(), chain.id("v0")), Fitness::fit);
}

// ---- elections

TEST(Election, FillsAllSeatsByScore) {
  for (const std::uint32_t n : {1U, 4U, 7U, 10U, 11U, 13U}) {
    ValidatorChain chain(of_size(n, n + 3));
    EXPECT_EQ(chain.committee().members.size(), n);
    EXPECT_TRUE(next_committee_hash(chain.state()).is_zero());
    chain.finish_era();
    const auto e = chain.result(1);
    EXPECT_EQ(e.outcome, Outcome::elected);
    EXPECT_EQ(e.fit, n + 3);
    ASSERT_EQ(e.ranking.size(), n + 3);
    EXPECT_EQ(chain.committee().members.size(), n);
    for (std::size_t i = 0; i < e.ranking.size(); ++i) {
      const auto& r = e.ranking[i];
      EXPECT_EQ(r.place, i < n ? Place::elected : Place::standby);
      EXPECT_EQ(r.total, total_score(r.reputation, r.stake, r.random));
      EXPECT_LE(r.total, e.ranking[i == 0 ? 0 : i - 1].total);
      EXPECT_EQ(i < n, committee_index(chain.committee(), r.account) == i);
    }
  }
}

TEST(Election, NextCommitteeIsFixedAtFiveSixths) {
  ValidatorChain chain(of_size(4, 6));
  chain.to_seed();
  for (const auto& v : names("v", 6)) chain.beat(v);
  while (chain.height() + 1 < chain.clock().committee_height()) chain.step();
  EXPECT_TRUE(next_committee_hash(chain.state()).is_zero());
  EXPECT_FALSE(committee_of(chain.state(), 1).has_value());
  chain.step();
  const auto next = *committee_of(chain.state(), 1);
  const auto hash = next_committee_hash(chain.state());
  EXPECT_EQ(hash, committee_hash(next));
  // What happens after it does not change it.
  chain.must(chain.name_of(next.members[0].account), "staking.chill", staking::Chill{});
  while (chain.height() < chain.clock().era_end()) {
    chain.step();
    EXPECT_EQ(next_committee_hash(chain.state()), hash);
  }
  const Hash256 seed = *system::next_era_seed(chain.state());
  EXPECT_EQ(next.seed, seed);
  chain.step();
  EXPECT_EQ(committee_hash(chain.committee()), hash);
  EXPECT_EQ(system::era_seed(chain.state()), seed);
  EXPECT_TRUE(next_committee_hash(chain.state()).is_zero());
}

TEST(Election, TiesAreSettledByLot) {
  // No random part and equal stakes: all totals are equal.
  auto o = of_size(4, 12);
  o.params = {
      {"election", {{"weight_reputation", 0U}, {"weight_stake", 100U}, {"weight_random", 0U}}}};
  std::set<std::vector<std::string>> seen;
  ValidatorChain chain(o);
  std::map<std::string, int> served;
  for (Era era = 1; era <= 12; ++era) {
    chain.finish_era();
    for (const auto& r : chain.result(era).ranking) EXPECT_EQ(r.total, 10'000);
    seen.insert(chain.members(era));
    for (const auto& m : chain.members(era)) ++served[m];
  }
  // The lot changes with the seed, so it favours nobody's account.
  EXPECT_GT(seen.size(), 8U);
  EXPECT_GT(served.size(), 9U);
  ValidatorChain again(o);
  again.finish_era();
  EXPECT_EQ(again.members(1), chain.members(1));
}

TEST(Election, MoreStakeAndMoreReputationWin) {
  auto o = of_size(4, 8);
  o.params = {
      {"election", {{"weight_reputation", 0U}, {"weight_stake", 100U}, {"weight_random", 0U}}}};
  ValidatorChain chain(o);
  for (int i = 4; i < 8; ++i) {
    chain.must("v" + std::to_string(i), "staking.bond_extra",
               staking::BondExtra{static_cast<unsigned>(i) * kCess});
  }
  chain.finish_era();
  EXPECT_EQ(chain.members(1), (std::vector<std::string>{"v7", "v6", "v5", "v4"}));
}

TEST(Election, NewKeysWaitAnEra) {
  auto o = of_size(4, 4);
  o.others = 1;
  ValidatorChain chain(o);
  chain.must("u0", "staking.bond", staking::Bond{1000 * kCess});
  EXPECT_EQ(fitness(chain.state(), chain.id("u0")), Fitness::not_candidate);
  chain.must("u0", "staking.validate", staking::Validate{0});
  EXPECT_EQ(fitness(chain.state(), chain.id("u0")), Fitness::no_keys);
  chain.must("u0", "election.register_keys", registration(chain, "u0", "u0"));
  EXPECT_EQ(fitness(chain.state(), chain.id("u0")), Fitness::keys_too_new);
  chain.add("u0");
  chain.finish_era();
  EXPECT_EQ(chain.result(1).fit, 4U);
  EXPECT_EQ(fitness(chain.state(), chain.id("u0")), Fitness::no_heartbeat);
  chain.finish_era();
  EXPECT_EQ(chain.result(2).fit, 5U);
}

TEST(Election, TheLeastStakeIsOwnPlusNominated) {
  auto o = of_size(4, 5);
  o.others = 1;
  o.params = {{"staking", {{"candidate_stake_min", to_decimal(1100 * kCess)}}}};
  ValidatorChain chain(o);
  EXPECT_EQ(fitness(chain.state(), chain.id("v4")), Fitness::low_stake);
  chain.must("u0", "staking.bond", staking::Bond{100 * kCess});
  chain.must("u0", "staking.nominate", staking::Nominate{{chain.id("v4")}});
  EXPECT_NE(fitness(chain.state(), chain.id("v4")), Fitness::low_stake);
}

// ---- fewer candidates than seats

TEST(Election, TenForElevenSeatsMakeACommitteeOfTen) {
  auto o = of_size(11, 11);
  ValidatorChain chain(o);
  chain.stop("v3");  // dead: neither votes nor beats
  chain.finish_era();
  const auto e = chain.result(1);
  EXPECT_EQ(e.outcome, Outcome::filled);
  EXPECT_EQ(e.fit, 10U);
  EXPECT_EQ(chain.committee().members.size(), 10U);
  EXPECT_FALSE(committee_index(chain.committee(), chain.id("v3")).has_value());
}

TEST(Election, WhoVotesKeepsASeatNobodyTakes) {
  auto o = of_size(11, 11);
  ValidatorChain chain(o);
  chain.to_seed();
  for (const auto& v : names("v", 8)) chain.beat(v);  // v8, v9, v10 vote but do not beat
  while (chain.clock().era == 0) chain.step();
  const auto e = chain.result(1);
  EXPECT_EQ(e.outcome, Outcome::filled);
  EXPECT_EQ(e.fit, 8U);
  ASSERT_EQ(e.ranking.size(), 11U);
  for (std::size_t i = 0; i < 11; ++i)
    EXPECT_EQ(e.ranking[i].place, i < 8 ? Place::elected : Place::kept);
  EXPECT_EQ(chain.committee().members.size(), 11U);
}

TEST(Election, TooFewKeepTheCommittee) {
  ValidatorChain chain(of_size(4, 4));
  for (const auto* v : {"v0", "v1"}) chain.stop(v);
  const auto before = chain.members(0);
  chain.finish_era();
  EXPECT_EQ(chain.result(1).outcome, Outcome::kept);
  EXPECT_EQ(chain.members(1), before);
  EXPECT_EQ(chain.committee().era, 1U);
}

TEST(Election, ACommitteeGrowsWithItsCandidates) {
  auto o = of_size(7, 2);
  o.others = 2;
  ValidatorChain chain(o);
  EXPECT_EQ(chain.committee().members.size(), 2U);
  for (const auto* u : {"u0", "u1"}) {
    chain.must(u, "staking.bond", staking::Bond{1000 * kCess});
    chain.must(u, "staking.validate", staking::Validate{0});
    chain.must(u, "election.register_keys", registration(chain, u, u));
    chain.add(u);
  }
  chain.finish_era();
  chain.finish_era();
  EXPECT_EQ(chain.committee().members.size(), 4U);
}

TEST(Election, TellsHowAValidatorStands) {
  auto o = of_size(4, 5);
  o.others = 1;
  ValidatorChain chain(o);
  chain.must("u0", "staking.bond", staking::Bond{30 * kCess});
  chain.must("u0", "staking.nominate", staking::Nominate{{chain.id("v1")}});
  chain.must("v1", "election.register_keys", registration(chain, "v1", "other"));
  const auto v = validator_status(chain.state(), chain.id("v1"));
  EXPECT_EQ(v.fitness, Fitness::no_heartbeat);
  EXPECT_TRUE(v.on_duty);
  EXPECT_FALSE(v.elected_next.has_value());
  EXPECT_TRUE(v.own == 1000 * kCess && v.nominated == 30 * kCess);
  EXPECT_EQ(v.commission, 1000);
  EXPECT_EQ(v.keys, keys_for("v1"));
  EXPECT_EQ(v.next_keys, keys_for("other"));
  EXPECT_EQ(v.reputation, 5000);
  EXPECT_EQ(validator_status(chain.state(), chain.id("u0")).fitness, Fitness::not_candidate);
  const auto json = to_json_value(v);
  EXPECT_EQ(json["fitness"], "no heartbeat");
  EXPECT_TRUE(json["elected_next"].is_null());
}

// The main network's figures: eleven seats, 3 M CESS behind a candidate, of them 300,000 its own.
TEST(Election, TheMainPresetHoldsElevenOfThreeMillion) {
  const Runtime runtime;
  Json spec = runtime.default_spec("main");
  auto o = with_validators(of_size(11, 11));
  spec["genesis"] = o.spec["genesis"];
  const Amount bond = 3'000'000 * kCess;
  for (auto& s : spec["genesis"]["staking"]["stakers"]) s["bond"] = to_decimal(bond);
  for (const auto& n : o.names) {
    spec["genesis"]["accounts"]["balances"].push_back(
        {{"account", to_ss58(TestChain::id(n))}, {"amount", to_decimal(bond + kCess)}});
  }
  State state;
  const auto genesis = runtime.genesis(state, spec);
  ASSERT_TRUE(genesis.has_value()) << genesis.error().message;
  EXPECT_EQ(committee_of(state, 0)->members.size(), 11U);
  EXPECT_EQ(fitness(state, TestChain::id("v0")), Fitness::no_heartbeat);
  EXPECT_TRUE(runtime.check_invariants(state).has_value());
}

}  // namespace election_test
}  // namespace cess
