// SPDX-License-Identifier: Apache-2.0
#include "chain/state/rewards/rewards.hpp"

namespace cess {
namespace rewards {
namespace {

constexpr std::uint64_t kClaimWeight = 60'000;

Status check_params(const Params& p) {
  const auto wants = [](bool ok, const char* wanted, const char* field) {
    return detail::json_wants(ok, wanted, std::string("rewards: ") + field);
  };
  const auto some = [](const Shares& s) {
    const auto sum = std::uint64_t{s.storage} + s.consensus + s.retrieval + s.cache;
    return sum > 0 && sum <= 10'000;
  };
  const auto whole = [](const Weights& w) {
    return std::uint64_t{w.post} + w.porep + w.pof + w.poas == kRewardUnit && w.post > 0;
  };
  CESS_TRY(wants(p.eras_per_year > 0, "more than 0", "eras_per_year"));
  CESS_TRY(wants(some(p.early), "a sum of 1 to 10000", "early"));
  CESS_TRY(wants(some(p.late), "a sum of 1 to 10000", "late"));
  CESS_TRY(wants(p.month_blocks > 0, "more than 0", "month_blocks"));
  CESS_TRY(wants(whole(p.weights), "a sum of 10000, some of it for post", "weights"));
  CESS_TRY(wants(whole(p.weights_early), "a sum of 10000, some of it for post", "weights_early"));
  CESS_TRY(wants(p.factor_max >= kRewardUnit && p.factor_max <= 10 * kRewardUnit, "10000 to 100000",
                 "factor_max"));
  CESS_TRY(wants(p.free_share <= kRewardUnit, "at most 10000", "free_share"));
  CESS_TRY(wants(p.vest_days <= 3650, "at most 3650", "vest_days"));
  CESS_TRY(wants(p.day_blocks > 0, "more than 0", "day_blocks"));
  return wants(p.miners_per_block > 0, "more than 0", "miners_per_block");
}

class RewardsModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "rewards"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Claim>(0, "claim", kClaimWeight, claim)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Issued>(0, "issued"), make_event<Rewarded>(1, "rewarded"),
            make_event<Sent>(2, "sent"), make_event<Shared>(3, "shared")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kEras),     make_item(kScores), make_item(kMiners),
            make_item(kBurned), make_item(kServices), make_item(kFront)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }
  void begin_block(Context& ctx) const override { close_era(ctx); }
  void end_block(Context& ctx) const override { share_storage(ctx); }
  Status check_invariants(const State& state) const override { return check(state); }
};

}  // namespace
}  // namespace rewards

std::unique_ptr<Module> make_rewards_module() { return std::make_unique<rewards::RewardsModule>(); }

}  // namespace cess
