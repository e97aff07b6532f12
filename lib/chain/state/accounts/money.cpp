// SPDX-License-Identifier: Apache-2.0
// The moves of money. Each checks everything before it changes anything.
#include "chain/state/accounts/accounts.hpp"

namespace cess::accounts {
namespace {

Status refuse(std::string why) { return fail(Code::input, std::move(why), "accounts"); }

std::string whose(const AccountId& who) { return "'" + to_ss58(who) + "'"; }

Status check_free(const State& state, const AccountId& who, Amount amount) {
  const auto free = account(state, who).free;
  if (free >= amount) return {};
  return refuse("balance too low: " + whose(who) + " has " + to_decimal(free) + " free of " +
                to_decimal(amount));
}

Status check_held(const State& state, const AccountId& who, HoldReason reason, Amount amount) {
  const auto there = held(state, who, reason);
  if (there >= amount) return {};
  return refuse("hold too low: " + whose(who) + " has " + to_decimal(there) + " held of " +
                to_decimal(amount));
}

Status check_pool(const State& state, PoolId id, Amount amount) {
  const auto there = pool(state, id);
  if (there >= amount) return {};
  return refuse("pool too low: " + std::to_string(id.module) + "." + std::to_string(id.kind) +
                " has " + to_decimal(there) + " of " + to_decimal(amount));
}

// Whether `who` may receive: no dust opens a record.
Status check_opens(const State& state, const AccountId& who, Amount amount) {
  if (amount == 0 || kAccounts.has(state, who)) return {};
  const auto least = kParams.get(state)->existential;
  if (amount >= least) return {};
  return refuse("too little to open " + whose(who) + ": " + to_decimal(amount) + ", the least is " +
                to_decimal(least));
}

// Sums cannot pass the type: all of them together are `issued`.
void store(State& state, const AccountId& who, const Account& a) {
  if (a.nonce == 0 && a.free == 0 && a.held == 0) return kAccounts.erase(state, who);
  kAccounts.put(state, who, a);
}
void add_free(State& state, const AccountId& who, Amount amount) {
  if (amount == 0) return;
  auto a = account(state, who);
  a.free += amount;
  store(state, who, a);
}
void take_free(State& state, const AccountId& who, Amount amount) {
  if (amount == 0) return;
  auto a = account(state, who);
  CESS_CHECK(a.free >= amount);
  a.free -= amount;
  store(state, who, a);
}
void set_held(State& state, const AccountId& who, HoldReason reason, Amount amount) {
  if (amount == 0) return kHolds.erase(state, who, reason.module, reason.kind);
  kHolds.put(state, who, reason.module, reason.kind, amount);
}
void add_held(State& state, const AccountId& who, HoldReason reason, Amount amount) {
  if (amount == 0) return;
  auto a = account(state, who);
  a.held += amount;
  store(state, who, a);
  set_held(state, who, reason, held(state, who, reason) + amount);
}
void take_held(State& state, const AccountId& who, HoldReason reason, Amount amount) {
  if (amount == 0) return;
  const auto there = held(state, who, reason);
  auto a = account(state, who);
  CESS_CHECK(there >= amount && a.held >= amount);
  a.held -= amount;
  store(state, who, a);
  set_held(state, who, reason, there - amount);
}
void set_pool(State& state, PoolId id, Amount amount) {
  if (amount == 0) return kPools.erase(state, id.module, id.kind);
  kPools.put(state, id.module, id.kind, amount);
}
void add_pool(State& state, PoolId id, Amount amount) {
  set_pool(state, id, pool(state, id) + amount);
}
void take_pool(State& state, PoolId id, Amount amount) {
  const auto there = pool(state, id);
  CESS_CHECK(there >= amount);
  set_pool(state, id, there - amount);
}

}  // namespace

Account account(const State& state, const AccountId& who) {
  return kAccounts.get_or_default(state, who);
}
Amount held(const State& state, const AccountId& who, HoldReason reason) {
  return kHolds.get_or_default(state, who, reason.module, reason.kind);
}
Amount pool(const State& state, PoolId id) {
  return kPools.get_or_default(state, id.module, id.kind);
}

Status transfer(State& state, const AccountId& from, const AccountId& to, Amount amount) {
  CESS_TRY(check_free(state, from, amount));
  CESS_TRY(check_opens(state, to, amount));
  if (from == to) return {};
  take_free(state, from, amount);
  add_free(state, to, amount);
  return {};
}

Status hold(State& state, const AccountId& who, HoldReason reason, Amount amount) {
  CESS_TRY(check_free(state, who, amount));
  auto a = account(state, who);
  a.free -= amount;
  a.held += amount;
  store(state, who, a);
  set_held(state, who, reason, held(state, who, reason) + amount);
  return {};
}

Status release(State& state, const AccountId& who, HoldReason reason, Amount amount) {
  CESS_TRY(check_held(state, who, reason, amount));
  set_held(state, who, reason, held(state, who, reason) - amount);
  auto a = account(state, who);
  a.held -= amount;
  a.free += amount;
  store(state, who, a);
  return {};
}

Status move_held(State& state, const AccountId& from, HoldReason reason, const AccountId& to,
                 Amount amount) {
  CESS_TRY(check_held(state, from, reason, amount));
  CESS_TRY(check_opens(state, to, amount));
  add_free(state, to, amount);  // first, so that from == to keeps its record
  take_held(state, from, reason, amount);
  return {};
}

Amount slash_held(State& state, const AccountId& who, HoldReason reason, Amount amount_max,
                  PoolId to) {
  const Amount taken = std::min(amount_max, held(state, who, reason));
  take_held(state, who, reason, taken);
  add_pool(state, to, taken);
  return taken;
}

Status change_reason(State& state, const AccountId& who, HoldReason from, HoldReason to,
                     Amount amount) {
  CESS_TRY(check_held(state, who, from, amount));
  set_held(state, who, from, held(state, who, from) - amount);
  set_held(state, who, to, held(state, who, to) + amount);
  return {};
}

Status account_to_pool(State& state, const AccountId& from, PoolId to, Amount amount) {
  CESS_TRY(check_free(state, from, amount));
  take_free(state, from, amount);
  add_pool(state, to, amount);
  return {};
}

Status pool_to_account(State& state, PoolId from, const AccountId& to, Amount amount) {
  CESS_TRY(check_pool(state, from, amount));
  CESS_TRY(check_opens(state, to, amount));
  take_pool(state, from, amount);
  add_free(state, to, amount);
  return {};
}

Status pool_to_held(State& state, PoolId from, const AccountId& to, HoldReason reason,
                    Amount amount) {
  CESS_TRY(check_pool(state, from, amount));
  CESS_TRY(check_opens(state, to, amount));
  take_pool(state, from, amount);
  add_held(state, to, reason, amount);
  return {};
}

Status pool_to_pool(State& state, PoolId from, PoolId to, Amount amount) {
  CESS_TRY(check_pool(state, from, amount));
  take_pool(state, from, amount);
  add_pool(state, to, amount);
  return {};
}

Status burn(State& state, PoolId from, Amount amount) {
  CESS_TRY(check_pool(state, from, amount));
  take_pool(state, from, amount);
  kIssued.put(state, kIssued.get_or_default(state) - amount);
  return {};
}

void issue(State& state, PoolId to, Amount amount) {
  const auto sum = checked_add(kIssued.get_or_default(state), amount);
  CESS_CHECK(sum.has_value());
  kIssued.put(state, *sum);
  add_pool(state, to, amount);
}

Amount fee_of(const Params& params, std::uint64_t weight, std::size_t size_bytes) {
  const Amount units = Amount{params.base_weight} + weight;
  return saturating_add(mul_div(units, params.fee_per_weight, 1),
                        mul_div(size_bytes, params.fee_per_byte, 1));
}

}  // namespace cess::accounts
