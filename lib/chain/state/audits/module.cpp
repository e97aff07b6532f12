// SPDX-License-Identifier: Apache-2.0
#include "chain/state/audits/audits.hpp"
#include "chain/state/audits/evidence.hpp"
#include "chain/state/audits/items.hpp"

namespace cess {
namespace audits {
namespace {

// A proof of 512 asked blocks: hashing them to the curve, the sum, its part of the batch (bench_
// chain_audit).
constexpr std::uint64_t kProofWeight = 25'000'000;

Status check_params(const Params& p) {
  const auto wants = [](bool ok, const char* wanted, const char* field) {
    return detail::json_wants(ok, wanted, std::string("audits: ") + field);
  };
  CESS_TRY(wants(p.count_min > 0 && p.count_min <= p.count_max, "1 to count_max", "count_min"));
  CESS_TRY(wants(p.count_max <= kMerkleCountMax, "at most 8192", "count_max"));
  CESS_TRY(wants(p.offset_share + p.response_share <= 9000, "offset and response within 9000",
                 "response_share"));
  CESS_TRY(wants(p.judged_per_block > 0, "more than 0", "judged_per_block"));
  CESS_TRY(wants(p.settled_per_block > 0, "more than 0", "settled_per_block"));
  CESS_TRY(wants(p.purged_per_block > 0, "more than 0", "purged_per_block"));
  CESS_TRY(wants(p.post_epochs > 0 && p.post_epochs <= 1000, "1 to 1000", "post_epochs"));
  CESS_TRY(wants(p.kept_epochs > 1, "more than 1", "kept_epochs"));
  CESS_TRY(wants(p.second_failure <= 10'000, "at most 10000", "second_failure"));
  CESS_TRY(wants(p.later_failure <= 10'000, "at most 10000", "later_failure"));
  CESS_TRY(wants(p.exit_failures > 0, "more than 0", "exit_failures"));
  CESS_TRY(wants(p.false_steps > 0, "more than 0", "false_steps"));
  CESS_TRY(wants(p.weight_attested <= 10'000, "at most 10000", "weight_attested"));
  return wants(p.weight_owner <= 10'000, "at most 10000", "weight_owner");
}

class AuditsModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "audits"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<SubmitProof>(0, "submit_proof", kProofWeight, submit_proof)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<RoundOpened>(0, "round_opened"), make_event<Judged>(1, "judged"),
            make_event<Punished>(2, "punished"), make_event<Settled>(3, "settled")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams),        make_item(kRounds),       make_item(kSubmissions),
            make_item(kQueue),         make_item(kQueueEnd),     make_item(kResults),
            make_item(kHistories),     make_item(kEraProven),    make_item(kIdleVerdicts),
            make_item(kEraSettled),    make_item(kRejected),     make_item(kRejectedPages),
            make_item(kIndexSnapshot), make_item(kIndexTotals),  make_item(kIndexEntries),
            make_item(kIndexNodes),    make_item(kIndexHolders), make_item(kOldTotals),
            make_item(kOldEntries),    make_item(kOldNodes)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }
  void begin_block(Context& ctx) const override { run_clock(ctx); }
  void end_block(Context& ctx) const override {
    judge_queue(ctx);
    settle(ctx);
  }
  Status check_invariants(const State& state) const override { return check(state); }
};

}  // namespace
}  // namespace audits

std::unique_ptr<Module> make_audits_module() { return std::make_unique<audits::AuditsModule>(); }

}  // namespace cess
