// SPDX-License-Identifier: Apache-2.0
#include "chain/state/miners/handlers.hpp"
#include "chain/state/miners/weights.hpp"
#include "chain/state/system/system.hpp"

namespace cess {
namespace miners {
namespace {

constexpr std::size_t kTimersPerBlock = 100;

Status check_params(const Params& p) {
  // Cooling is multiplied by up to 16,385 days.
  CESS_TRY(detail::json_wants(p.cooling_per_tib_ms < std::uint64_t{1} << 40U, "less than 2^40",
                              "miners: cooling_per_tib_ms"));
  CESS_TRY(detail::json_wants(p.exit_lock_ms < std::uint64_t{1} << 40U, "less than 2^40",
                              "miners: exit_lock_ms"));
  return detail::json_wants(p.stake_per_tib < Amount{1} << 100U, "less than 2^100",
                            "miners: stake_per_tib");
}

// Locked miners whose time is over begin to leave.
void run_timers(Context& ctx) {
  std::vector<std::pair<Height, AccountId>> due;
  kTimers.scan(ctx.state, [&](const auto& key, bool) {
    if (std::get<0>(key) > ctx.block.height || due.size() == kTimersPerBlock) return false;
    due.emplace_back(std::get<0>(key), std::get<1>(key));
    return true;
  });
  for (const auto& [height, id] : due) {
    kTimers.erase(ctx.state, height, id);
    const auto before = kMiners.get(ctx.state, id);
    CESS_CHECK(before && before->state == MinerState::locked);
    Miner after = *before;
    enter(ctx, id, after, MinerState::exit, 0);
    kLeaving.put(ctx.state, id, true);
    settle(ctx, id, kParams.get_or_default(ctx.state), after);
    store(ctx.state, id, &*before, after);
  }
}

class MinersModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "miners"; }

  std::vector<CallInfo> calls() const override {
    return {make_call<Register>(0, "register", 150'000, run_register),
            make_call<Update>(1, "update", 100'000, run_update),
            make_call<TopUp>(2, "top_up", 60'000, run_top_up),
            make_call<Unstake>(3, "unstake", 60'000, run_unstake),
            make_call<Declare>(4, "declare", 80'000, run_declare),
            make_call<Adopt>(5, "adopt", 20'000, run_adopt),
            make_call<Exit>(6, "exit", 60'000, run_exit),
            make_call<Withdraw>(7, "withdraw", 150'000, run_withdraw)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Registered>(0, "registered"),
            make_event<StateChanged>(1, "state_changed"),
            make_event<Fined>(2, "fined"),
            make_event<StakeChanged>(3, "stake_changed"),
            make_event<SpaceDeclared>(4, "space_declared"),
            make_event<Updated>(5, "updated"),
            make_event<Late>(6, "late"),
            make_event<Withdrawn>(7, "withdrawn")};
  }
  std::vector<ItemInfo> items() const override {
    return {make_item(kParams),       make_item(kMiners),  make_item(kTotals),  make_item(kMembers),
            make_item(kMemberCounts), make_item(kWeights), make_item(kAdopted), make_item(kTimers),
            make_item(kLeaving),      make_item(kCrowded)};
  }

  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params, check_params);
  }

  void begin_block(Context& ctx) const override { run_timers(ctx); }
  Status check_invariants(const State& state) const override {
    return check_miner_invariants(state);
  }
};

}  // namespace
}  // namespace miners

std::unique_ptr<Module> make_miners_module() { return std::make_unique<miners::MinersModule>(); }

}  // namespace cess
