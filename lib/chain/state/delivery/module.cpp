// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "chain/state/delivery/calls.hpp"
#include "chain/state/system/system.hpp"
#include "economy/region.hpp"

namespace cess {
namespace delivery {
namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "delivery");
}

Status run_register(Context& ctx, const Register& r) {
  CESS_TRY(require_account(ctx));
  const bool plain = std::all_of(r.endpoint.begin(), r.endpoint.end(),
                                 [](char c) { return c > ' ' && c < '\x7f'; });
  if (r.endpoint.empty() || r.endpoint.size() > kEndpointSizeMax || !plain) {
    return refuse("endpoint must be 1 to 128 printable characters without blanks");
  }
  if (!valid_region(r.region)) return refuse("region must be like 'DE' or 'DE-BY'");
  const Amount most = kParams.get_or_default(ctx.state).price_max;
  if (r.price_per_byte > most) return refuse("price is above " + to_decimal(most));
  const auto& who = ctx.origin.account;
  const auto old = kServers.get(ctx.state, r.role, who);
  kServers.put(ctx.state, r.role, who,
               {r.endpoint, r.payee.value_or(who), r.price_per_byte, r.receipt_key, r.region,
                old ? old->since : ctx.block.height, std::nullopt});
  ctx.events.emit(kModule, 0, Registered{r.role, who, r.price_per_byte});
  return {};
}

Status run_exit(Context& ctx, const Exit& e) {
  CESS_TRY(require_account(ctx));
  auto s = kServers.get(ctx.state, e.role, ctx.origin.account);
  if (!s) return refuse("sender is not registered in this role");
  if (s->leaves_at) return refuse("the exit is announced already");
  s->leaves_at =
      ctx.block.height + system::blocks_in(ctx.state, kParams.get_or_default(ctx.state).exit_ms);
  kServers.put(ctx.state, e.role, ctx.origin.account, *s);
  ctx.events.emit(kModule, 1, Exiting{e.role, ctx.origin.account, *s->leaves_at});
  return {};
}

Status run_leave(Context& ctx, const Leave& l) {
  CESS_TRY(require_account(ctx));
  const auto s = kServers.get(ctx.state, l.role, ctx.origin.account);
  if (!s || !s->leaves_at) return refuse("announce the exit first");
  if (ctx.block.height < *s->leaves_at) {
    return refuse("receipts can be settled until height " + std::to_string(*s->leaves_at));
  }
  kServers.erase(ctx.state, l.role, ctx.origin.account);
  ctx.events.emit(kModule, 2, Left{l.role, ctx.origin.account});
  return {};
}

class DeliveryModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "delivery"; }

  std::vector<CallInfo> calls() const override {
    return {make_call<Register>(0, "register", 30'000, run_register),
            make_call<Exit>(1, "exit", 30'000, run_exit),
            make_call<Leave>(2, "leave", 30'000, run_leave)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Registered>(0, "registered"), make_event<Exiting>(1, "exiting"),
            make_event<Left>(2, "left")};
  }
  std::vector<ItemInfo> items() const override { return {make_item(kParams), make_item(kServers)}; }
  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params);
  }
};

}  // namespace
}  // namespace delivery

std::unique_ptr<Module> make_delivery_module() {
  return std::make_unique<delivery::DeliveryModule>();
}

}  // namespace cess
