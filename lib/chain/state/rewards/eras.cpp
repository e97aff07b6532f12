// SPDX-License-Identifier: Apache-2.0
// The issue of an era and its way to validators, and the three passes over miners.
#include <algorithm>

#include "base/check.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/territory/territory.hpp"
#include "chain/state/treasury/treasury.hpp"

namespace cess::rewards {
namespace {

PoolShares plain(const Shares& s) { return {s.storage, s.consensus, s.retrieval, s.cache}; }
RewardWeights plain(const Weights& w) { return {w.post, w.porep, w.pof, w.poas}; }

void move(Context& ctx, PoolId from, PoolId to, Amount amount) {
  CESS_CHECK(accounts::pool_to_pool(ctx.state, from, to, amount).has_value());
}

// By points; what rounding leaves stays in the pool for the next era.
void reward_validators(Context& ctx, Era era) {
  const auto result = election::kEras.get(ctx.state, era);
  if (!result || result->points == 0) return;
  const Amount pool = accounts::pool(ctx.state, kConsensus);
  for (const auto& m : result->members) {
    const Amount part = mul_div(pool, m.points, result->points);
    if (part == 0) continue;
    CESS_CHECK(staking::reward(ctx, era, m.account, kConsensus, part).has_value());
  }
}

// What one miner has proven, class B weighed.
Proven weighed(const Sums& s, std::uint32_t weight_staked) {
  const auto sum = [&](Amount full, Amount staked) {
    return full + mul_div(staked, weight_staked, kRewardUnit);
  };
  return {sum(s.post_full, s.post_staked), sum(s.porep_full, s.porep_staked), s.pof,
          sum(s.poas_full, s.poas_staked)};
}

Sums proven_by(const State& state, Era era, const AccountId& miner,
               const audits::EraProven& proven) {
  Sums s;
  s.post_full = proven.post_full;
  s.post_staked = proven.post_staked;
  s.porep_full = proven.porep_full;
  s.porep_staked = proven.porep_staked;
  const auto service = kServices.get_or_default(state, era, miner);
  s.pof = service.paid_bytes;
  const auto q = availability_quality(service.probes_passed, service.probes);
  s.poas_full = mul_div(s.post_full, q, kRewardUnit);
  s.poas_staked = mul_div(s.post_staked, q, kRewardUnit);
  return s;
}

void add_to(Sums& sums, const Sums& more) {
  sums.post_full += more.post_full;
  sums.post_staked += more.post_staked;
  sums.porep_full += more.porep_full;
  sums.porep_staked += more.porep_staked;
  sums.pof += more.pof;
  sums.poas_full += more.poas_full;
  sums.poas_staked += more.poas_staked;
}

// x, from the stake above what is required.
std::uint32_t factor(const State& state, const Params& params, const miners::Miner& m) {
  const Amount required = miners::requirement(state, m.declared);
  return reward_factor(0, 1, saturating_sub(m.stake, required), required, params.factor_max);
}

class Passes {
 public:
  Passes(Context& ctx, const Params& params, Era era, EraRewards& record)
      : ctx_(ctx), params_(params), era_(era), r_(record) {}

  /// Up to the block's budget; true: the era is done.
  bool work() {
    switch (r_.phase) {
      case Phase::waiting:
        begin();
        break;
      case Phase::sum:
        if (pass(audits::kEraProven,
                 [&](const AccountId& m, const audits::EraProven& p) { sum(m, p); })) {
          weigh();
        }
        break;
      case Phase::score:
        if (pass(audits::kEraProven,
                 [&](const AccountId& m, const audits::EraProven& p) { score(m, p); })) {
          enter(Phase::pay);
          take_from_pool();
        }
        break;
      case Phase::pay:
        if (pass(kScores, [&](const AccountId& m, Amount s) { pay(m, s); })) finish();
        break;
      case Phase::done:
        break;
    }
    return r_.phase == Phase::done;
  }

 private:
  void enter(Phase phase) {
    r_.phase = phase;
    r_.next = {};
  }

  void begin() {
    if (!audits::kEraSettled.has(ctx_.state, era_)) return;
    // Later eras' issues lie in the pool already.
    Amount later = 0;
    kEras.scan(ctx_.state, [&](const auto& key, const EraRewards& e) {
      if (std::get<0>(key) > era_) later += e.storage + e.income;
      return true;
    });
    r_.pool = accounts::pool(ctx_.state, kStorage) - later;
    enter(Phase::sum);
  }

  // Calls `visit` for the next few of an era in order of id; true: there are no more.
  template <class Map, class Visit>
  bool pass(const Map& map, const Visit& visit) {
    std::vector<std::pair<AccountId, typename Map::Value>> batch;
    const auto from = map.key(era_, r_.next);
    ctx_.state.scan(from.substr(0, 2 + sizeof(Era)), from,
                    [&](std::string_view key, std::string_view value) {
                      batch.emplace_back(std::get<1>(map.parse_key(key)), Map::decode(value));
                      return batch.size() < params_.miners_per_block;
                    });
    for (const auto& [miner, value] : batch) visit(miner, value);
    if (batch.size() < params_.miners_per_block) return true;
    r_.next = batch.back().first;
    for (std::size_t i = Hash256::kSize; i-- > 0;) {
      if (++r_.next.bytes[i] != 0) return false;
    }
    return true;
  }

