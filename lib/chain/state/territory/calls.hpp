// SPDX-License-Identifier: Apache-2.0
// Calls and events of the space market. Prices are per GiB and day; `price_max` is the highest the
// buyer accepts: a purchase is made at the market's price or refused.
#pragma once

#include "chain/state/territory/territory.hpp"

namespace cess::territory {

/// When a territory changes its state by itself.
inline constexpr StoredMap<bool, Height, std::uint64_t> kTimers{kModule, 6, "timer"};
inline constexpr StoredMap<bool, Height, std::uint64_t> kOrderTimers{kModule, 7, "order_timer"};
inline constexpr StoredValue<std::uint64_t> kNextId{kModule, 8, "next_id"};
inline constexpr StoredValue<std::uint64_t> kNextOrder{kModule, 9, "next_order"};
/// The era's income is still to be handed over.
inline constexpr StoredValue<bool> kHandOver{kModule, 10, "hand_over"};

/// Call 0.
struct Mint {
  std::string name;
  std::uint32_t gib = 0;
  std::uint32_t days = 0;
  std::optional<Amount> price_max;
  CESS_RECORD(name, gib, days, price_max)
};
/// Call 1: more space until the same deadline.
struct Expand {
  std::string name;
  std::uint32_t gib = 0;
  std::optional<Amount> price_max;
  CESS_RECORD(name, gib, price_max)
};
/// Call 2: a later deadline.
struct Renew {
  std::string name;
  std::uint32_t days = 0;
  std::optional<Amount> price_max;
  CESS_RECORD(name, days, price_max)
};
/// Call 3: a new lease for a frozen or expired territory.
struct Reactivate {
  std::string name;
  std::uint32_t days = 0;
  std::optional<Amount> price_max;
  CESS_RECORD(name, days, price_max)
};
/// Call 4: offers an empty territory for sale.
struct Consign {
  std::string name;
  Amount price = 0;  ///< of the whole
  CESS_RECORD(name, price)
};
/// Call 5.
struct Buy {
  AccountId seller;
  std::string name;
  Amount price_max = 0;
  std::optional<std::string> new_name;
  CESS_RECORD(seller, name, price_max, new_name)
};
/// Call 6: takes a consigned territory back.
struct Cancel {
  std::string name;
  CESS_RECORD(name)
};
/// Call 7: gives an empty territory away.
struct Grant {
  std::string name;
  AccountId to;
  std::optional<std::string> new_name;
  CESS_RECORD(name, to, new_name)
};
/// Call 8.
struct Rename {
  std::string name;
  std::string new_name;
  CESS_RECORD(name, new_name)
};
/// Call 9: asks somebody else to pay. mint: gib and days; expand: gib; renew: days.
struct MakeOrder {
  OrderKind kind = OrderKind::mint;
  std::string name;
  std::uint32_t gib = 0;
  std::uint32_t days = 0;
  CESS_RECORD(kind, name, gib, days)
};
/// Call 10, by whoever pays.
struct PayOrder {
  std::uint64_t order = 0;
  std::optional<Amount> price_max;
  CESS_RECORD(order, price_max)
};

enum class LeaseKind : std::uint8_t { mint, expand, renew, reactivate };
inline constexpr std::array kLeaseKindNames = {"mint", "expand", "renew", "reactivate"};
constexpr auto& record_names(LeaseKind) { return kLeaseKindNames; }

/// Event 0.
struct Leased {
  std::uint64_t territory = 0;
  LeaseKind kind = LeaseKind::mint;
  AccountId owner;
  AccountId payer;
  std::uint64_t total = 0;
  Height deadline = 0;
  Amount paid = 0;
  Amount price = 0;
  CESS_RECORD(territory, kind, owner, payer, total, deadline, paid, price)
};
/// Event 1.
struct StateChanged {
  std::uint64_t territory = 0;
  TerritoryState from = TerritoryState::active;
  TerritoryState to = TerritoryState::active;
  CESS_RECORD(territory, from, to)
};
/// Event 2: sold or given.
struct Passed {
  std::uint64_t territory = 0;
  AccountId from;
  AccountId to;
  std::string name;
  Amount price = 0;
  CESS_RECORD(territory, from, to, name, price)
};
/// Event 3.
struct Renamed {
  std::uint64_t territory = 0;
  std::string name;
  CESS_RECORD(territory, name)
};
/// Event 4.
struct PriceMoved {
  Amount price = 0;
  std::uint64_t taken = 0;
  std::uint64_t offered = 0;
  CESS_RECORD(price, taken, offered)
};
/// Event 5.
struct Ordered {
  std::uint64_t order = 0;
  AccountId owner;
  Height until = 0;
  CESS_RECORD(order, owner, until)
};
/// Event 6.
struct Refunded {
  std::uint64_t territory = 0;
  AccountId owner;
  std::uint64_t bytes = 0;
  Amount amount = 0;
  CESS_RECORD(territory, owner, bytes, amount)
};
/// Event 7: an era's lease payments became income of the storage pool.
struct HandedOver {
  Amount amount = 0;
  CESS_RECORD(amount)
};
/// Event 8.
struct Forgotten {
  std::uint64_t territory = 0;
  AccountId owner;
  std::string name;
  CESS_RECORD(territory, owner, name)
};

// ---- between the files of this module

/// Counts what flowed since the market was last looked at.
void accrue(Market& market, Height now);
/// Sets a lease anew: what is left of its money plus `paid`, spread over now..deadline. Moves the
/// timer. The territory must be stored by the caller.
void set_lease(Context& ctx, Market& market, std::uint64_t id, Territory& t, Amount paid,
               Height deadline);
/// Ends the flow of a lease at its deadline.
void end_lease(Market& market, Territory& t, Height now);
/// Timers, price, hand-over.
void run_begin_block(Context& ctx);
Status check_territory_invariants(const State& state);

Status run_mint(Context& ctx, const Mint& c);
Status run_expand(Context& ctx, const Expand& c);
Status run_renew(Context& ctx, const Renew& c);
Status run_reactivate(Context& ctx, const Reactivate& c);
Status run_consign(Context& ctx, const Consign& c);
Status run_buy(Context& ctx, const Buy& c);
Status run_cancel(Context& ctx, const Cancel& c);
Status run_grant(Context& ctx, const Grant& c);
Status run_rename(Context& ctx, const Rename& c);
Status run_make_order(Context& ctx, const MakeOrder& c);
Status run_pay_order(Context& ctx, const PayOrder& c);

}  // namespace cess::territory
