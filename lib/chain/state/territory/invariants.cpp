// SPDX-License-Identifier: Apache-2.0
// What holds of the space market after every block, found again from the records alone.
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/territory/calls.hpp"

namespace cess::territory {
namespace {

Status broken(std::uint64_t id, const std::string& what) {
  return fail(Code::no, "territory " + std::to_string(id) + ": " + what);
}

Status check_one(const State& state, std::uint64_t id, const Territory& t) {
  if (t.used + t.locked > t.total) return broken(id, "holds more than it has");
  if (find(state, t.owner, t.name) != id) return broken(id, "not found by its name");
  const bool runs = t.state == TerritoryState::active || t.state == TerritoryState::consigned;
  if (!runs && t.rate != 0) return broken(id, "money flows though the lease is over");
  if (runs && t.next_change != t.deadline) return broken(id, "lease without end");
  if (t.state == TerritoryState::consigned && t.used + t.locked != 0) {
    return broken(id, "for sale though not empty");
  }
  if ((t.next_change == 0) != kPurging.has(state, id)) return broken(id, "purged and not purged");
  if (t.next_change != 0 && !kTimers.has(state, t.next_change, id)) {
    return broken(id, "its timer is missing");
  }
  return {};
}

}  // namespace

Status check_territory_invariants(const State& state) {
  const Market market = kMarket.get_or_default(state);
  const Height now = system::clock(state).height;
  Market sum;
  Amount ahead = 0;  // of running leases
  Amount late = 0;   // that flowed past a deadline
  Status status;
  std::uint64_t count = 0;
  kTerritories.scan(state, [&](const auto& key, const Territory& t) {
    status = check_one(state, std::get<0>(key), t);
    ++count;
    if (t.state != TerritoryState::expired) sum.leased += t.total;
    sum.used += t.used;
    sum.locked += t.locked;
    sum.rate += t.rate;
    if (t.deadline > now) {
      ahead += t.rate * (t.deadline - now);
    } else {
      late += t.rate * (now - t.deadline);
    }
    return status.has_value();
  });
  CESS_TRY(status);
  if (market.leased != sum.leased || market.used != sum.used || market.locked != sum.locked ||
      market.rate != sum.rate) {
    return fail(Code::no, "territory: the market's sums are wrong");
  }
  const Amount due = market.due + market.rate * (now - market.due_at);
  if (accounts::pool(state, kEscrow) + late != due + ahead) {
    return fail(Code::no, "territory: escrow is not what leases hold");
  }
  std::uint64_t names = 0;
  kNames.scan(state, [&](const auto&, std::uint64_t) { return ++names, true; });
  if (names != count) return fail(Code::no, "territory: names without territories");
  return {};
}

}  // namespace cess::territory
