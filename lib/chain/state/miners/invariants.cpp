// SPDX-License-Identifier: Apache-2.0
// What holds of miners after every block, found again from the records alone.
#include <map>

#include "chain/state/miners/calls.hpp"
#include "chain/state/miners/weights.hpp"

namespace cess::miners {
namespace {

Status broken(const AccountId& id, const std::string& what) {
  return fail(Code::no, "miner " + to_ss58(id) + ": " + what);
}

Status check_one(const State& state, const AccountId& id, const Miner& m) {
  if (m.idle + m.locked + m.service > m.declared) return broken(id, "more space than declared");
  if (m.proven > m.declared) return broken(id, "more shown than declared");
  if (accounts::held(state, id, kStake) != m.stake) return broken(id, "stake is not what is held");
  const bool short_of = m.debt != 0 || m.stake < requirement(state, m.declared);
  if (m.state == MinerState::positive && short_of) return broken(id, "positive without its stake");
  if (m.debt != 0 && m.stake != 0) return broken(id, "debt beside a stake");
  if (is_leaving(m.state) != (kLeaving.has(state, id) || m.until != 0) &&
      m.state != MinerState::locked) {
    return broken(id, "leaving without being emptied");
  }
  if (m.state == MinerState::locked && !kTimers.has(state, m.until, id)) {
    return broken(id, "locked without end");
  }
  if (kMembers.get(state, kEverywhere, m.member) != id) return broken(id, "not in the list");
  if (kMembers.get(state, country_scope(m.region), m.country_member) != id) {
    return broken(id, "not in its country's list");
  }
  return {};
}

}  // namespace

Status check_miner_invariants(const State& state) {
  Totals sum;
  std::map<Scope, std::pair<std::uint32_t, std::uint64_t>> scopes;  // members, weight
  Status status;
  kMiners.scan(state, [&](const auto& key, const Miner& m) {
    const AccountId id = std::get<0>(key);
    if (m.state == MinerState::withdrawn) {
      if (m.idle + m.locked + m.service + m.declared != 0 || m.stake != 0) {
        status = broken(id, "withdrawn with space or stake");
      }
      return status.has_value();
    }
    status = check_one(state, id, m);
    ++sum.count;
    sum.declared += m.declared;
    sum.idle += is_leaving(m.state) ? 0 : m.idle;
    sum.locked += m.locked;
    sum.service += m.service;
    for (const Scope scope : {kEverywhere, country_scope(m.region)}) {
      ++scopes[scope].first;
      scopes[scope].second += m.state == MinerState::positive ? m.idle >> 10U : 0;
    }
    return status.has_value();
  });
  CESS_TRY(status);
  if (encode_scale(kTotals.get_or_default(state)) != encode_scale(sum)) {
    return fail(Code::no, "miners: totals are not the sums");
  }
  for (const auto& [scope, expected] : scopes) {
    if (kMemberCounts.get_or_default(state, scope) != expected.first ||
        total_weight(state, scope) != expected.second) {
      return fail(Code::no, "miners: weights of scope " + std::to_string(scope) + " are wrong");
    }
  }
  return {};
}

}  // namespace cess::miners
