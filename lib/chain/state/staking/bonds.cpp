// SPDX-License-Identifier: Apache-2.0
// The calls of staking: bonding, unbonding, becoming candidate or nominator.
#include <algorithm>

#include "chain/state/staking/support.hpp"
#include "chain/state/system/system.hpp"

namespace cess::staking {
namespace {

Status need(bool ok, const char* act, const std::string& why) {
  if (ok) return {};
  return fail(Code::input, std::string("cannot ") + act + ": " + why);
}

Status add_to_bond(Context& ctx, Ledger ledger, Amount amount) {
  const auto& who = ctx.origin.account;
  CESS_TRY(accounts::hold(ctx.state, who, kBonded, amount));
  ledger.active += amount;
  store_ledger(ctx.state, who, ledger);
  spread_again(ctx.state, who);
  ctx.events.emit(kModule, 0, Moved{who, amount});
  return {};
}

// What a candidate or nominator must keep.
Amount bond_min(const State& state, const AccountId& who) {
  const auto p = params(state);
  if (is_candidate(state, who)) return p.candidate_bond_min;
  return kNominations.has(state, who) ? p.nominator_bond_min : 0;
}

void end_candidacy(State& state, const AccountId& who) {
  if (!is_candidate(state, who)) return;
  kCandidates.erase(state, who);
  kCandidateCount.put(state, kCandidateCount.get_or_default(state) - 1);
}

}  // namespace

void store_ledger(State& state, const AccountId& who, const Ledger& ledger) {
  if (ledger.active == 0 && ledger.unbonding.empty()) {
    kLedgers.erase(state, who);
  } else {
    kLedgers.put(state, who, ledger);
  }
}

Status bond(Context& ctx, const Bond& args) {
  const auto& who = ctx.origin.account;
  CESS_TRY(need(args.amount > 0, "bond", "amount is 0"));
  CESS_TRY(need(!kLedgers.has(ctx.state, who), "bond", "there is a bond already; use bond_extra"));
  return add_to_bond(ctx, {}, args.amount);
}

Status bond_extra(Context& ctx, const BondExtra& args) {
  auto ledger = kLedgers.get(ctx.state, ctx.origin.account);
  CESS_TRY(need(args.amount > 0, "bond more", "amount is 0"));
  CESS_TRY(need(ledger.has_value(), "bond more", "there is no bond"));
  return add_to_bond(ctx, std::move(*ledger), args.amount);
}

Status unbond(Context& ctx, const Unbond& args) {
  const auto& who = ctx.origin.account;
  const auto p = params(ctx.state);
  auto ledger = kLedgers.get_or_default(ctx.state, who);
  CESS_TRY(need(args.amount > 0, "unbond", "amount is 0"));
  CESS_TRY(need(args.amount <= ledger.active, "unbond",
                to_tokens(args.amount) + " of an active bond of " + to_tokens(ledger.active)));
  const Amount least = bond_min(ctx.state, who);
  CESS_TRY(need(ledger.active - args.amount >= least, "unbond",
                "less than " + to_tokens(least) + " would stay; chill first"));
  ledger.active -= args.amount;
  const Era era = system::clock(ctx.state).era;
  const Era until = era + p.unbonding_eras;
  auto& list = ledger.unbonding;
  if (!list.empty() && list.back().since == era && list.back().until == until) {
    list.back().amount += args.amount;
  } else {
    CESS_TRY(need(list.size() < p.unbonding_max, "unbond",
                  std::to_string(list.size()) + " unbondings wait; withdraw some first"));
    list.push_back({args.amount, era, until});
  }
  store_ledger(ctx.state, who, ledger);
  spread_again(ctx.state, who);
  ctx.events.emit(kModule, 1, Unbonded{who, args.amount, until});
  return {};
}

Status withdraw_unbonded(Context& ctx, const WithdrawUnbonded&) {
  const auto& who = ctx.origin.account;
  auto ledger = kLedgers.get_or_default(ctx.state, who);
  const Era era = system::clock(ctx.state).era;
  Amount ripe = 0;
  std::erase_if(ledger.unbonding, [&](const Unbonding& u) {
    if (u.until > era) return false;
    ripe += u.amount;
    return true;
  });
  CESS_TRY(need(ripe > 0, "withdraw", "nothing has waited long enough"));
  CESS_TRY(accounts::release(ctx.state, who, kBonded, ripe));
  store_ledger(ctx.state, who, ledger);
  ctx.events.emit(kModule, 2, Moved{who, ripe});
  return {};
}

Status set_candidate(State& state, const AccountId& who, std::uint16_t commission, Era era) {
  const auto p = params(state);
  CESS_TRY(need(commission <= kCommissionMax, "be a candidate", "commission is over 10000"));
  CESS_TRY(need(kLedgers.get_or_default(state, who).active >= p.candidate_bond_min,
                "be a candidate", "own bond is less than " + to_tokens(p.candidate_bond_min)));
  auto candidate = kCandidates.get(state, who);
  if (!candidate) {
    const auto count = kCandidateCount.get_or_default(state);
    CESS_TRY(need(count < p.candidates_max, "be a candidate",
                  "there are " + std::to_string(count) + " already"));
    kCandidateCount.put(state, count + 1);
    candidate.emplace().since = era;
  }
  candidate->commission = commission;
  kCandidates.put(state, who, *candidate);
  drop_nomination(state, who);
  return {};
}

Status validate(Context& ctx, const Validate& args) {
  const auto& who = ctx.origin.account;
  CESS_TRY(set_candidate(ctx.state, who, args.commission, system::clock(ctx.state).era));
  ctx.events.emit(kModule, 3, CandidateSet{who, args.commission});
  return {};
}

void chill(Context& ctx, const AccountId& who) {
  if (!is_candidate(ctx.state, who) && !kNominations.has(ctx.state, who)) return;
  end_candidacy(ctx.state, who);
  drop_nomination(ctx.state, who);
  ctx.events.emit(kModule, 4, Chilled{who});
}

Status chill_call(Context& ctx, const Chill&) {
  const auto& who = ctx.origin.account;
  CESS_TRY(need(is_candidate(ctx.state, who) || kNominations.has(ctx.state, who), "chill",
                "neither candidate nor nominator"));
  chill(ctx, who);
  return {};
}

Status check_targets(const State& state, const AccountId& who,
                     const std::vector<AccountId>& targets) {
  const auto p = params(state);
  CESS_TRY(need(!targets.empty() && targets.size() <= p.nominations_max, "nominate",
                "want 1 to " + std::to_string(p.nominations_max) + " targets"));
  const Amount active = kLedgers.get_or_default(state, who).active;
  CESS_TRY(need(active >= p.nominator_bond_min && active >= targets.size(), "nominate",
                "bond is less than " + to_tokens(p.nominator_bond_min)));
  auto sorted = targets;
  std::sort(sorted.begin(), sorted.end());
  CESS_TRY(need(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), "nominate",
                "a target stands twice"));
  for (const auto& t : targets) {
    CESS_TRY(need(t != who, "nominate", "a target is the sender"));
    CESS_TRY(need(is_candidate(state, t), "nominate", to_ss58(t) + " is no candidate"));
  }
  return {};
}

Status nominate(Context& ctx, const Nominate& args) {
  const auto& who = ctx.origin.account;
  CESS_TRY(check_targets(ctx.state, who, args.targets));
  end_candidacy(ctx.state, who);
  CESS_TRY(spread(ctx, who, args.targets));
  const auto n = *kNominations.get(ctx.state, who);
  ctx.events.emit(kModule, 5, Nominated{who, n.targets, n.share});
  return {};
}

}  // namespace cess::staking
