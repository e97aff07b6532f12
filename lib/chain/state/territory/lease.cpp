// SPDX-License-Identifier: Apache-2.0
// The flow of lease money. A running lease's rate is counted in Market::rate; `due` counts what has
// flowed since the last hand-over. The escrow pool always holds
//   due (accrued to now) + sum over running leases of rate · (deadline - now).
#include <algorithm>

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/territory/calls.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "economy/price.hpp"

namespace cess::territory {
namespace {

bool runs(const Territory& t) {
  return t.state == TerritoryState::active || t.state == TerritoryState::consigned;
}

Territory get(const State& state, std::uint64_t id) {
  auto t = kTerritories.get(state, id);
  CESS_CHECK(t.has_value());
  return std::move(*t);
}

void enter(Context& ctx, std::uint64_t id, Territory& t, TerritoryState to) {
  ctx.events.emit(kModule, 1, StateChanged{id, t.state, to});
  t.state = to;
}

void set_timer(Context& ctx, std::uint64_t id, Territory& t, Height from, std::uint32_t days) {
  const Params p = kParams.get_or_default(ctx.state);
  const Height at = from + system::blocks_in(ctx.state, p.day_ms * days);
  t.next_change = std::max(ctx.block.height + 1, at);
  kTimers.put(ctx.state, t.next_change, id, true);
}

void forget(Context& ctx, std::uint64_t id, const Territory& t) {
  kTerritories.erase(ctx.state, id);
  kNames.erase(ctx.state, t.owner, t.name);
  ctx.events.emit(kModule, 8, Forgotten{id, t.owner, t.name});
}

void run_timer(Context& ctx, std::uint64_t id) {
  const Params p = kParams.get_or_default(ctx.state);
  Territory t = get(ctx.state, id);
  if (t.state == TerritoryState::expired) return forget(ctx, id, t);
  Market market = kMarket.get_or_default(ctx.state);
  if (runs(t)) {
    const Height deadline = t.deadline;
    end_lease(market, t, ctx.block.height);
    t.asked = 0;
    enter(ctx, id, t, TerritoryState::frozen);
    set_timer(ctx, id, t, deadline, p.frozen_days);
  } else {
    market.leased -= t.total;
    enter(ctx, id, t, TerritoryState::expired);
    if (t.used + t.locked != 0) {
      t.next_change = 0;
      kPurging.put(ctx.state, id, true);
    } else {
      set_timer(ctx, id, t, ctx.block.height, p.expired_days);
    }
  }
  kMarket.put(ctx.state, market);
  kTerritories.put(ctx.state, id, t);
}

// True once no timer is overdue.
bool run_timers(Context& ctx) {
  const std::size_t most = kParams.get_or_default(ctx.state).timers_per_block;
  std::vector<std::pair<Height, std::uint64_t>> due;
  bool more = false;
  kTimers.scan(ctx.state, [&](const auto& key, bool) {
    if (std::get<0>(key) > ctx.block.height) return false;
    more = due.size() == most;
    if (!more) due.emplace_back(std::get<0>(key), std::get<1>(key));
    return !more;
  });
  for (const auto& [height, id] : due) {
    kTimers.erase(ctx.state, height, id);
    run_timer(ctx, id);
  }
  return !more;
}

void run_order_timers(Context& ctx) {
  const std::size_t most = kParams.get_or_default(ctx.state).timers_per_block;
  std::vector<std::pair<Height, std::uint64_t>> due;
  kOrderTimers.scan(ctx.state, [&](const auto& key, bool) {
    if (std::get<0>(key) >= ctx.block.height || due.size() == most) return false;
    due.emplace_back(std::get<0>(key), std::get<1>(key));
    return true;
  });
  for (const auto& [height, id] : due) {
    kOrderTimers.erase(ctx.state, height, id);
    kOrders.erase(ctx.state, id);
  }
}

void move_price(Context& ctx) {
  const Params p = kParams.get_or_default(ctx.state);
  const auto space = miners::kTotals.get_or_default(ctx.state);
  Market market = kMarket.get_or_default(ctx.state);
  const std::uint64_t taken = market.used + market.locked;
  const std::uint64_t offered = space.idle + space.locked + space.service;
  market.price = next_price(market.price, taken, offered, {p.price_floor, p.price_ceiling});
  ctx.events.emit(kModule, 4, PriceMoved{market.price, taken, offered});
  kMarket.put(ctx.state, market);
}

void hand_over(Context& ctx) {
  Market market = kMarket.get_or_default(ctx.state);
  accrue(market, ctx.block.height);
  const auto ok = accounts::pool_to_pool(ctx.state, kEscrow, kIncome, market.due);
  CESS_CHECK(ok.has_value());
  if (market.due != 0) ctx.events.emit(kModule, 7, HandedOver{market.due});
  market.due = 0;
  market.era_from = ctx.block.height;
  kMarket.put(ctx.state, market);
}

}  // namespace

void accrue(Market& market, Height now) {
  market.due += market.rate * (now - market.due_at);
  market.due_at = now;
}

void set_lease(Context& ctx, Market& market, std::uint64_t id, Territory& t, Amount paid,
               Height deadline) {
  const Height now = ctx.block.height;
  accrue(market, now);
  Amount money = paid;
  if (t.deadline > now) money += t.rate * (t.deadline - now);  // a frozen one has no rate
  market.rate -= t.rate;
  if (t.next_change != 0) kTimers.erase(ctx.state, t.next_change, id);
  const Amount blocks = deadline - now;
  t.rate = money / blocks;
  market.due += money % blocks;
  market.rate += t.rate;
  t.rate_since = now;
  t.deadline = deadline;
  t.next_change = deadline;
  kTimers.put(ctx.state, deadline, id, true);
}

void end_lease(Market& market, Territory& t, Height now) {
  accrue(market, now);
  market.due -= t.rate * (now - t.deadline);  // a timer that came late has let it run on
  market.rate -= t.rate;
  t.rate = 0;
}

void run_begin_block(Context& ctx) {
  const bool in_time = run_timers(ctx);
  run_order_timers(ctx);
  const auto clock = system::clock(ctx.state);
  if (clock.era_begins()) {
    move_price(ctx);
    kHandOver.put(ctx.state, true);
  }
  // Late timers let leases flow past their deadlines: wait until all are done.
  if (in_time && kHandOver.has(ctx.state)) {
    kHandOver.erase(ctx.state);
    hand_over(ctx);
  }
}

std::optional<std::uint64_t> find(const State& state, const AccountId& owner,
                                  const std::string& name) {
  if (name.size() > kNameSizeMax) return std::nullopt;
  return kNames.get(state, owner, name);
}

Status lock(Context& ctx, std::uint64_t id, std::uint64_t bytes) {
  auto t = kTerritories.get(ctx.state, id);
  if (!t) return fail(Code::no, "cannot lock space: no such territory");
  if (t->state != TerritoryState::active || t->deadline <= ctx.block.height) {
    return fail(Code::no, "cannot lock space: territory '" + t->name + "' is over or " +
                              kTerritoryStateNames[static_cast<std::size_t>(t->state)]);
  }
  if (t->free() < bytes) {
    return fail(Code::no, "cannot lock space: territory '" + t->name + "' has " +
                              std::to_string(t->free()) + " of " + std::to_string(bytes) +
                              " bytes free");
  }
  t->locked += bytes;
  kTerritories.put(ctx.state, id, *t);
  Market market = kMarket.get_or_default(ctx.state);
  market.locked += bytes;
  kMarket.put(ctx.state, market);
  return {};
}

namespace {
void move(Context& ctx, std::uint64_t id, std::uint64_t Territory::*from,
          std::uint64_t Market::*from_sum, std::uint64_t bytes, bool to_used) {
  Territory t = get(ctx.state, id);
  Market market = kMarket.get_or_default(ctx.state);
  CESS_CHECK(t.*from >= bytes);
  t.*from -= bytes;
  market.*from_sum -= bytes;
  if (to_used) {
    t.used += bytes;
    market.used += bytes;
  }
  kTerritories.put(ctx.state, id, t);
  kMarket.put(ctx.state, market);
}
}  // namespace

void unlock(Context& ctx, std::uint64_t id, std::uint64_t bytes) {
  move(ctx, id, &Territory::locked, &Market::locked, bytes, false);
}
void use(Context& ctx, std::uint64_t id, std::uint64_t bytes) {
  move(ctx, id, &Territory::locked, &Market::locked, bytes, true);
}
void release(Context& ctx, std::uint64_t id, std::uint64_t bytes) {
  move(ctx, id, &Territory::used, &Market::used, bytes, false);
}

Amount compensate(Context& ctx, std::uint64_t id, std::uint64_t bytes) {
  release(ctx, id, bytes);
  Territory t = get(ctx.state, id);
  if (!runs(t) || t.total == 0 || t.deadline <= ctx.block.height) return 0;
  const Height now = ctx.block.height;
  Market market = kMarket.get_or_default(ctx.state);
  accrue(market, now);
  const Amount share = mul_div(t.rate, bytes, t.total);
  const Amount flowed = share * (now - std::max(market.era_from, t.rate_since));
  const Amount back = flowed + share * (t.deadline - now);
  market.due -= flowed;
  market.rate -= share;
  t.rate -= share;
  t.total -= bytes;
  market.leased -= bytes;
  kMarket.put(ctx.state, market);
  kTerritories.put(ctx.state, id, t);
  if (!accounts::pool_to_account(ctx.state, kEscrow, t.owner, back)) {
    // The owner's account is gone, and this is too little to open it.
    const auto ok = accounts::pool_to_pool(ctx.state, kEscrow, treasury::kTreasury, back);
    CESS_CHECK(ok.has_value());
  }
  ctx.events.emit(kModule, 6, Refunded{id, t.owner, bytes, back});
  return back;
}

void emptied(Context& ctx, std::uint64_t id) {
  Territory t = get(ctx.state, id);
  CESS_CHECK(t.state == TerritoryState::expired && t.used + t.locked == 0);
  kPurging.erase(ctx.state, id);
  set_timer(ctx, id, t, ctx.block.height, kParams.get_or_default(ctx.state).expired_days);
  kTerritories.put(ctx.state, id, t);
}

}  // namespace cess::territory
