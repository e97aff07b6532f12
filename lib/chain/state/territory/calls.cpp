// SPDX-License-Identifier: Apache-2.0
#include "chain/state/territory/calls.hpp"

#include <algorithm>

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/system/system.hpp"
#include "economy/price.hpp"

namespace cess::territory {
namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "territory");
}

struct Found {
  std::uint64_t id = 0;
  Territory t;
};

Result<Found> of(const State& state, const AccountId& owner, const std::string& name) {
  const auto id = find(state, owner, name);
  if (!id) return refuse("no territory '" + name.substr(0, kNameSizeMax) + "' of this account");
  auto t = kTerritories.get(state, *id);
  CESS_CHECK(t.has_value());
  return Found{*id, std::move(*t)};
}

Result<Found> own(const Context& ctx, const std::string& name) {
  CESS_TRY(require_account(ctx));
  return of(ctx.state, ctx.origin.account, name);
}

// Also that a territory of this owner may have it.
Status check_name(const State& state, const AccountId& owner, const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (name.size() < kNameSizeMin || name.size() > kNameSizeMax || !plain) {
    return refuse("name must be 3 to 63 letters, digits, '-', '_' or '.'");
  }
  if (find(state, owner, name)) return refuse("the name '" + name + "' is taken");
  return {};
}

Status check_days(const Params& p, std::uint32_t days, std::uint32_t least) {
  if (days < least || days > p.days_max) {
    return refuse("days must be " + std::to_string(least) + " to " + std::to_string(p.days_max));
  }
  return {};
}

std::uint64_t blocks_of(const State& state, const Params& p, std::uint64_t days) {
  return system::blocks_in(state, p.day_ms * days);
}

Status check_price(const Market& market, const std::optional<Amount>& price_max) {
  if (price_max && market.price > *price_max) {
    return refuse("the price is " + to_decimal(market.price) + " now, above the given maximum");
  }
  return {};
}

// More can not be leased than the network has.
Status check_room(const State& state, const Market& market, std::uint64_t bytes) {
  const auto space = miners::kTotals.get_or_default(state);
  const std::uint64_t offered = space.idle + space.locked + space.service;
  if (market.leased > offered || bytes > offered - market.leased) {
    return refuse("the network has no more space: " +
                  std::to_string(offered - std::min(offered, market.leased)) + " bytes are left");
  }
  return {};
}

// What all leases have in common: who pays, how much, for what.
struct Purchase {
  AccountId payer;
  LeaseKind kind = LeaseKind::mint;
  std::uint64_t bytes = 0;   ///< paid for
  std::uint64_t blocks = 0;  ///< paid for
  Height deadline = 0;       ///< then
};

Status lease(Context& ctx, Market& market, std::uint64_t id, Territory& t, const Purchase& p) {
  const Params params = kParams.get_or_default(ctx.state);
  const Amount cost = lease_cost(market.price, p.bytes, p.blocks,
                                 std::max<std::uint64_t>(1, blocks_of(ctx.state, params, 1)));
  CESS_TRY(accounts::account_to_pool(ctx.state, p.payer, kEscrow, cost));
  set_lease(ctx, market, id, t, cost, p.deadline);
  kMarket.put(ctx.state, market);
  kTerritories.put(ctx.state, id, t);
  ctx.events.emit(kModule, 0,
                  Leased{id, p.kind, t.owner, p.payer, t.total, t.deadline, cost, market.price});
  return {};
}

Status mint(Context& ctx, const AccountId& owner, const AccountId& payer, const Mint& c) {
  const Params p = kParams.get_or_default(ctx.state);
  Market market = kMarket.get_or_default(ctx.state);
  CESS_TRY(check_name(ctx.state, owner, c.name));
  CESS_TRY(check_days(p, c.days, p.days_min));
  CESS_TRY(check_price(market, c.price_max));
  if (c.gib == 0) return refuse("a territory has at least 1 GiB");
  const std::uint64_t bytes = c.gib * kGib;
  CESS_TRY(check_room(ctx.state, market, bytes));
  const std::uint64_t id = kNextId.get_or_default(ctx.state);
  kNextId.put(ctx.state, id + 1);
  kNames.put(ctx.state, owner, c.name, id);
  Territory t;
  t.owner = owner;
  t.name = c.name;
  t.total = bytes;
  t.start = ctx.block.height;
  market.leased += bytes;
  const auto blocks = blocks_of(ctx.state, p, c.days);
  return lease(ctx, market, id, t,
               {payer, LeaseKind::mint, bytes, blocks, ctx.block.height + blocks});
}