  void sum(const AccountId& who, const audits::EraProven& proven) {
    const auto m = miners::kMiners.get(ctx_.state, who);
    if (!m || m->state != miners::MinerState::positive) {
      audits::kEraProven.erase(ctx_.state, era_, who);  // frozen and leaving miners get nothing
      kServices.erase(ctx_.state, era_, who);
      return;
    }
    add_to(r_.sums, proven_by(ctx_.state, era_, who, proven));
  }

  void weigh() {
    const auto burned = kBurned.get_or_default(ctx_.state, era_);
    r_.weights = ctx_.block.height < params_.weights_from ? params_.weights_early : params_.weights;
    r_.weight_staked = staked_weight(r_.sums, burned.staked_storage, r_.pool, params_.factor_max);
    const auto w = present_only(
        traffic_limited(plain(r_.weights), burned.traffic, r_.pool, params_.factor_max),
        weighed(r_.sums, r_.weight_staked));
    r_.weights = {w.post, w.porep, w.pof, w.poas};
    enter(Phase::score);
  }

  void score(const AccountId& who, const audits::EraProven& proven) {
    const auto m = miners::kMiners.get(ctx_.state, who);
    const auto mine = weighed(proven_by(ctx_.state, era_, who, proven), r_.weight_staked);
    audits::kEraProven.erase(ctx_.state, era_, who);
    kServices.erase(ctx_.state, era_, who);
    if (!m) return;
    const Amount s = reward_score(plain(r_.weights), mine, weighed(r_.sums, r_.weight_staked),
                                  factor(ctx_.state, params_, *m));
    if (s == 0) return;
    kScores.put(ctx_.state, era_, who, s);
    r_.scores += s;
  }

  // What will be paid at most is set aside; what is left of it goes back in the end.
  void take_from_pool() {
    if (r_.scores != 0) move(ctx_, kStorage, kOwed, r_.pool);
  }

  void pay(const AccountId& who, Amount s) {
    kScores.erase(ctx_.state, era_, who);
    const Amount amount = reward_of(r_.pool, s, r_.scores);
    if (amount == 0) return;
    r_.paid += amount;
    ++r_.miners;
    credit(ctx_, params_, era_, who, amount);
  }

  void finish() {
    if (r_.scores != 0) move(ctx_, kOwed, kStorage, r_.pool - r_.paid);
    enter(Phase::done);
    audits::kEraSettled.erase(ctx_.state, era_);
    kBurned.erase(ctx_.state, era_);
    ctx_.events.emit(kModule, 3, Shared{era_, r_.pool, r_.paid, r_.miners});
  }

  Context& ctx_;
  const Params& params_;
  Era era_;
  EraRewards& r_;
};

}  // namespace

void close_era(Context& ctx) {
  const auto clock = system::clock(ctx.state);
  if (!clock.era_begins() || clock.era == 0) return;
  const Era era = clock.era - 1;
  const auto p = kParams.get_or_default(ctx.state);
  const Issuance curve{p.curve, p.total, p.first_year, p.eras_per_year};
  const Amount amount = std::min(issue(curve, era), accounts::pool(ctx.state, treasury::kMiners));
  const auto shares =
      shares_at({plain(p.early), plain(p.late), p.late_from, p.month_blocks}, clock.height);
  const auto split = split_issue(amount, shares);
  move(ctx, treasury::kMiners, kStorage, split.storage);
  move(ctx, treasury::kMiners, kConsensus, split.consensus);
  move(ctx, treasury::kMiners, kRetrieval, split.retrieval);
  move(ctx, treasury::kMiners, kCache, split.cache);
  EraRewards r;
  r.income = accounts::pool(ctx.state, territory::kIncome);
  move(ctx, territory::kIncome, kStorage, r.income);
  r.storage = split.storage;
  r.consensus = split.consensus;
  r.retrieval = split.retrieval;
  r.cache = split.cache;
  kEras.put(ctx.state, era, r);
  ctx.events.emit(
      kModule, 0,
      Issued{era, split.storage, split.consensus, split.retrieval, split.cache, r.income});
  reward_validators(ctx, era);
  const auto oldest = kEras.keys(ctx.state, 1);
  if (era > p.kept_eras && std::get<0>(oldest[0]) < era - p.kept_eras &&
      std::get<0>(oldest[0]) < kFront.get_or_default(ctx.state)) {
    kEras.erase(ctx.state, std::get<0>(oldest[0]));
  }
}

void share_storage(Context& ctx) {
  const Era era = kFront.get_or_default(ctx.state);
  auto record = kEras.get(ctx.state, era);
  if (!record) return;
  const auto params = kParams.get_or_default(ctx.state);
  const auto before = record->phase;
  const bool done = Passes(ctx, params, era, *record).work();
  if (before == Phase::waiting && record->phase == before) return;
  kEras.put(ctx.state, era, *record);
  if (done) kFront.put(ctx.state, era + 1);
}

}  // namespace cess::rewards
