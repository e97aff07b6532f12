// SPDX-License-Identifier: Apache-2.0
#include "chain/state/staking/support.hpp"

namespace cess::staking {
namespace {

void unlink(State& state, const AccountId& nominator, const Nomination& n) {
  for (const auto& t : n.targets) {
    kSupporters.erase(state, t, n.share, nominator);
    auto b = kBackings.get_or_default(state, t);
    CESS_CHECK(b.nominators > 0 && b.nominated >= n.share);
    b.nominated -= n.share;
    if (--b.nominators == 0) {
      kBackings.erase(state, t);
    } else {
      kBackings.put(state, t, b);
    }
  }
}

// Links a nomination whose targets all have room, and stores it; without targets or money it ends.
void link(State& state, const AccountId& nominator, std::vector<AccountId> targets) {
  Nomination n;
  n.targets = std::move(targets);
  if (!n.targets.empty())
    n.share = kLedgers.get_or_default(state, nominator).active / n.targets.size();
  if (n.share == 0) {
    kNominations.erase(state, nominator);
    return;
  }
  for (const auto& t : n.targets) {
    kSupporters.put(state, t, n.share, nominator, true);
    auto b = kBackings.get_or_default(state, t);
    b.nominated += n.share;
    ++b.nominators;
    kBackings.put(state, t, b);
  }
  kNominations.put(state, nominator, n);
}

// The smallest supporter of a full candidate loses this one target; its bond goes to its others.
void displace(Context& ctx, const AccountId& nominator, const AccountId& candidate) {
  auto n = *kNominations.get(ctx.state, nominator);
  unlink(ctx.state, nominator, n);
  std::erase(n.targets, candidate);
  link(ctx.state, nominator, std::move(n.targets));
  ctx.events.emit(kModule, 6, Displaced{nominator, candidate});
}

}  // namespace

void drop_nomination(State& state, const AccountId& nominator) {
  const auto n = kNominations.get(state, nominator);
  if (!n) return;
  unlink(state, nominator, *n);
  kNominations.erase(state, nominator);
}

void spread_again(State& state, const AccountId& nominator) {
  auto n = kNominations.get(state, nominator);
  if (!n) return;
  unlink(state, nominator, *n);
  // Each target has room: this nominator's own place.
  link(state, nominator, std::move(n->targets));
}

Status spread(Context& ctx, const AccountId& nominator, const std::vector<AccountId>& targets) {
  drop_nomination(ctx.state, nominator);
  const auto p = params(ctx.state);
  const Amount share = kLedgers.get_or_default(ctx.state, nominator).active / targets.size();
  for (const auto& t : targets) {
    if (kBackings.get_or_default(ctx.state, t).nominators < p.nominators_max) continue;
    const auto smallest = kSupporters.keys(ctx.state, 1, t);
    CESS_CHECK(!smallest.empty());
    const auto& [candidate, least, who] = smallest.front();
    if (least >= share) {
      return fail(Code::input, "cannot nominate " + to_ss58(t) + ": its " +
                                   std::to_string(p.nominators_max) +
                                   " nominators all put up as much or more");
    }
    displace(ctx, who, t);
  }
  link(ctx.state, nominator, targets);
  return {};
}

bool is_candidate(const State& state, const AccountId& who) { return kCandidates.has(state, who); }

Amount backing(const State& state, const AccountId& who) {
  return kLedgers.get_or_default(state, who).active +
         kBackings.get_or_default(state, who).nominated;
}

std::vector<std::pair<AccountId, Amount>> candidates(const State& state) {
  std::vector<std::pair<AccountId, Amount>> out;
  for (const auto& [who] : kCandidates.keys(state, kCandidateCount.get_or_default(state)))
    out.emplace_back(who, backing(state, who));
  return out;
}

Params params(const State& state) { return *kParams.get(state); }

}  // namespace cess::staking