Status expand(Context& ctx, const AccountId& owner, const AccountId& payer, const Expand& c) {
  CESS_TRY_ASSIGN(Found f, of(ctx.state, owner, c.name));
  if (f.t.state != TerritoryState::active || f.t.deadline <= ctx.block.height) {
    return refuse("only an active territory can be expanded");
  }
  Market market = kMarket.get_or_default(ctx.state);
  CESS_TRY(check_price(market, c.price_max));
  if (c.gib == 0) return refuse("expand by at least 1 GiB");
  const std::uint64_t bytes = c.gib * kGib;
  CESS_TRY(check_room(ctx.state, market, bytes));
  f.t.total += bytes;
  market.leased += bytes;
  return lease(ctx, market, f.id, f.t,
               {payer, LeaseKind::expand, bytes, f.t.deadline - ctx.block.height, f.t.deadline});
}

Status renew(Context& ctx, const AccountId& owner, const AccountId& payer, const Renew& c) {
  CESS_TRY_ASSIGN(Found f, of(ctx.state, owner, c.name));
  if (f.t.state != TerritoryState::active || f.t.deadline <= ctx.block.height) {
    return refuse("only an active territory can be renewed: reactivate it");
  }
  const Params p = kParams.get_or_default(ctx.state);
  Market market = kMarket.get_or_default(ctx.state);
  CESS_TRY(check_days(p, c.days, 1));
  CESS_TRY(check_price(market, c.price_max));
  const auto blocks = blocks_of(ctx.state, p, c.days);
  const Height deadline = f.t.deadline + blocks;
  if (deadline - ctx.block.height > blocks_of(ctx.state, p, p.days_max)) {
    return refuse("the lease would run for more than " + std::to_string(p.days_max) + " days");
  }
  return lease(ctx, market, f.id, f.t, {payer, LeaseKind::renew, f.t.total, blocks, deadline});
}

// Only an empty territory changes hands: files are owned by accounts, not by places.
Status check_empty(const Territory& t) {
  if (t.used + t.locked != 0) return refuse("the territory is not empty");
  return {};
}

Status pass(Context& ctx, Found& f, const AccountId& to, const std::optional<std::string>& name,
            Amount price) {
  const std::string new_name = name.value_or(f.t.name);
  CESS_TRY(check_name(ctx.state, to, new_name));
  ctx.events.emit(kModule, 2, Passed{f.id, f.t.owner, to, new_name, price});
  kNames.erase(ctx.state, f.t.owner, f.t.name);
  kNames.put(ctx.state, to, new_name, f.id);
  f.t.owner = to;
  f.t.name = new_name;
  f.t.state = TerritoryState::active;
  f.t.asked = 0;
  kTerritories.put(ctx.state, f.id, f.t);
  return {};
}

}  // namespace

Status run_mint(Context& ctx, const Mint& c) {
  CESS_TRY(require_account(ctx));
  return mint(ctx, ctx.origin.account, ctx.origin.account, c);
}
Status run_expand(Context& ctx, const Expand& c) {
  CESS_TRY(require_account(ctx));
  return expand(ctx, ctx.origin.account, ctx.origin.account, c);
}
Status run_renew(Context& ctx, const Renew& c) {
  CESS_TRY(require_account(ctx));
  return renew(ctx, ctx.origin.account, ctx.origin.account, c);
}

Status run_reactivate(Context& ctx, const Reactivate& c) {
  CESS_TRY_ASSIGN(Found f, own(ctx, c.name));
  const bool expired = f.t.state == TerritoryState::expired;
  if (f.t.state != TerritoryState::frozen && !expired) return refuse("the territory is not frozen");
  if (kPurging.has(ctx.state, f.id)) return refuse("its files are being purged");
  if (f.t.total == 0) return refuse("no space of it is left");
  const Params p = kParams.get_or_default(ctx.state);
  Market market = kMarket.get_or_default(ctx.state);
  CESS_TRY(check_days(p, c.days, p.days_min));
  CESS_TRY(check_price(market, c.price_max));
  if (expired) {
    CESS_TRY(check_room(ctx.state, market, f.t.total));
    market.leased += f.t.total;
  }
  ctx.events.emit(kModule, 1, StateChanged{f.id, f.t.state, TerritoryState::active});
  f.t.state = TerritoryState::active;
  f.t.start = ctx.block.height;
  const auto blocks = blocks_of(ctx.state, p, c.days);
  return lease(
      ctx, market, f.id, f.t,
      {ctx.origin.account, LeaseKind::reactivate, f.t.total, blocks, ctx.block.height + blocks});
}

