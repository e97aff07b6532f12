// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "chain/state/miners/calls.hpp"
#include "chain/state/miners/weights.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/treasury/treasury.hpp"

namespace cess::miners {
namespace {

constexpr std::uint64_t kTib = std::uint64_t{1} << 40U;

std::uint64_t weight_of(const Miner& m) {
  return m.state == MinerState::positive ? m.idle >> 10U : 0;
}

// What a miner adds to the totals.
Totals share_of(const Miner* m) {
  if (m == nullptr || m->state == MinerState::withdrawn) return {};
  return {1, m->declared, is_leaving(m->state) ? 0 : m->idle, m->locked, m->service};
}

Miner get(const State& state, const AccountId& id) {
  auto m = kMiners.get(state, id);
  CESS_CHECK(m.has_value());
  return std::move(*m);
}

// Changes locked and service by the function given, and what follows from them.
template <class Change>
Status move_space(Context& ctx, const AccountId& id, const char* act, Change change) {
  const auto before = kMiners.get(ctx.state, id);
  if (!before) return fail(Code::no, std::string("cannot ") + act + ": no such miner");
  Miner after = *before;
  if (!change(after)) {
    return fail(Code::no, std::string("cannot ") + act + ": not that much space");
  }
  settle(ctx, id, kParams.get_or_default(ctx.state), after);
  store(ctx.state, id, &*before, after);
  return {};
}

std::uint64_t taken(const Miner& m) { return m.fillers + m.locked + m.service; }

bool take(std::uint64_t& from, std::uint64_t bytes) {
  if (from < bytes) return false;
  from -= bytes;
  return true;
}

}  // namespace

Subnet subnet_of(const IpAddress& ip) {
  constexpr IpAddress kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  const bool v4 = std::equal(ip.begin(), ip.begin() + 12, kMapped.begin());
  Subnet out{};
  std::copy(ip.begin(), ip.begin() + (v4 ? 15 : 6), out.begin());
  return out;
}

Amount requirement(const State& state, std::uint64_t declared) {
  const std::uint64_t tib = declared / kTib + (declared % kTib != 0 ? 1 : 0);
  return mul_div(kParams.get_or_default(state).stake_per_tib, tib, 1);
}

void store(State& state, const AccountId& id, const Miner* before, const Miner& after) {
  const Totals minus = share_of(before);
  const Totals plus = share_of(&after);
  Totals t = kTotals.get_or_default(state);
  t.count += plus.count - minus.count;
  t.declared += plus.declared - minus.declared;
  t.idle += plus.idle - minus.idle;
  t.locked += plus.locked - minus.locked;
  t.service += plus.service - minus.service;
  kTotals.put(state, t);
  const std::uint64_t weight = after.state == MinerState::withdrawn ? 0 : weight_of(after);
  if ((before == nullptr ? 0 : weight_of(*before)) != weight) {
    set_weight(state, kEverywhere, after.member, weight);
    set_weight(state, country_scope(after.region), after.country_member, weight);
  }
  kMiners.put(state, id, after);
  if (before != nullptr && before->fillers != 0) kCrowded.erase(state, id);
  if (after.fillers != 0 && taken(after) > capacity(kParams.get_or_default(state), after)) {
    kCrowded.put(state, id, true);
  }
}

void enter(Context& ctx, const AccountId& id, Miner& miner, MinerState state, Height until) {
  const MinerState from = miner.state;
  miner.state = state;
  miner.until = until;
  ctx.events.emit(kModule, 1, StateChanged{id, from, state, until});
}

void settle(Context& ctx, const AccountId& id, const Params& params, Miner& m) {
  // What was believed is not asked for again when proofs begin to count.
  if (!params.idle_proofs) m.proven = std::max(m.proven, taken(m));
  m.proven = std::min(m.proven, m.declared);
  const std::uint64_t room = capacity(params, m);
  m.idle = room - std::min(room, m.locked + m.service);
  if (is_leaving(m.state) && m.until == 0 && m.service + m.locked == 0) {
    const std::uint64_t days = m.declared / kTib + 1;
    kLeaving.erase(ctx.state, id);
    enter(ctx, id, m, m.state,
          ctx.block.height + system::blocks_in(ctx.state, params.cooling_per_tib_ms * days));
  }
  if (m.state != MinerState::not_ready && m.state != MinerState::positive &&
      m.state != MinerState::frozen) {
    return;
  }
  MinerState next = MinerState::positive;
  if (m.debt != 0 || m.stake < requirement(ctx.state, m.declared)) {
    next = MinerState::frozen;
  } else if (m.state == MinerState::not_ready && m.idle == 0) {
    next = MinerState::not_ready;
  }
  if (next != m.state) enter(ctx, id, m, next, 0);
}

Amount fine(Context& ctx, const AccountId& id, Amount amount) {
  const Miner before = get(ctx.state, id);
  Miner after = before;
  const Amount taken = accounts::slash_held(ctx.state, id, kStake, std::min(amount, after.stake),
                                            treasury::kTreasury);
  after.stake -= taken;
  after.debt = saturating_add(after.debt, amount - taken);
  ctx.events.emit(kModule, 2, Fined{id, amount, taken, after.debt});
  settle(ctx, id, kParams.get_or_default(ctx.state), after);
  store(ctx.state, id, &before, after);
  return taken;
}

Amount punish(Context& ctx, const AccountId& id, std::uint32_t basis_points) {
  const Miner m = get(ctx.state, id);
  const Amount amount = mul_div(requirement(ctx.state, m.declared), basis_points, 10'000);
  fine(ctx, id, amount);
  return amount;
}

void force_exit(Context& ctx, const AccountId& id) {
  const auto before = kMiners.get(ctx.state, id);
  if (!before || before->state == MinerState::withdrawn || is_leaving(before->state)) return;
  Miner after = *before;
  if (before->state == MinerState::locked) kTimers.erase(ctx.state, before->until, id);
  enter(ctx, id, after, MinerState::offline, 0);
  kLeaving.put(ctx.state, id, true);
  settle(ctx, id, kParams.get_or_default(ctx.state), after);
  store(ctx.state, id, &*before, after);
}

std::uint64_t capacity(const Params& params, const Miner& miner) {
  return params.idle_proofs ? std::min(miner.proven, miner.declared) : miner.declared;
}

std::uint64_t slack(const Params& params, const Miner& miner) {
  const std::uint64_t room = capacity(params, miner);
  return room - std::min(room, taken(miner));
}

std::vector<AccountId> crowded(const State& state) {
  std::vector<AccountId> out;
  for (const auto& key : kCrowded.keys(state, ~std::size_t{0})) out.push_back(std::get<0>(key));
  return out;
}

void set_shown(Context& ctx, const AccountId& id, const Shown& shown) {
  const Miner before = get(ctx.state, id);
  Miner after = before;
  after.proven = shown.proven;
  after.fillers = shown.fillers;
  after.proof_from = shown.proof_from;
  settle(ctx, id, kParams.get_or_default(ctx.state), after);
  store(ctx.state, id, &before, after);
}

Status lock_space(Context& ctx, const AccountId& id, std::uint64_t bytes) {
  return move_space(ctx, id, "lock space", [&](Miner& m) {
    if (m.idle < bytes) return false;
    m.locked += bytes;
    return true;
  });
}

Status unlock_space(Context& ctx, const AccountId& id, std::uint64_t bytes) {
  return move_space(ctx, id, "unlock space", [&](Miner& m) { return take(m.locked, bytes); });
}

Status fill_space(Context& ctx, const AccountId& id, std::uint64_t bytes) {
  return move_space(ctx, id, "fill space", [&](Miner& m) {
    if (!take(m.locked, bytes)) return false;
    m.service += bytes;
    return true;
  });
}

Status free_space(Context& ctx, const AccountId& id, std::uint64_t bytes) {
  return move_space(ctx, id, "free space", [&](Miner& m) { return take(m.service, bytes); });
}

void note_late(Context& ctx, const AccountId& id) {
  const Miner before = get(ctx.state, id);
  Miner after = before;
  ++after.late_count;
  ctx.events.emit(kModule, 6, Late{id, after.late_count});
  store(ctx.state, id, &before, after);
}

std::vector<AccountId> leaving(const State& state, std::size_t count_max) {
  std::vector<AccountId> out;
  for (const auto& key : kLeaving.keys(state, count_max)) out.push_back(std::get<0>(key));
  return out;
}

}  // namespace cess::miners
