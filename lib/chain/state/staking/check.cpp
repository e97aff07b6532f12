// SPDX-License-Identifier: Apache-2.0
// What must hold of stake after every block.
#include <map>

#include "chain/state/staking/support.hpp"

namespace cess::staking {
namespace {

Status want(bool ok, const char* what, const AccountId& who) {
  return detail::json_wants(ok, what, "staking: " + to_ss58(who));
}

// Holds for kBonded are the ledgers, neither more nor less.
Status check_holds(const State& state) {
  Status status;
  std::uint64_t holds = 0;
  accounts::kHolds.scan(state, [&](const auto& key, Amount) {
    const auto& [who, module, kind] = key;
    if (module == kModule && kind == kBonded.kind) ++holds;
    return true;
  });
  std::uint64_t ledgers = 0;
  kLedgers.scan(state, [&](const auto& key, const Ledger& ledger) {
    const auto& [who] = key;
    ++ledgers;
    Amount sum = ledger.active;
    for (const auto& u : ledger.unbonding) sum += u.amount;
    status = want(sum > 0 && sum == accounts::held(state, who, kBonded),
                  "what is held to be active plus unbonding", who);
    return status.has_value();
  });
  CESS_TRY(status);
  return detail::json_wants(holds == ledgers, "a ledger for every bonded hold", "staking");
}

// Nominations, supporters and backings say the same.
Status check_support(const State& state) {
  const auto p = params(state);
  Status status;
  std::map<AccountId, Backing> sums;
  std::uint64_t links = 0;
  kNominations.scan(state, [&](const auto& key, const Nomination& n) {
    const auto& [who] = key;
    status = want(!n.targets.empty() && n.share > 0 &&
                      n.share == kLedgers.get_or_default(state, who).active / n.targets.size() &&
                      !is_candidate(state, who),
                  "the active bond split evenly, of nobody who is a candidate", who);
    for (const auto& t : n.targets) {
      sums[t].nominated += n.share;
      ++sums[t].nominators;
      ++links;
      if (status) status = want(kSupporters.has(state, t, n.share, who), "a supporter", who);
    }
    return status.has_value();
  });
  CESS_TRY(status);
  std::uint64_t supporters = 0;
  kSupporters.scan(state, [&](const auto&, bool) { return ++supporters != 0; });
  CESS_TRY(detail::json_wants(supporters == links, "a nomination for every supporter", "staking"));
  std::uint64_t backings = 0;
  kBackings.scan(state, [&](const auto& key, const Backing& b) {
    const auto& [who] = key;
    ++backings;
    status = want(b.nominated == sums[who].nominated && b.nominators == sums[who].nominators &&
                      b.nominators > 0 && b.nominators <= p.nominators_max,
                  "backing to be the sum of nominations", who);
    return status.has_value();
  });
  CESS_TRY(status);
  return detail::json_wants(backings == sums.size(), "a backing for every target", "staking");
}

}  // namespace

Status check(const State& state) {
  CESS_TRY(check_holds(state));
  CESS_TRY(check_support(state));
  Amount left = 0;
  kPayouts.scan(state, [&](const auto&, const Payout& p) {
    left += p.left;
    return true;
  });
  CESS_TRY(detail::json_wants(left == accounts::pool(state, kPayoutPool),
                              "the payout pool to hold what is still to be paid", "staking"));
  std::uint32_t count = 0;
  kCandidates.scan(state, [&](const auto&, const Candidate&) { return ++count != 0; });
  return detail::json_wants(count == kCandidateCount.get_or_default(state),
                            "the candidates to be counted", "staking");
}

}  // namespace cess::staking
