// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "chain/state/gateways/calls.hpp"
#include "chain/state/system/system.hpp"

namespace cess {
namespace gateways {
namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "gateway");
}

Status run_register(Context& ctx, const Register& r) {
  CESS_TRY(require_account(ctx));
  const bool plain =
      std::all_of(r.domain.begin(), r.domain.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (r.domain.empty() || r.domain.size() > kDomainSizeMax || !plain) {
    return refuse("domain must be 1 to 128 printable characters without blanks");
  }
  const auto& who = ctx.origin.account;
  const auto old = kGateways.get(ctx.state, who);
  kGateways.put(ctx.state, who, {r.domain, r.node_key, old ? old->since : ctx.block.height});
  ctx.events.emit(kModule, 0, Registered{who, r.domain});
  return {};
}

Status run_exit(Context& ctx, const Exit&) {
  CESS_TRY(require_account(ctx));
  if (!kGateways.has(ctx.state, ctx.origin.account)) return refuse("sender is not a gateway");
  // Authorisations stay with the users; without the registration they give nothing.
  kGateways.erase(ctx.state, ctx.origin.account);
  ctx.events.emit(kModule, 1, Left{ctx.origin.account});
  return {};
}

Status run_authorise(Context& ctx, const Authorise& a) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  if (a.gateway == who) return refuse("an account need not authorise itself");
  if (!kGateways.has(ctx.state, a.gateway)) return refuse("no such gateway");
  if (a.until && *a.until < ctx.block.height) return refuse("the end has passed");
  if (!kAuthorised.has(ctx.state, who, a.gateway)) {
    const auto count = kAuthorisedCounts.get_or_default(ctx.state, who);
    const auto most = kParams.get_or_default(ctx.state).gateways_per_user;
    if (count >= most) return refuse("at most " + std::to_string(most) + " gateways");
    kAuthorisedCounts.put(ctx.state, who, count + 1);
  }
  kAuthorised.put(ctx.state, who, a.gateway, {a.until});
  ctx.events.emit(kModule, 2, Authorised{who, a.gateway, a.until});
  return {};
}

Status run_cancel(Context& ctx, const Cancel& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  if (!kAuthorised.has(ctx.state, who, c.gateway)) return refuse("it was not authorised");
  kAuthorised.erase(ctx.state, who, c.gateway);
  const auto count = kAuthorisedCounts.get_or_default(ctx.state, who) - 1;
  if (count == 0) {
    kAuthorisedCounts.erase(ctx.state, who);
  } else {
    kAuthorisedCounts.put(ctx.state, who, count);
  }
  ctx.events.emit(kModule, 3, Cancelled{who, c.gateway});
  return {};
}

class GatewaysModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "gateways"; }

  std::vector<CallInfo> calls() const override {
    return {make_call<Register>(0, "register", 30'000, run_register),
            make_call<Exit>(1, "exit", 30'000, run_exit),
            make_call<Authorise>(2, "authorise", 30'000, run_authorise),
            make_call<Cancel>(3, "cancel", 30'000, run_cancel)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Registered>(0, "registered"), make_event<Left>(1, "left"),
            make_event<Authorised>(2, "authorised"), make_event<Cancelled>(3, "cancelled")};
  }
  std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kGateways), make_item(kAuthorised),
            make_item(kAuthorisedCounts)};
  }
  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params);
  }
  Status check_invariants(const State& state) const override {
    std::map<AccountId, std::uint32_t> counts;
    kAuthorised.scan(state, [&](const auto& key, const Authorisation&) {
      return ++counts[std::get<0>(key)], true;
    });
    std::map<AccountId, std::uint32_t> stored;
    kAuthorisedCounts.scan(state, [&](const auto& key, std::uint32_t count) {
      return stored[std::get<0>(key)] = count, true;
    });
    if (counts != stored) return fail(Code::no, "gateways: counts of authorisations are wrong");
    return {};
  }
};

}  // namespace

bool may_act(const State& state, const AccountId& user, const AccountId& sender) {
  if (user == sender) return true;
  const auto a = kAuthorised.get(state, user, sender);
  if (!a || !kGateways.has(state, sender)) return false;
  return !a->until || system::clock(state).height <= *a->until;
}

Status check_may_act(const State& state, const AccountId& user, const AccountId& sender) {
  if (may_act(state, user, sender)) return {};
  return fail(Code::no, "sender is neither " + to_ss58(user) + " nor a gateway it authorised");
}

}  // namespace gateways

std::unique_ptr<Module> make_gateways_module() {
  return std::make_unique<gateways::GatewaysModule>();
}

}  // namespace cess
