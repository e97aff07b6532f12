// SPDX-License-Identifier: Apache-2.0
// What stood behind a validator in an era, and what it earns or loses for it.
#include <algorithm>

#include "chain/state/staking/support.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/treasury/treasury.hpp"

namespace cess::staking {
namespace {

// Takes up to `amount` from what `who` had bonded in `era`: what is active first, then what began
// to wait since, newest first. A bond that was counted for `era` may have left one era earlier,
// between the election and the era's begin.
Amount take(Context& ctx, const AccountId& who, Era era, Amount amount, PoolId to) {
  auto ledger = kLedgers.get_or_default(ctx.state, who);
  Amount taken = std::min(amount, ledger.active);
  ledger.active -= taken;
  auto& list = ledger.unbonding;
  for (auto u = list.rbegin(); u != list.rend() && u->since + 1 >= era; ++u) {
    const Amount part = std::min(amount - taken, u->amount);
    u->amount -= part;
    taken += part;
  }
  if (taken == 0) return 0;
  std::erase_if(list, [](const Unbonding& u) { return u.amount == 0; });
  const Amount slashed = accounts::slash_held(ctx.state, who, kBonded, taken, to);
  CESS_CHECK(slashed == taken);
  store_ledger(ctx.state, who, ledger);
  spread_again(ctx.state, who);
  return taken;
}

// One share of a payout. Nobody refuses money, but an account that does not exist may be too
// small to open: then it is kept for the validator.
bool pay_share(Context& ctx, Payout& p, const AccountId& to, Amount amount) {
  if (amount == 0) return true;
  if (!accounts::pool_to_account(ctx.state, kPayoutPool, to, amount)) return false;
  p.left -= amount;
  ctx.events.emit(kModule, 8, Share{p.era, p.validator, to, amount});
  return true;
}

}  // namespace

void expose(State& state, Era era, const AccountId& validator) {
  Exposure e;
  e.own = kLedgers.get_or_default(state, validator).active;
  e.commission = kCandidates.get_or_default(state, validator).commission;
  const auto count = kBackings.get_or_default(state, validator).nominators;
  for (const auto& [candidate, share, nominator] : kSupporters.keys(state, count, validator))
    e.nominators.push_back({nominator, share});
  kExposures.put(state, era, validator, e);
}

void forget_era(State& state, Era era) {
  for (const auto& [e, validator] : kExposures.keys(state, kFieldCountMax, era))
    kExposures.erase(state, e, validator);
}

bool within_reach(const State& state, Era era) {
  // Who unbonded in era - 1 may withdraw in era - 1 + unbonding_eras.
  const Era now = system::clock(state).era;
  return era <= now + 1 && now + 1 < era + params(state).unbonding_eras;
}

Status reward(Context& ctx, Era era, const AccountId& validator, PoolId from, Amount amount) {
  if (amount == 0) return {};
  CESS_TRY(accounts::pool_to_pool(ctx.state, from, kPayoutPool, amount));
  const auto e = kExposures.get_or_default(ctx.state, era, validator);
  const auto number = kPayoutNext.get_or_default(ctx.state);
  kPayouts.put(ctx.state, number,
               {era, validator, after_commission(amount, e.commission), amount, 0});
  kPayoutNext.put(ctx.state, number + 1);
  ctx.events.emit(kModule, 7, Rewarded{era, validator, amount});
  return {};
}

void pay_out(Context& ctx) {
  auto budget = params(ctx.state).payouts_per_block;
  while (budget > 0) {
    const auto first = kPayouts.keys(ctx.state, 1);
    if (first.empty()) return;
    const auto [number] = first.front();
    auto p = *kPayouts.get(ctx.state, number);
    const auto e = kExposures.get_or_default(ctx.state, p.era, p.validator);
    const Amount total = e.total();
    for (; p.next < e.nominators.size() && budget > 0; ++p.next, --budget) {
      const auto& n = e.nominators[p.next];
      (void)pay_share(ctx, p, n.nominator, pro_rata(p.shared, n.amount, total));
    }
    if (budget == 0) {
      kPayouts.put(ctx.state, number, p);
      return;
    }
    --budget;
    if (!pay_share(ctx, p, p.validator, p.left)) {
      const auto kept = accounts::pool_to_pool(ctx.state, kPayoutPool, treasury::kTreasury, p.left);
      CESS_CHECK(kept.has_value());
    }
    kPayouts.erase(ctx.state, number);
  }
}

Amount slash(Context& ctx, Era era, const AccountId& validator, Amount amount, PoolId to) {
  auto e = kExposures.get(ctx.state, era, validator);
  if (!e) return 0;
  amount = std::min(amount, saturating_sub(e->total(), e->slashed));
  if (amount == 0) return 0;
  std::vector<Amount> stakes;
  stakes.reserve(e->nominators.size());
  for (const auto& n : e->nominators) stakes.push_back(n.amount);
  const auto parts = split_slash(amount, e->own, stakes);
  Amount taken = 0;
  const auto take_from = [&](const AccountId& who, Amount part) {
    const Amount got = take(ctx, who, era, part, to);
    if (got == 0) return;
    taken += got;
    ctx.events.emit(kModule, 9, Share{era, validator, who, got});
  };
  take_from(validator, parts.own);
  for (std::size_t i = 0; i < stakes.size(); ++i)
    take_from(e->nominators[i].nominator, parts.nominators[i]);
  // Counted as asked for, not as taken: who escaped does not make the others pay twice.
  e->slashed += amount;
  kExposures.put(ctx.state, era, validator, *e);
  return taken;
}

}  // namespace cess::staking
