// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "chain/state/election/election.hpp"
#include "chain/state/offences/offences.hpp"
#include "chain/state/staking/staking.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "economy/slash.hpp"

namespace cess {
namespace offences {
namespace {

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(p.bar_eras >= 1 && p.bar_eras <= 10'000, "1 to 10000",
                              "offences: bar_eras"));
  CESS_TRY(
      detail::json_wants(p.reporter_share <= 5000, "at most 5000", "offences: reporter_share"));
  return detail::json_wants(p.absence_ppm <= kMillion, "at most 1000000", "offences: absence_ppm");
}

// What was slashed goes to the treasury, less the reporter's share.
Amount settle(Context& ctx, Amount taken, const AccountId& reporter, bool rewarded,
              const Params& p) {
  Amount reward = rewarded ? mul_div(taken, p.reporter_share, 10'000) : 0;
  if (reward > 0 && !accounts::pool_to_account(ctx.state, kSlashPool, reporter, reward)) reward = 0;
  const auto rest =
      accounts::pool_to_pool(ctx.state, kSlashPool, treasury::kTreasury, taken - reward);
  CESS_CHECK(rest.has_value());
  return reward;
}

// Brings everybody convicted of `era` up to what the number of them costs.
void raise_slashes(Context& ctx, Era era, const Params& p) {
  const auto committee = election::committee_of(ctx.state, era);
  CESS_CHECK(committee.has_value());
  const auto n = static_cast<std::uint32_t>(committee->members.size());
  const auto convicts = kConvictions.keys(ctx.state, n, era);
  const auto x = static_cast<std::uint32_t>(convicts.size());
  const auto& reporter = ctx.block.proposer;
  const bool honest = !kConvictions.has(ctx.state, era, reporter);
  for (const auto& [e, who] : convicts) {
    auto c = *kConvictions.get(ctx.state, era, who);
    const auto exposure = staking::kExposures.get_or_default(ctx.state, era, who);
    const Amount due = equivocation_slash(exposure.total(), x, n);
    if (due <= c.slashed) continue;
    const Amount taken = staking::slash(ctx, era, who, due - c.slashed, kSlashPool);
    c.slashed = due;
    kConvictions.put(ctx.state, era, who, c);
    const Amount reward = settle(ctx, taken, reporter, honest, p);
    ctx.events.emit(kModule, 1, Slashed{who, era, taken, reporter, reward});
  }
}

void convict(Context& ctx, const Offence& o, const Params& p) {
  const Era through = system::clock(ctx.state).era + p.bar_eras;
  kConvictions.put(ctx.state, o.era, o.offender, {o.kind, o.height, ctx.block.height, 0});
  election::bar(ctx.state, o.offender, through);
  staking::chill(ctx, o.offender);
  ctx.events.emit(kModule, 0, Convicted{o.kind, o.offender, o.era, o.height, through});
}

void punish_absence(Context& ctx, Era era, const Params& p) {
  const auto result = election::kEras.get_or_default(ctx.state, era);
  std::vector<AccountId> absent;
  std::uint32_t n = 0;
  for (const auto& m : result.members) {
    if (m.on_duty) ++n;
    if (m.absent) absent.push_back(m.account);
  }
  const auto x = static_cast<std::uint32_t>(absent.size());
  if (x == 0) return;
  const Amount each =
      absence_slash(staking::kParams.get(ctx.state)->candidate_stake_min, p.absence_ppm, x, n);
  for (const auto& who : absent) {
    const Amount taken = staking::slash(ctx, era, who, each, treasury::kTreasury);
    ctx.events.emit(kModule, 2, Absent{who, era, taken});
  }
}

// One era falls out of reach each era; a few, should governance shorten the reach.
void forget(State& state) {
  for (int i = 0; i < 4; ++i) {
    const auto first = kConvictions.keys(state, 1);
    if (first.empty() || staking::within_reach(state, std::get<0>(first.front()))) return;
    const Era era = std::get<0>(first.front());
    for (const auto& [e, who] : kConvictions.keys(state, election::kSeatsMax, era))
      kConvictions.erase(state, e, who);
  }
}

class OffencesModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "offences"; }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Convicted>(0, "convicted"), make_event<Slashed>(1, "slashed"),
            make_event<Absent>(2, "absent")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kConvictions)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }

  void begin_block(Context& ctx) const override {
    const auto p = *kParams.get(ctx.state);
    const auto clock = system::clock(ctx.state);
    if (clock.era_begins()) {
      forget(ctx.state);
      if (clock.era > 0) punish_absence(ctx, clock.era - 1, p);
    }
    std::set<Era> eras;
    for (const auto& o : ctx.block.offences) {
      if (!is_news(ctx.state, o)) continue;
      convict(ctx, o, p);
      eras.insert(o.era);
    }
    for (const Era era : eras) raise_slashes(ctx, era, p);
  }

  Status check_invariants(const State& state) const override {
    CESS_TRY(detail::json_wants(accounts::pool(state, kSlashPool) == 0, "no slash under way",
                                "offences"));
    Status status;
    kConvictions.scan(state, [&](const auto& key, const Conviction& c) {
      const auto& [era, who] = key;
      const auto e = staking::kExposures.get_or_default(state, era, who);
      const auto committee = election::committee_of(state, era);
      status = detail::json_wants(committee && election::committee_index(*committee, who) &&
                                      c.slashed <= e.total() && e.slashed >= c.slashed,
                                  "a member of that era, slashed within its stake",
                                  "offences: " + to_ss58(who));
      return status.has_value();
    });
    return status;
  }
};

}  // namespace

bool is_news(const State& state, const Offence& o) {
  const Era now = system::clock(state).era;
  if (o.era > now || !staking::within_reach(state, o.era)) return false;
  if (kConvictions.has(state, o.era, o.offender)) return false;
  const auto committee = election::committee_of(state, o.era);
  return committee && election::committee_index(*committee, o.offender);
}

}  // namespace offences

std::unique_ptr<Module> make_offences_module() {
  return std::make_unique<offences::OffencesModule>();
}

}  // namespace cess
