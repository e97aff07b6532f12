// SPDX-License-Identifier: Apache-2.0
#include "chain/state/idle/internal.hpp"
#include "chain/state/system/system.hpp"

namespace cess {
namespace idle_space {
namespace {

Status check_params(const Params& p) {
  const auto wants = [](bool ok, const char* wanted, const char* field) {
    return detail::json_wants(ok, wanted, std::string("idle: ") + field);
  };
  CESS_TRY(pois::check_params(pois::Params{p.log2_nodes}));
  CESS_TRY(wants(p.batch_files_max >= 1 && p.batch_files_max <= pois::kBatchFilesMax, "1 to 1024",
                 "batch_files_max"));
  CESS_TRY(wants(p.judges >= 1 && p.judges <= kJudgesMax, "1 to 16", "judges"));
  CESS_TRY(wants(p.needed * 2 > p.judges && p.needed <= p.judges, "a majority", "needed"));
  CESS_TRY(wants(p.redraws < 16, "less than 16", "redraws"));
  CESS_TRY(wants(p.deposit > 0, "more than 0", "deposit"));
  CESS_TRY(wants(p.beacon_blocks > 0, "more than 0", "beacon_blocks"));
  CESS_TRY(wants(p.batch_blocks > 0, "more than 0", "batch_blocks"));
  CESS_TRY(wants(p.opening_blocks > 0, "more than 0", "opening_blocks"));
  CESS_TRY(wants(p.judge_blocks > 0, "more than 0", "judge_blocks"));
  CESS_TRY(wants(p.batch_judge_blocks > 0, "more than 0", "batch_judge_blocks"));
  return wants(p.purged_per_block > 0, "more than 0", "purged_per_block");
}

// Copies that no open round reads, results whose blobs are not kept any more.
void purge(Context& ctx) {
  const auto params = kParams.get_or_default(ctx.state);
  const auto clock = system::clock(ctx.state);
  for (const auto& key : kOldSpaces.keys(ctx.state, params.purged_per_block)) {
    if (std::get<0>(key) >= clock.epoch) break;
    std::apply([&](const auto&... p) { kOldSpaces.erase(ctx.state, p...); }, key);
  }
  const std::uint64_t kept = system::blocks_in(ctx.state, params.kept_ms);
  for (const auto& key : kBatchResults.keys(ctx.state, params.purged_per_block)) {
    if (std::get<0>(key) + kept >= ctx.block.height) break;
    std::apply([&](const auto&... p) { kBatchResults.erase(ctx.state, p...); }, key);
  }
  const std::uint64_t epochs = kept / clock.epoch_blocks + 1;
  for (const auto& key : kEpochs.keys(ctx.state, params.purged_per_block)) {
    if (std::get<0>(key) + epochs >= clock.epoch) break;
    std::apply([&](const auto&... p) { kEpochs.erase(ctx.state, p...); }, key);
  }
}

class IdleModule final : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "idle"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Commit>(0, "commit", 300'000, run_commit),
            make_call<Answer>(1, "answer", 200'000, run_answer),
            make_call<Prove>(2, "prove", 100'000, run_prove),
            make_call<Verdict>(3, "verdict", 4'000'000, run_verdict),
            make_call<DeclareHole>(4, "declare_hole", 150'000, run_hole),
            make_call<Retry>(5, "retry", 150'000, run_retry),
            make_call<Appoint>(6, "appoint", 4'000'000, run_appoint)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<StageEntered>(0, "stage_entered"), make_event<Concluded>(1, "concluded"),
            make_event<GaveWay>(2, "gave_way"), make_event<HoleDeclared>(3, "hole_declared"),
            make_event<Appointed>(4, "appointed")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams),  make_item(kSpaces), make_item(kOldSpaces),
            make_item(kBatches), make_item(kEpochs), make_item(kBatchResults),
            make_item(kTimers),  make_item(kJudges), make_item(kJudgeKeys),
            make_item(kStep)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    const auto before = kParams.get(state);
    CESS_TRY(store_params(state, kParams, params, check_params));
    // The size of fillers is one for a network, for ever.
    if (before && before->log2_nodes != kParams.get_or_default(state).log2_nodes) {
      kParams.put(state, *before);
      return fail(Code::input, "idle: log2_nodes cannot change", "log2_nodes");
    }
    return {};
  }
  void begin_block(Context& ctx) const override { run_timers(ctx); }
  void end_block(Context& ctx) const override {
    give_way(ctx);
    purge(ctx);
  }
  Status check_invariants(const State& state) const override { return check(state); }
};

}  // namespace
}  // namespace idle_space

std::unique_ptr<Module> make_idle_module() { return std::make_unique<idle_space::IdleModule>(); }

}  // namespace cess
