// SPDX-License-Identifier: Apache-2.0
// What miners have earned and not yet received, and the two bounds on what fees can earn back.
#include <algorithm>

#include "base/check.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "chain/state/system/system.hpp"

namespace cess::rewards {
namespace {

std::uint64_t today(const Context& ctx, const Params& params) {
  return ctx.block.height / params.day_blocks;
}

// Sends what is free. The rest of the vesting is lost to a miner that was put out.
Status send(Context& ctx, const Params& params, const AccountId& who, MinerRewards& r) {
  release(r, today(ctx, params), params.vest_days);
  const auto m = miners::kMiners.get(ctx.state, who);
  if (m && m->state == miners::MinerState::offline) {
    Amount lost = 0;
    for (const auto& v : r.vesting) lost += v.total - v.released;
    r.vesting.clear();
    CESS_CHECK(accounts::pool_to_pool(ctx.state, kOwed, kStorage, lost).has_value());
  }
  if (r.free == 0) return {};
  const AccountId to = m ? m->beneficiary : who;
  CESS_TRY(accounts::pool_to_account(ctx.state, kOwed, to, r.free));
  ctx.events.emit(kModule, 2, Sent{who, to, r.free});
  r.sent += r.free;
  r.free = 0;
  return {};
}

}  // namespace

void release(MinerRewards& rewards, std::uint64_t day, std::uint32_t vest_days) {
  for (auto& v : rewards.vesting) {
    const Amount now = vested_part(v.total, day - v.day, vest_days);
    rewards.free += now - v.released;
    v.released = now;
  }
  std::erase_if(rewards.vesting, [](const Vesting& v) { return v.released == v.total; });
}

void add(MinerRewards& rewards, Amount amount, std::uint64_t day, std::uint32_t free_share) {
  const Amount later = amount - mul_div(amount, free_share, kRewardUnit);
  rewards.free += amount - later;
  rewards.earned += amount;
  if (later == 0) return;
  if (rewards.vesting.empty() || rewards.vesting.back().day != day) {
    rewards.vesting.push_back({day, 0, 0});
  }
  rewards.vesting.back().total += later;
}

void credit(Context& ctx, const Params& params, Era era, const AccountId& miner, Amount amount) {
  auto r = kMiners.get_or_default(ctx.state, miner);
  const auto day = today(ctx, params);
  release(r, day, params.vest_days);
  add(r, amount, day, params.free_share);
  ctx.events.emit(kModule, 1, Rewarded{era, miner, amount});
  const auto m = miners::kMiners.get(ctx.state, miner);
  if (m && m->beneficiary != miner) {
    // Too little to open the beneficiary's account: it stays, and more comes.
    (void)send(ctx, params, miner, r);
  }
  kMiners.put(ctx.state, miner, r);
}

Status claim(Context& ctx, const Claim&) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  auto r = kMiners.get(ctx.state, who);
  if (!r) return fail(Code::no, "nothing to claim: no reward was ever earned");
  const Amount sent = r->sent;
  CESS_TRY(send(ctx, kParams.get_or_default(ctx.state), who, *r));
  if (r->sent == sent) return fail(Code::no, "nothing to claim yet");
  kMiners.put(ctx.state, who, *r);
  return {};
}

// A share of x_max · f of the pool is paid at most, f being the largest of class B's shares of a
// component; with t = burned / (x_max · pool), ω B / (A + ω B) <= t  <=>  ω <= t A / ((1 - t) B).
std::uint32_t staked_weight(const Sums& s, Amount burned, Amount pool, std::uint32_t factor_max) {
  const Amount most = mul_div(pool, factor_max, kRewardUnit);
  if (burned >= most) return kRewardUnit;
  const auto limit = [&](Amount full, Amount staked) -> Amount {
    if (staked == 0) return kRewardUnit;
    const Amount ratio = mul_div(mul_div(full, kScoreUnit, staked), burned, most - burned);
    return mul_div(std::min(ratio, kScoreUnit), kRewardUnit, kScoreUnit);
  };
  return static_cast<std::uint32_t>(
      std::min({limit(s.post_full, s.post_staked), limit(s.porep_full, s.porep_staked),
                limit(s.poas_full, s.poas_staked)}));
}

void note_burned(Context& ctx, Amount traffic, Amount staked_storage) {
  const Era era = system::clock(ctx.state).era;
  auto b = kBurned.get_or_default(ctx.state, era);
  b.traffic = saturating_add(b.traffic, traffic);
  b.staked_storage = saturating_add(b.staked_storage, staked_storage);
  kBurned.put(ctx.state, era, b);
}

void note_flow(Context& ctx, const AccountId& miner, Amount paid_bytes) {
  const Era era = system::clock(ctx.state).era;
  auto s = kServices.get_or_default(ctx.state, era, miner);
  s.paid_bytes = saturating_add(s.paid_bytes, paid_bytes);
  kServices.put(ctx.state, era, miner, s);
}

void note_probe(Context& ctx, const AccountId& miner, bool passed) {
  const Era era = system::clock(ctx.state).era;
  auto s = kServices.get_or_default(ctx.state, era, miner);
  ++s.probes;
  if (passed) ++s.probes_passed;
  kServices.put(ctx.state, era, miner, s);
}

Status check(const State& state) {
  Amount owed = 0;
  kMiners.scan(state, [&](const auto&, const MinerRewards& r) {
    owed += r.free;
    for (const auto& v : r.vesting) owed += v.total - v.released;
    return true;
  });
  // While an era is being paid, its unpaid part lies in kOwed too.
  Amount later = 0;
  kEras.scan(state, [&](const auto&, const EraRewards& e) {
    if (e.phase == Phase::pay && e.scores != 0) owed += e.pool - e.paid;
    if (e.phase < Phase::pay) later += e.storage + e.income;
    return true;
  });
  if (accounts::pool(state, kOwed) != owed) {
    return fail(Code::input, "rewards: the owed pool is not what miners are owed");
  }
  if (accounts::pool(state, kStorage) < later) {
    return fail(Code::input, "rewards: the storage pool lacks what eras have issued");
  }
  return {};
}

}  // namespace cess::rewards