Status run_consign(Context& ctx, const Consign& c) {
  CESS_TRY_ASSIGN(Found f, own(ctx, c.name));
  if (f.t.state != TerritoryState::active) return refuse("the territory is not active");
  CESS_TRY(check_empty(f.t));
  if (c.price == 0) return refuse("a price of zero: grant it instead");
  const Params p = kParams.get_or_default(ctx.state);
  if (f.t.deadline < ctx.block.height + blocks_of(ctx.state, p, p.consign_days_min)) {
    return refuse("less than " + std::to_string(p.consign_days_min) + " days of it are left");
  }
  ctx.events.emit(kModule, 1, StateChanged{f.id, f.t.state, TerritoryState::consigned});
  f.t.state = TerritoryState::consigned;
  f.t.asked = c.price;
  kTerritories.put(ctx.state, f.id, f.t);
  return {};
}

Status run_buy(Context& ctx, const Buy& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY_ASSIGN(Found f, of(ctx.state, c.seller, c.name));
  if (f.t.state != TerritoryState::consigned) return refuse("the territory is not for sale");
  if (f.t.deadline <= ctx.block.height) return refuse("the lease is over");
  if (f.t.asked > c.price_max) return refuse("the asked price is " + to_decimal(f.t.asked));
  if (c.seller == ctx.origin.account) return refuse("buyer and seller are the same");
  const Amount price = f.t.asked;
  CESS_TRY(accounts::transfer(ctx.state, ctx.origin.account, c.seller, price));
  return pass(ctx, f, ctx.origin.account, c.new_name, price);
}

Status run_cancel(Context& ctx, const Cancel& c) {
  CESS_TRY_ASSIGN(Found f, own(ctx, c.name));
  if (f.t.state != TerritoryState::consigned) return refuse("the territory is not for sale");
  ctx.events.emit(kModule, 1, StateChanged{f.id, f.t.state, TerritoryState::active});
  f.t.state = TerritoryState::active;
  f.t.asked = 0;
  kTerritories.put(ctx.state, f.id, f.t);
  return {};
}

Status run_grant(Context& ctx, const Grant& c) {
  CESS_TRY_ASSIGN(Found f, own(ctx, c.name));
  if (f.t.state != TerritoryState::active) return refuse("the territory is not active");
  CESS_TRY(check_empty(f.t));
  if (c.to == ctx.origin.account) return refuse("giver and receiver are the same");
  return pass(ctx, f, c.to, c.new_name, 0);
}

Status run_rename(Context& ctx, const Rename& c) {
  CESS_TRY_ASSIGN(Found f, own(ctx, c.name));
  CESS_TRY(check_name(ctx.state, f.t.owner, c.new_name));
  kNames.erase(ctx.state, f.t.owner, f.t.name);
  kNames.put(ctx.state, f.t.owner, c.new_name, f.id);
  f.t.name = c.new_name;
  kTerritories.put(ctx.state, f.id, f.t);
  ctx.events.emit(kModule, 3, Renamed{f.id, c.new_name});
  return {};
}

Status run_make_order(Context& ctx, const MakeOrder& c) {
  CESS_TRY(require_account(ctx));
  if (c.name.size() > kNameSizeMax) return refuse("name is too long");
  const Params p = kParams.get_or_default(ctx.state);
  const std::uint64_t id = kNextOrder.get_or_default(ctx.state);
  const Height until = ctx.block.height + system::blocks_in(ctx.state, p.order_ms);
  kNextOrder.put(ctx.state, id + 1);
  kOrders.put(ctx.state, id, {ctx.origin.account, c.kind, c.name, c.gib, c.days, until});
  kOrderTimers.put(ctx.state, until, id, true);
  ctx.events.emit(kModule, 5, Ordered{id, ctx.origin.account, until});
  return {};
}

Status run_pay_order(Context& ctx, const PayOrder& c) {
  CESS_TRY(require_account(ctx));
  const auto order = kOrders.get(ctx.state, c.order);
  if (!order || order->until < ctx.block.height) {
    return refuse("no open order " + std::to_string(c.order));
  }
  const auto& payer = ctx.origin.account;
  kOrderTimers.erase(ctx.state, order->until, c.order);
  kOrders.erase(ctx.state, c.order);
  switch (order->kind) {
    case OrderKind::mint:
      return mint(ctx, order->owner, payer, {order->name, order->gib, order->days, c.price_max});
    case OrderKind::expand:
      return expand(ctx, order->owner, payer, {order->name, order->gib, c.price_max});
    case OrderKind::renew:
      return renew(ctx, order->owner, payer, {order->name, order->days, c.price_max});
  }
  return refuse("unknown kind of order");
}

}  // namespace cess::territory
