// SPDX-License-Identifier: Apache-2.0
#include "chain/state/staking/support.hpp"

namespace cess {
namespace staking {
namespace {

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(p.candidate_bond_min > 0 && p.nominator_bond_min > 0,
                              "bonds of more than 0", "staking"));
  CESS_TRY(detail::json_wants(p.candidates_max >= 1 && p.candidates_max <= 10'000, "1 to 10000",
                              "staking: candidates_max"));
  CESS_TRY(detail::json_wants(p.nominations_max >= 1 && p.nominations_max <= 64, "1 to 64",
                              "staking: nominations_max"));
  CESS_TRY(detail::json_wants(p.nominators_max >= 1 && p.nominators_max <= 4096, "1 to 4096",
                              "staking: nominators_max"));
  CESS_TRY(detail::json_wants(p.unbonding_max >= 1 && p.unbonding_max <= 256, "1 to 256",
                              "staking: unbonding_max"));
  CESS_TRY(detail::json_wants(p.unbonding_eras >= 3 && p.unbonding_eras <= 10'000, "3 to 10000",
                              "staking: unbonding_eras"));
  return detail::json_wants(p.payouts_per_block >= 1 && p.payouts_per_block <= 100'000,
                            "1 to 100000", "staking: payouts_per_block");
}

class StakingModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "staking"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Bond>(0, "bond", 30'000, bond),
            make_call<BondExtra>(1, "bond_extra", 120'000, bond_extra),
            make_call<Unbond>(2, "unbond", 120'000, unbond),
            make_call<WithdrawUnbonded>(3, "withdraw_unbonded", 30'000, withdraw_unbonded),
            make_call<Validate>(4, "validate", 120'000, validate),
            make_call<Chill>(5, "chill", 100'000, chill_call),
            make_call<Nominate>(6, "nominate", 2'000'000, nominate)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Moved>(0, "bonded"),        make_event<Unbonded>(1, "unbonded"),
            make_event<Moved>(2, "withdrawn"),     make_event<CandidateSet>(3, "candidate"),
            make_event<Chilled>(4, "chilled"),     make_event<Nominated>(5, "nominated"),
            make_event<Displaced>(6, "displaced"), make_event<Rewarded>(7, "rewarded"),
            make_event<Share>(8, "paid"),          make_event<Share>(9, "slashed")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams),         make_item(kLedgers),     make_item(kCandidates),
            make_item(kCandidateCount), make_item(kNominations), make_item(kBackings),
            make_item(kSupporters),     make_item(kExposures),   make_item(kPayouts),
            make_item(kPayoutNext)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }

  Status genesis(State& state, const Json& section) const override {
    Genesis g;
    if (!section.is_null()) CESS_TRY(from_json_value(section, g, "genesis.staking"));
    BlockInfo block;
    Events events;
    Context ctx{state, block, events};
    for (const auto& s : g.stakers) {
      ctx.origin.account = s.account;
      CESS_TRY(bond(ctx, {s.bond}));
      if (s.commission) CESS_TRY(set_candidate(state, s.account, *s.commission, 0));
    }
    for (const auto& s : g.stakers) {
      if (!s.targets) continue;
      ctx.origin.account = s.account;
      CESS_TRY(detail::json_wants(!s.commission, "commission or targets, not both",
                                  "genesis.staking: " + to_ss58(s.account)));
      CESS_TRY(nominate(ctx, {*s.targets}));
    }
    return {};
  }

  void end_block(Context& ctx) const override { pay_out(ctx); }
  Status check_invariants(const State& state) const override { return check(state); }
};

}  // namespace
}  // namespace staking

std::unique_ptr<Module> make_staking_module() { return std::make_unique<staking::StakingModule>(); }

}  // namespace cess
