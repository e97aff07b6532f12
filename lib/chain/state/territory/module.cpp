// SPDX-License-Identifier: Apache-2.0
#include "chain/state/territory/calls.hpp"

namespace cess {
namespace territory {
namespace {

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(
      p.price_floor != 0 && p.price_floor <= p.price_ceiling && p.price_ceiling < Amount{1} << 90U,
      "0 < floor <= ceiling < 2^90", "territory: price"));
  CESS_TRY(detail::json_wants(p.day_ms != 0 && p.day_ms < std::uint64_t{1} << 40U,
                              "more than 0, less than 2^40", "territory: day_ms"));
  CESS_TRY(detail::json_wants(p.days_min != 0 && p.days_min <= p.days_max && p.days_max <= 36'500,
                              "0 < days_min <= days_max <= 36500", "territory: days"));
  CESS_TRY(detail::json_wants(p.frozen_days <= 3650 && p.expired_days <= 3650, "at most 3650 days",
                              "territory: frozen_days"));
  return detail::json_wants(p.timers_per_block != 0, "at least 1", "territory: timers_per_block");
}

class TerritoryModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "territory"; }

  std::vector<CallInfo> calls() const override {
    return {make_call<Mint>(0, "mint", 80'000, run_mint),
            make_call<Expand>(1, "expand", 80'000, run_expand),
            make_call<Renew>(2, "renew", 80'000, run_renew),
            make_call<Reactivate>(3, "reactivate", 80'000, run_reactivate),
            make_call<Consign>(4, "consign", 40'000, run_consign),
            make_call<Buy>(5, "buy", 60'000, run_buy),
            make_call<Cancel>(6, "cancel", 40'000, run_cancel),
            make_call<Grant>(7, "grant", 40'000, run_grant),
            make_call<Rename>(8, "rename", 40'000, run_rename),
            make_call<MakeOrder>(9, "order", 40'000, run_make_order),
            make_call<PayOrder>(10, "pay_order", 90'000, run_pay_order)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Leased>(0, "leased"),          make_event<StateChanged>(1, "state_changed"),
            make_event<Passed>(2, "passed"),          make_event<Renamed>(3, "renamed"),
            make_event<PriceMoved>(4, "price_moved"), make_event<Ordered>(5, "ordered"),
            make_event<Refunded>(6, "refunded"),      make_event<HandedOver>(7, "handed_over"),
            make_event<Forgotten>(8, "forgotten")};
  }
  std::vector<ItemInfo> items() const override {
    return {make_item(kParams),    make_item(kTerritories), make_item(kNames),
            make_item(kMarket),    make_item(kOrders),      make_item(kPurging),
            make_item(kTimers),    make_item(kOrderTimers), make_item(kNextId),
            make_item(kNextOrder), make_item(kHandOver)};
  }

  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params, check_params);
  }
  Status genesis(State& state, const Json&) const override {
    Market market;
    market.price = kParams.get_or_default(state).price;
    kMarket.put(state, market);
    return {};
  }

  void begin_block(Context& ctx) const override { run_begin_block(ctx); }
  Status check_invariants(const State& state) const override {
    return check_territory_invariants(state);
  }
};

}  // namespace
}  // namespace territory

std::unique_ptr<Module> make_territory_module() {
  return std::make_unique<territory::TerritoryModule>();
}

}  // namespace cess
