// SPDX-License-Identifier: Apache-2.0
#include "chain/state/miners/calls.hpp"

#include <algorithm>

#include "chain/state/miners/handlers.hpp"
#include "chain/state/miners/weights.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/treasury/treasury.hpp"

namespace cess::miners {
namespace {

tl::unexpected<Error> refuse(std::string why) { return fail(Code::input, std::move(why), "miner"); }

constexpr std::uint64_t kDeclaredMax = std::uint64_t{1} << 54U;  // 16 PiB

Status check_endpoint(const std::string& endpoint) {
  const bool plain =
      std::all_of(endpoint.begin(), endpoint.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (endpoint.empty() || endpoint.size() > kEndpointSizeMax || !plain) {
    return refuse("endpoint must be 1 to 128 printable characters without blanks");
  }
  return {};
}

Status check_place(const std::optional<Place>& place) {
  if (place && !valid_point({place->longitude, place->latitude})) {
    return refuse("place is not on earth");
  }
  return {};
}

Status check_region(const std::string& region) {
  if (!valid_region(region)) return refuse("region must be like 'DE' or 'DE-BY'");
  return {};
}

Result<Miner> own(const Context& ctx) {
  CESS_TRY(require_account(ctx));
  auto m = kMiners.get(ctx.state, ctx.origin.account);
  if (!m || m->state == MinerState::withdrawn) return refuse("sender is not a miner");
  return std::move(*m);
}

// Stake and space may change only while the miner is in business.
Status check_in_business(const Miner& m) {
  if (m.state == MinerState::locked || is_leaving(m.state)) {
    return refuse("the miner is leaving");
  }
  return {};
}

void save(Context& ctx, const Miner& before, Miner& after) {
  settle(ctx, ctx.origin.account, kParams.get_or_default(ctx.state), after);
  store(ctx.state, ctx.origin.account, &before, after);
}

// Debt first, the rest to the stake.
Status add_stake(Context& ctx, Miner& m, Amount amount) {
  const Amount to_debt = std::min(amount, m.debt);
  const auto& who = ctx.origin.account;
  if (to_debt != 0) {
    CESS_TRY(accounts::account_to_pool(ctx.state, who, treasury::kTreasury, to_debt));
    m.debt -= to_debt;
  }
  if (amount != to_debt) {
    CESS_TRY(accounts::hold(ctx.state, who, kStake, amount - to_debt));
    m.stake += amount - to_debt;
  }
  if (amount != 0) ctx.events.emit(kModule, 3, StakeChanged{who, m.stake, m.debt});
  return {};
}

// A miner's number in a list is stored with it: whoever was moved into a hole has a new one.
void take_off(State& state, Scope scope, std::uint32_t position, std::uint32_t Miner::*field) {
  const auto moved = remove_member(state, scope, position);
  if (!moved) return;
  auto m = kMiners.get(state, *moved);
  CESS_CHECK(m.has_value());
  (*m).*field = position;
  kMiners.put(state, *moved, *m);
}

}  // namespace

void leave_lists(State& state, const Miner& miner) {
  take_off(state, kEverywhere, miner.member, &Miner::member);
  take_off(state, country_scope(miner.region), miner.country_member, &Miner::country_member);
}

Status run_register(Context& ctx, const Register& r) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  const auto old = kMiners.get(ctx.state, who);
  if (old && old->state != MinerState::withdrawn) return refuse("already registered");
  const Params params = kParams.get_or_default(ctx.state);
  CESS_TRY(check_endpoint(r.endpoint));
  CESS_TRY(check_region(r.region));
  CESS_TRY(check_place(r.place));
  if (r.declared < params.declared_min || r.declared > kDeclaredMax) {
    return refuse("declared space must be " + std::to_string(params.declared_min) + " to " +
                  std::to_string(kDeclaredMax) + " bytes");
  }
  // An old debt comes back with the miner.
  const Amount debt = old ? old->debt : 0;
  const Amount needed = saturating_add(requirement(ctx.state, r.declared), debt);
  if (r.stake < needed) {
    return refuse("stake must be at least " + to_tokens(needed) + " for this space");
  }
  const AccountId operator_id = r.operator_id.value_or(who);
  if (operator_id != who && !kAdopted.has(ctx.state, operator_id, who)) {
    return refuse("the operator has not adopted this miner");
  }
  Miner m;
  m.debt = debt;
  m.operator_id = operator_id;
  m.beneficiary = r.beneficiary.value_or(who);
  m.endpoint = r.endpoint;
  m.ip = r.ip;
  m.region = r.region;
  m.place = r.place;
  m.sign_key = r.sign_key;
  m.declared = r.declared;
  m.registered_at = ctx.block.height;
  m.member = add_member(ctx.state, kEverywhere, who);
  m.country_member = add_member(ctx.state, country_scope(r.region), who);
  CESS_TRY(add_stake(ctx, m, r.stake));
  ctx.events.emit(kModule, 0, Registered{who, operator_id, r.declared, m.stake});
  settle(ctx, who, params, m);
  store(ctx.state, who, nullptr, m);
  return {};
}

Status run_update(Context& ctx, const Update& u) {
  CESS_TRY_ASSIGN(Miner m, own(ctx));
  const auto& who = ctx.origin.account;
  if (u.endpoint) CESS_TRY(check_endpoint(*u.endpoint));
  if (u.region) CESS_TRY(check_region(*u.region));
  CESS_TRY(check_place(u.place));
  if (u.endpoint) m.endpoint = *u.endpoint;
  if (u.ip) m.ip = *u.ip;
  if (u.place) m.place = u.place;
  if (u.beneficiary) m.beneficiary = *u.beneficiary;
  if (u.sign_key) m.sign_key = *u.sign_key;
  if (u.region && country_scope(*u.region) != country_scope(m.region)) {
    const Scope scope = country_scope(*u.region);
    take_off(ctx.state, country_scope(m.region), m.country_member, &Miner::country_member);
    m.country_member = add_member(ctx.state, scope, who);
    set_weight(ctx.state, scope, m.country_member,
               m.state == MinerState::positive ? m.idle >> 10U : 0);
  }
  if (u.region) m.region = *u.region;
  ctx.events.emit(kModule, 5, Updated{who});
  kMiners.put(ctx.state, who, m);
  return {};
}

Status run_top_up(Context& ctx, const TopUp& t) {
  CESS_TRY_ASSIGN(const Miner before, own(ctx));
  Miner after = before;
  CESS_TRY(add_stake(ctx, after, t.amount));
  save(ctx, before, after);
  return {};
}

Status run_unstake(Context& ctx, const Unstake& u) {
  CESS_TRY_ASSIGN(const Miner before, own(ctx));
  CESS_TRY(check_in_business(before));
  const Amount needed = requirement(ctx.state, before.declared);
  const Amount spare = saturating_sub(before.stake, needed);
  if (before.debt != 0 || u.amount > spare) {
    return refuse("only " + to_tokens(before.debt != 0 ? 0 : spare) + " can be taken back");
  }
  Miner after = before;
  CESS_TRY(accounts::release(ctx.state, ctx.origin.account, kStake, u.amount));
  after.stake -= u.amount;
  ctx.events.emit(kModule, 3, StakeChanged{ctx.origin.account, after.stake, after.debt});
  save(ctx, before, after);
  return {};
}

Status run_declare(Context& ctx, const Declare& d) {
  CESS_TRY_ASSIGN(const Miner before, own(ctx));
  CESS_TRY(check_in_business(before));
  if (d.declared < kParams.get_or_default(ctx.state).declared_min || d.declared > kDeclaredMax) {
    return refuse("declared space out of range");
  }
  if (d.declared < before.service + before.locked) {
    return refuse("declared space is less than what is in use");
  }
  Miner after = before;
  CESS_TRY(add_stake(ctx, after, d.stake));
  if (d.declared > before.declared &&
      (after.debt != 0 || after.stake < requirement(ctx.state, d.declared))) {
    return refuse("stake must be at least " + to_tokens(requirement(ctx.state, d.declared)) +
                  " for this space");
  }
  after.declared = d.declared;
  ctx.events.emit(kModule, 4, SpaceDeclared{ctx.origin.account, d.declared});
  save(ctx, before, after);
  return {};
}

Status run_adopt(Context& ctx, const Adopt& a) {
  CESS_TRY(require_account(ctx));
  kAdopted.put(ctx.state, ctx.origin.account, a.miner, true);
  return {};
}

Status run_exit(Context& ctx, const Exit&) {
  CESS_TRY_ASSIGN(const Miner before, own(ctx));
  CESS_TRY(check_in_business(before));
  const Params params = kParams.get_or_default(ctx.state);
  Miner after = before;
  enter(ctx, ctx.origin.account, after, MinerState::locked,
        ctx.block.height + system::blocks_in(ctx.state, params.exit_lock_ms));
  kTimers.put(ctx.state, after.until, ctx.origin.account, true);
  store(ctx.state, ctx.origin.account, &before, after);
  return {};
}

Status run_withdraw(Context& ctx, const Withdraw&) {
  CESS_TRY_ASSIGN(const Miner before, own(ctx));
  if (!is_leaving(before.state)) return refuse("announce the exit first");
  if (before.until == 0) return refuse("its fragments are still being handed on");
  if (ctx.block.height < before.until) {
    return refuse("cooling until height " + std::to_string(before.until));
  }
  const auto& who = ctx.origin.account;
  Miner after = before;
  const Amount to_debt = accounts::slash_held(
      ctx.state, who, kStake, std::min(after.debt, after.stake), treasury::kTreasury);
  after.stake -= to_debt;
  after.debt -= to_debt;
  if (after.stake != 0) CESS_TRY(accounts::release(ctx.state, who, kStake, after.stake));
  ctx.events.emit(kModule, 7, Withdrawn{who, after.stake});
  after.stake = 0;
  after.declared = after.idle = after.proven = 0;
  enter(ctx, who, after, MinerState::withdrawn, 0);
  store(ctx.state, who, &before, after);
  leave_lists(ctx.state, after);
  return {};
}

}  // namespace cess::miners
