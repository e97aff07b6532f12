// SPDX-License-Identifier: Apache-2.0
// The election itself.
#include <algorithm>

#include "chain/state/election/detail.hpp"
#include "chain/state/staking/staking.hpp"
#include "crypto/sha256.hpp"

namespace cess::election {
namespace {

struct Contender {
  Ranked ranked;
  Hash256 tie;  // SHA-256("CESS-TIE-v1" ‖ next seed ‖ account): settles what is equal
  Keys keys;
};

Hash256 tie_hash(const Hash256& seed, const AccountId& who) {
  return sha256({as_bytes("CESS-TIE-v1"), seed.view(), who.view()});
}

// Reputation, stake and what has been drawn; the total follows once the largest backing is known.
Contender contender(const State& state, const AccountId& who, Amount backing,
                    const system::Clock& clock, const Hash256& seed) {
  Contender c;
  c.ranked.account = who;
  c.ranked.backing = backing;
  c.ranked.reputation = reputation_of(state, who);
  c.ranked.random = kScores.get_or_default(state, clock.era, who);
  c.tie = tie_hash(seed, who);
  c.keys = keys_at(state, who, clock.era).value_or(Keys{});
  return c;
}

// Best first: score, then backing, then lot. `most` is the largest backing of all that compete.
void rank(std::vector<Contender>& list, Amount most, const Params& p) {
  for (auto& c : list) {
    c.ranked.stake = stake_score(std::min(c.ranked.backing, most), most);
    c.ranked.total = total_score(c.ranked.reputation, c.ranked.stake, c.ranked.random,
                                 {p.weight_reputation, p.weight_stake, p.weight_random});
  }
  std::sort(list.begin(), list.end(), [](const Contender& a, const Contender& b) {
    if (a.ranked.total != b.ranked.total) return a.ranked.total > b.ranked.total;
    if (a.ranked.backing != b.ranked.backing) return a.ranked.backing > b.ranked.backing;
    return a.tie < b.tie;
  });
}

// Sitting members that are not fit but vote, have keys and are not barred: they may keep a seat
// that nobody fit takes.
std::vector<Contender> stopgaps(const State& state, const std::vector<Contender>& fit,
                                const Committee& sitting, const system::Clock& clock,
                                const Hash256& seed, const Params& p) {
  std::vector<Contender> out;
  const auto duty = kDuties.get_or_default(state, clock.era);
  for (std::uint32_t i = 0; i < sitting.members.size(); ++i) {
    const auto& who = sitting.members[i].account;
    const auto barred = barred_through(state, who);
    if (barred && clock.era <= *barred) continue;
    if (!keys_at(state, who, clock.era) || !votes_at_least(duty, i, p.present_share)) continue;
    if (std::any_of(fit.begin(), fit.end(),
                    [&](const Contender& c) { return c.ranked.account == who; }))
      continue;
    out.push_back(contender(state, who, staking::backing(state, who), clock, seed));
    out.back().ranked.place = Place::kept;
  }
  return out;
}

}  // namespace

Fitness fitness(const State& state, const AccountId& who) {
  const auto clock = system::clock(state);
  if (!staking::is_candidate(state, who)) return Fitness::not_candidate;
  if (staking::backing(state, who) < staking::kParams.get(state)->candidate_stake_min)
    return Fitness::low_stake;
  if (!kKeys.has(state, who)) return Fitness::no_keys;
  if (!keys_at(state, who, clock.era)) return Fitness::keys_too_new;
  const auto barred = barred_through(state, who);
  if (barred && clock.era <= *barred) return Fitness::barred;
  if (reputation_of(state, who) < params(state).reputation_floor) return Fitness::low_reputation;
  const auto beat = kHeartbeats.get(state, who);
  if (!beat || *beat + clock.epoch_blocks <= clock.height) return Fitness::no_heartbeat;
  return Fitness::fit;
}

void elect(Context& ctx) {
  auto& state = ctx.state;
  const auto clock = system::clock(state);
  const auto p = params(state);
  const Era era = clock.era + 1;
  const Hash256 seed = *system::next_era_seed(state);
  const auto sitting = *committee_of(state, clock.era);

  const auto all = staking::candidates(state);
  std::vector<Contender> fit;
  Amount most = 0;
  for (const auto& [who, backing] : all) {
    if (fitness(state, who) != Fitness::fit) continue;
    fit.push_back(contender(state, who, backing, clock, seed));
    most = std::max(most, backing);
  }
  rank(fit, most, p);
  Election e{ctx.block.height,
             Outcome::elected,
             static_cast<std::uint32_t>(all.size()),
             static_cast<std::uint32_t>(fit.size()),
             p.seats,
             {}};
  auto chosen = fit;
  if (fit.size() < p.seats) {
    e.outcome = Outcome::filled;
    auto more = stopgaps(state, fit, sitting, clock, seed, p);
    rank(more, most, p);
    more.resize(std::min(more.size(), p.seats - fit.size()));
    chosen.insert(chosen.end(), more.begin(), more.end());
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (i < std::min<std::size_t>(fit.size(), p.seats)) chosen[i].ranked.place = Place::elected;
    if (i < std::size_t{p.seats} + p.standby_max) e.ranking.push_back(chosen[i].ranked);
  }
  chosen.resize(std::min<std::size_t>(chosen.size(), p.seats));
  Committee next{era, seed, {}};
  if (chosen.size() < std::min<std::size_t>(p.seats_min, sitting.members.size())) {
    e.outcome = Outcome::kept;
    next.members = sitting.members;
    for (auto& r : e.ranking)
      r.place = committee_index(sitting, r.account) ? Place::kept : Place::standby;
  } else {
    for (const auto& c : chosen) {
      next.members.push_back({c.ranked.account, c.keys.bls_key, c.keys.vrf_key, c.keys.node_key});
    }
  }
  kElections.put(state, era, e);
  kCommittees.put(state, era, next);
  CommitteeElected event{era, committee_hash(next), e.outcome, {}};
  for (const auto& m : next.members) {
    staking::expose(state, era, m.account);
    event.members.push_back(m.account);
  }
  ctx.events.emit(kModule, 3, event);
}

}  // namespace cess::election
