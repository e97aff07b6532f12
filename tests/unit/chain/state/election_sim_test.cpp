// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// Many eras of random actors: who is elected, punished and paid is compared with rules that are
// computed here anew from the state, not with the module's own ranking. TestChain checks all
// invariants (supply, holds, support, committees) after every block.
#include <random>

#include "unit/chain/state/validators.hpp"

namespace cess {
namespace election_sim_test {

using namespace election;

class World {
 public:
  explicit World(std::uint64_t seed) : chance_(seed), chain_(options()) {
    for (const auto& v : names("v", 12)) all_.push_back(v);
    for (const auto& u : names("u", 10)) all_.push_back(u);
    for (const auto& v : names("v", 12)) registered_.insert(v);
  }

  void run_era() {
    const Era era = chain_.clock().era;
    pay(era);
    while (!system::next_era_seed(chain_.state())) {
      random_acts();
      if (roll(40)) offend();
      chain_.step();
    }
    for (const auto& who : all_) {
      if (!staking::is_candidate(chain_.state(), chain_.id(who)) || !registered_.contains(who))
        continue;
      if (!roll(10)) chain_.beat(who);
      if (keys_at(chain_.state(), chain_.id(who), era) && !roll(10)) chain_.submit(who);
    }
    while (chain_.height() + 1 < chain_.clock().committee_height()) chain_.step();
    const auto before = chain_.committee();
    chain_.step();
    check_election(era, before);
    while (chain_.clock().era == era) chain_.step();
  }

  int elected = 0, filled = 0, convicted = 0;

 private:
  static ValidatorsOptions options() {
    ValidatorsOptions o;
    o.validators = 12;
    o.seats = 7;
    o.others = 10;
    o.params = {{"staking",
                 {{"nominators_max", 3U},
                  {"nominations_max", 4U},
                  {"unbonding_eras", 4U},
                  {"payouts_per_block", 2U},
                  {"candidate_bond_min", to_decimal(500 * kCess)},
                  {"candidate_stake_min", to_decimal(900 * kCess)}}},
                {"offences", {{"bar_eras", 2U}}}};
    return o;
  }
  bool roll(unsigned one_in) { return chance_() % one_in == 0; }
  std::string anybody() { return all_[chance_() % all_.size()]; }
  Amount some(std::uint64_t tokens) { return kCess * (chance_() % tokens) + chance_(); }

  // Calls that may as well fail: what they leave is checked after the block.
  void random_acts() {
    for (int i = 0; i < 4; ++i) {
      const auto who = anybody();
      switch (chance_() % 8) {
        case 0:
          chain_.queue(who, "staking.bond", staking::Bond{some(2000)});
          break;
        case 1:
          chain_.queue(who, "staking.bond_extra", staking::BondExtra{some(300)});
          break;
        case 2:
          chain_.queue(who, "staking.unbond", staking::Unbond{some(400)});
          break;
        case 3:
          chain_.queue(who, "staking.withdraw_unbonded", staking::WithdrawUnbonded{});
          break;
        case 4:
          chain_.queue(who, "staking.validate",
                       staking::Validate{static_cast<std::uint16_t>(chance_() % 10'001)});
          break;
        case 5:
          if (roll(6)) chain_.queue(who, "staking.chill", staking::Chill{});
          break;
        case 6: {
          staking::Nominate n;
          for (auto t = chance_() % 4; t > 0; --t) n.targets.push_back(chain_.id(anybody()));
          if (who[0] == 'u') chain_.queue(who, "staking.nominate", n);
          break;
        }
        default:
          registers(who);
      }
    }
  }
  void registers(const std::string& who) {
    if (!roll(3) || registered_.contains(who)) return;
    registered_.insert(who);
    chain_.queue(who, "election.register_keys", registration(chain_, who, who));
    chain_.add(who);
  }
  void offend() {
    const auto committee = chain_.committee();
    const auto& who = committee.members[chance_() % committee.members.size()].account;
    chain_.next.offences.push_back({OffenceKind::double_prepare, who, committee.era, 1});
    ++convicted;
  }
  // Rewards for the era that ended: all of it arrives.
  void pay(Era era) {
    if (era == 0) return;
    BlockInfo info;
    info.height = chain_.height();
    Events events;
    Context ctx{chain_.state(), info, events, {}, chain_.genesis(), 0, &chain_.runtime()};
    const auto closed = *kEras.get(chain_.state(), era - 1);
    for (const auto& m : closed.members) {
      const auto paid = staking::reward(ctx, era - 1, m.account, treasury::kMiners, some(50));
      EXPECT_TRUE(paid.has_value());
    }
  }

  void check_election(Era era, const Committee& sitting) {
    const auto& state = chain_.state();
    const auto next = *committee_of(state, era + 1);
    const auto result = *kElections.get(state, era + 1);
    if (result.outcome == Outcome::kept) {
      EXPECT_EQ(next.members.size(), sitting.members.size());
      return;
    }
    ++(result.outcome == Outcome::elected ? elected : filled);
    std::map<AccountId, Ranked> by_account;
    for (const auto& r : result.ranking) by_account[r.account] = r;
    for (const auto& m : next.members) {
      const auto keys = keys_at(state, m.account, era);
      EXPECT_TRUE(keys && keys->bls_key == m.bls_key);
      const auto reputation = kReputations.get(state, m.account);
      EXPECT_FALSE(reputation && reputation->barred_through && era <= *reputation->barred_through);
      const auto& r = by_account.at(m.account);
      EXPECT_EQ(r.place == Place::elected, fitness(state, m.account) == Fitness::fit);
      EXPECT_TRUE(r.place != Place::kept || result.outcome == Outcome::filled);
    }
    // Nobody fit was passed over by somebody who is worse in all three parts.
    for (const auto& [out_who, out] : by_account) {
      if (out.place != Place::standby) continue;
      EXPECT_EQ(fitness(state, out_who), Fitness::fit);
      for (const auto& m : next.members) {
        const auto& in = by_account.at(m.account);
        EXPECT_FALSE(out.reputation > in.reputation + 1 && out.backing > in.backing &&
                     out.stake > in.stake + 1 && out.random > in.random + 1);
      }
    }
  }

  std::mt19937_64 chance_;
  ValidatorChain chain_;
  std::vector<std::string> all_;
  std::set<std::string> registered_;
};

TEST(ElectionSimulation, RandomActorsNeverBreakARule) {
  int elected = 0, filled = 0, convicted = 0;
  for (const std::uint64_t seed : {1ULL, 2ULL, 3ULL, 4ULL}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int era = 0; era < 25; ++era) world.run_era();
    elected += world.elected;
    filled += world.filled;
    convicted += world.convicted;
  }
  // The run must have met these cases, or it proves little.
  EXPECT_GT(elected, 5);
  EXPECT_GT(filled, 5);
  EXPECT_GT(convicted, 5);
}

}  // namespace election_sim_test
}  // namespace cess
