// SPDX-License-Identifier: Apache-2.0
// The space market. A territory is space leased by one account for some time: files are kept in it.
// Prices: one for the network, moved once an era (economy/price.hpp). A lease is paid at once into
// escrow and flows to the storage pool block by block; what flowed is handed over once an era, so
// that a file found lost gives back the current era's share and all that is ahead.
//
//   active -> frozen (deadline passed: readable, not writable) -> expired (files are purged)
//   active <-> consigned (empty, for sale)            frozen, expired -> active by reactivate
//
// Always: used + locked <= total; escrow = sum over leases of rate · blocks left, plus what is due.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/kernel/module.hpp"

namespace cess::territory {

inline constexpr ModuleId kModule = 6;
constexpr std::size_t kNameSizeMin = 3;
constexpr std::size_t kNameSizeMax = 63;
constexpr std::uint64_t kGib = std::uint64_t{1} << 30U;

/// What was paid for leases that still run.
inline constexpr PoolId kEscrow{kModule, 0};
/// What leases have earned: the storage pool, paid out with rewards.
inline constexpr PoolId kIncome{kModule, 1};

enum class TerritoryState : std::uint8_t { active, frozen, expired, consigned };
inline constexpr std::array kTerritoryStateNames = {"active", "frozen", "expired", "consigned"};
constexpr auto& record_names(TerritoryState) { return kTerritoryStateNames; }

struct Territory {
  AccountId owner;
  std::string name;
  TerritoryState state = TerritoryState::active;
  std::uint64_t total = 0;  ///< bytes
  std::uint64_t used = 0;
  std::uint64_t locked = 0;
  Height start = 0;
  Height deadline = 0;     ///< first height at which the lease is over
  Amount rate = 0;         ///< base units that flow per block until the deadline
  Height rate_since = 0;   ///< of its last change
  Amount asked = 0;        ///< consigned: the price
  Height next_change = 0;  ///< of state, by itself; 0: when its files are purged
  CESS_RECORD(owner, name, state, total, used, locked, start, deadline, rate, rate_since, asked,
              next_change)
  [[nodiscard]] std::uint64_t free() const { return total - used - locked; }
};

struct Market {
  Amount price = 0;          ///< base units per GiB and day
  std::uint64_t leased = 0;  ///< sums over all territories
  std::uint64_t used = 0;
  std::uint64_t locked = 0;
  Amount rate = 0;      ///< sum of the rates of running leases
  Amount due = 0;       ///< flowed since the last hand-over
  Height due_at = 0;    ///< up to which `due` is counted
  Height era_from = 0;  ///< of the last hand-over
  CESS_RECORD(price, leased, used, locked, rate, due, due_at, era_from)
};

enum class OrderKind : std::uint8_t { mint, expand, renew };
inline constexpr std::array kOrderKindNames = {"mint", "expand", "renew"};
constexpr auto& record_names(OrderKind) { return kOrderKindNames; }

/// A purchase that somebody else pays for.
struct Order {
  AccountId owner;
  OrderKind kind = OrderKind::mint;
  std::string name;
  std::uint32_t gib = 0;
  std::uint32_t days = 0;
  Height until = 0;  ///< last height at which it can be paid
  CESS_RECORD(owner, kind, name, gib, days, until)
};

struct Params {
  Amount price = 30 * kBaseUnitsPerToken / 1000;  ///< at genesis, per GiB and day
  Amount price_floor = kBaseUnitsPerToken / 1000;
  Amount price_ceiling = 30 * kBaseUnitsPerToken;
  std::uint64_t day_ms = 86'400'000;
  std::uint32_t days_min = 30;
  std::uint32_t days_max = 3650;
  std::uint32_t frozen_days = 7;       ///< until a frozen territory expires
  std::uint32_t expired_days = 30;     ///< until an expired one's name is forgotten
  std::uint32_t consign_days_min = 1;  ///< that must be left
  std::uint64_t order_ms = 3'600'000;
  std::uint32_t timers_per_block = 200;
  CESS_RECORD(price, price_floor, price_ceiling, day_ms, days_min, days_max, frozen_days,
              expired_days, consign_days_min, order_ms, timers_per_block)
  static Params dev() {
    Params p;
    p.day_ms = 240'000;
    p.days_min = 1;
    p.order_ms = 60'000;
    return p;
  }
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Territory, std::uint64_t> kTerritories{kModule, 1, "territory"};
inline constexpr StoredMap<std::uint64_t, AccountId, std::string> kNames{kModule, 2,
                                                                         "territory_name"};
inline constexpr StoredValue<Market> kMarket{kModule, 3, "market"};
inline constexpr StoredMap<Order, std::uint64_t> kOrders{kModule, 4, "order"};
/// Expired territories that still hold files; the files module empties them.
inline constexpr StoredMap<bool, std::uint64_t> kPurging{kModule, 5, "purging"};

std::optional<std::uint64_t> find(const State& state, const AccountId& owner,
                                  const std::string& name);

// For the files module. Bytes move free -> locked -> used -> free.
/// Code::no unless active and with that much free space.
Status lock(Context& ctx, std::uint64_t id, std::uint64_t bytes);
void unlock(Context& ctx, std::uint64_t id, std::uint64_t bytes);
void use(Context& ctx, std::uint64_t id, std::uint64_t bytes);      ///< locked -> used
void release(Context& ctx, std::uint64_t id, std::uint64_t bytes);  ///< used -> free
/// A file of `bytes` in use was lost: the space leaves the lease, and what was paid for it from the
/// start of the current era on goes back to the owner. Returns the refund.
Amount compensate(Context& ctx, std::uint64_t id, std::uint64_t bytes);
/// Told when an expired territory holds no file any more.
void emptied(Context& ctx, std::uint64_t id);

}  // namespace cess::territory
