// SPDX-License-Identifier: Apache-2.0
#include "chain/state/files/internal.hpp"

namespace cess {
namespace files {
namespace {

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(p.deal_blocks != 0 && p.claim_blocks > 1 && p.proof_blocks > 1 &&
                                  p.offer_blocks != 0 && p.kept_blocks != 0,
                              "times of some blocks", "files"));
  CESS_TRY(detail::json_wants(p.possession_leaves != 0 && p.possession_leaves <= 24 &&
                                  p.restoral_leaves != 0 && p.restoral_leaves <= 24,
                              "1 to 24 leaves, as many as a transaction holds", "files"));
  CESS_TRY(detail::json_wants(p.restoral_blocks != 0 && p.restoral_blocks <= 1024, "1 to 1024",
                              "files: restoral_blocks"));
  CESS_TRY(detail::json_wants(p.self_report_basis_points <= 10'000, "at most 10000",
                              "files: self_report_basis_points"));
  return detail::json_wants(
      p.looks_per_block >= 1024 && p.purges_per_block != 0 && p.timers_per_block != 0,
      "work enough to get on", "files");
}

class FilesModule final : public Module {
 public:
  ModuleId id() const override { return kModule; }
  std::string name() const override { return "files"; }

  std::vector<CallInfo> calls() const override {
    return {make_call<Declare>(0, "declare", 800'000, run_declare),
            make_call<Extend>(1, "extend", 5'000'000, run_extend),
            make_call<Report>(2, "report", 800'000, run_report),
            make_call<Report>(3, "report_long", 9'000'000, run_report_long),
            make_call<Delete>(4, "delete", 300'000, run_delete),
            make_call<Move>(5, "move", 100'000, run_move),
            make_call<Offer>(6, "offer", 80'000, run_offer),
            make_call<Accept>(7, "accept", 150'000, run_accept),
            make_call<Grant>(8, "grant", 60'000, run_grant),
            make_call<Ungrant>(9, "ungrant", 60'000, run_ungrant),
            make_call<Join>(10, "join", 100'000, run_join),
            make_call<Prove>(11, "prove", 500'000, run_prove),
            make_call<ReportLost>(12, "report_lost", 3'000'000, run_report_lost),
            make_call<ClaimRestoral>(13, "claim_restoral", 300'000, run_claim_restoral),
            make_call<CompleteRestoral>(14, "complete_restoral", 8'000'000, run_complete_restoral)};
  }
  std::vector<EventInfo> events() const override {
    return {make_event<Declared>(kDeclared, "declared"),
            make_event<Assigned>(kAssigned, "assigned"),
            make_event<Stored>(kStored, "stored"),
            make_event<ReceiptRefused>(kReceiptRefused, "receipt_refused"),
            make_event<StateChanged>(kStateChanged, "state_changed"),
            make_event<DrawFailed>(kDrawFailed, "draw_failed"),
            make_event<OwnerAdded>(kOwnerAdded, "owner_added"),
            make_event<OwnerRemoved>(kOwnerRemoved, "owner_removed"),
            make_event<Forgotten>(kForgotten, "forgotten"),
            make_event<Offered>(kOffered, "offered"),
            make_event<Challenged>(kChallenged, "challenged"),
            make_event<FragmentLost>(kFragmentLost, "fragment_lost"),
            make_event<RestoralOpened>(kRestoralOpened, "restoral_opened"),
            make_event<RestoralClaimed>(kRestoralClaimed, "restoral_claimed"),
            make_event<Restored>(kRestored, "restored")};
  }
  std::vector<ItemInfo> items() const override {
    return {make_item(kParams),         make_item(kFiles),      make_item(kOwners),
            make_item(kTerritoryFiles), make_item(kSlots),      make_item(kPages),
            make_item(kFragmentPlaces), make_item(kMissing),    make_item(kRestorals),
            make_item(kDrafts),         make_item(kDraftRoots), make_item(kJoining),
            make_item(kOffers),         make_item(kGrants),     make_item(kLate),
            make_item(kTimers),         make_item(kSeedQueue),  make_item(kDrawQueue),
            make_item(kPurgeQueue),     make_item(kNextNumber)};
  }

  Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params<Params>(state, kParams, params, check_params);
  }

  void begin_block(Context& ctx) const override {
    run_seeds(ctx);
    run_timers(ctx);
    run_draws(ctx);
    run_purges(ctx);
  }
  void after_txn(Context& ctx, const Txn& txn, const Receipt& receipt) const override {
    note_staked_fees(ctx, txn, receipt);
  }
  Status check_invariants(const State& state) const override {
    return check_file_invariants(state);
  }
};

}  // namespace
}  // namespace files

std::unique_ptr<Module> make_files_module() { return std::make_unique<files::FilesModule>(); }

}  // namespace cess
