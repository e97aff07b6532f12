// SPDX-License-Identifier: Apache-2.0
#include "chain/state/rights/internal.hpp"

namespace cess {
namespace rights {
namespace {

Status check_params(const Params& p) {
  for (std::size_t kind = 0; kind < kKindNames.size(); ++kind) {
    CESS_TRY(detail::json_wants(p.radius(static_cast<Kind>(kind)) <= kRadiusMax, "at most 64",
                                "rights: radius of " + std::string(kKindNames[kind])));
  }
  CESS_TRY(detail::json_wants(p.dispute_blocks != 0, "more than 0", "rights: dispute_blocks"));
  // The sums of 16 parents and a text stay far from the type's end.
  const Amount most = Amount{1} << 96U;
  return detail::json_wants(p.deposit < most && p.deposit_per_byte < most && p.bond < most,
                            "less than 2^96", "rights: deposit, deposit_per_byte, bond");
}

class RightsModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "rights"; }

  std::vector<CallInfo> calls() const override {
    // A registration reads 272 buckets of at most 256 words (decision 1653 has the time of
    // that).
    return {make_call<Register>(0, "register", 8'000'000, run_register),
            make_call<Transfer>(1, "transfer", 60'000, run_transfer),
            make_call<SetTerms>(2, "set_terms", 60'000, run_set_terms),
            make_call<Permit>(3, "permit", 60'000, run_permit),
            make_call<Withdraw>(4, "withdraw", 1'500'000, run_withdraw),
            make_call<Relate>(5, "relate", 80'000, run_relate),
            make_call<OpenDispute>(6, "dispute", 80'000, run_dispute),
            make_call<Rule>(7, "rule", 1'500'000, run_rule)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Registered>(kRegistered, "registered"),
            make_event<Flagged>(kFlagged, "flagged"),
            make_event<Transferred>(kTransferred, "transferred"),
            make_event<Withdrawn>(kWithdrawn, "withdrawn"),
            make_event<Related>(kRelated, "related"),
            make_event<Disputed>(kDisputed, "disputed"),
            make_event<DisputeClosed>(kDisputeClosed, "dispute_closed")};
  }
  std::vector<ItemInfo> items() const override {
    return {make_item(kParams),      make_item(kCertificates), make_item(kNumbers),
            make_item(kExact),       make_item(kOfHolder),     make_item(kShortIds),
            make_item(kChildren),    make_item(kPermits),      make_item(kDisputes),
            make_item(kDisputesOf),  make_item(kDue),          make_item(kNextCertificate),
            make_item(kNextDispute), make_item(kBuckets)};
  }
  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params, check_params);
  }
  void end_block(Context& ctx) const override { lapse_disputes(ctx); }
  Status check_invariants(const State& state) const override {
    return check_rights_invariants(state);
  }
};

}  // namespace
}  // namespace rights

std::unique_ptr<Module> make_rights_module() { return std::make_unique<rights::RightsModule>(); }

}  // namespace cess
