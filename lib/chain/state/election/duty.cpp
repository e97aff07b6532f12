// SPDX-License-Identifier: Apache-2.0
// Points of an era, and what reputation they become.
#include <algorithm>

#include "chain/state/election/detail.hpp"
#include "chain/state/staking/staking.hpp"

namespace cess::election {
namespace {

// The history as of the end of era `through`: eras since the newest, in which the account neither
// served nor had credit, stand in the middle, or at nothing while it was barred.
ReputationHistory history_at(const State& state, const AccountId& who, Era through,
                             const Params& p) {
  ReputationHistory h;
  h.fill(p.reputation_start);
  const auto r = kReputations.get(state, who);
  if (!r) return h;
  CESS_CHECK(r->scores.size() == kReputationEras);
  std::copy(r->scores.begin(), r->scores.end(), h.begin());
  const Era missing = through > r->newest ? through - r->newest : 0;
  for (Era i = std::min<Era>(missing, kReputationEras); i > 0; --i) {
    const Era era = through + 1 - i;
    const bool barred = r->barred_through && era <= *r->barred_through;
    h = next_history(h, barred ? Score{0} : p.reputation_start);
  }
  return h;
}

void store_history(State& state, const AccountId& who, Era newest, const ReputationHistory& h,
                   std::optional<Era> barred) {
  kReputations.put(state, who, {newest, {h.begin(), h.end()}, barred});
}

// Missing more votes than allowed costs a penalty for every tenth that is missing.
std::uint32_t vote_penalties(const Duty& duty, std::uint32_t member, const Params& p) {
  if (votes_at_least(duty, member, p.present_share)) return 0;
  const std::uint64_t missed = duty.certificates - duty.members[member].votes;
  return static_cast<std::uint32_t>(10 * missed / duty.certificates);
}

MemberResult result_of(const AccountId& who, const Credit& credit, const Params& p) {
  MemberResult r;
  r.account = who;
  r.penalties = credit.penalties;
  r.points = points(p, {}, credit);
  return r;
}

EraResult results(const State& state, Era era, const Params& p) {
  const auto committee = committee_of(state, era);
  const auto duty = kDuties.get_or_default(state, era);
  EraResult out;
  out.certificates = duty.certificates;
  for (std::uint32_t i = 0; committee && i < committee->members.size(); ++i) {
    const auto& who = committee->members[i].account;
    const auto credit = kCredits.get_or_default(state, era, who);
    auto r = result_of(who, credit, p);
    if (i < duty.members.size()) {
      r.blocks = duty.members[i].blocks;
      r.votes = duty.members[i].votes;
      r.penalties = static_cast<std::uint32_t>(std::min<std::uint64_t>(
          kFieldCountMax, std::uint64_t{r.penalties} + vote_penalties(duty, i, p)));
      r.absent = r.blocks == 0 && !votes_at_least(duty, i, p.absent_share);
      r.points = points(p, duty.members[i], credit);
    }
    r.on_duty = true;
    out.members.push_back(r);
  }
  kCredits.scan(
      state,
      [&](const auto& key, const Credit& credit) {
        const auto& who = std::get<1>(key);
        if (!committee || !committee_index(*committee, who))
          out.members.push_back(result_of(who, credit, p));
        return true;
      },
      era);
  for (const auto& m : out.members) out.points += m.points;
  return out;
}

void drop_era(State& state, Era era) {
  kDuties.erase(state, era);
  for (const auto& [e, who] : kCredits.keys(state, kFieldCountMax, era))
    kCredits.erase(state, e, who);
  for (const auto& [e, who] : kScores.keys(state, kFieldCountMax, era))
    kScores.erase(state, e, who);
}

}  // namespace

std::uint64_t points(const Params& p, const DutyCount& duty, const Credit& credit) {
  return std::uint64_t{duty.blocks} * p.points_block + std::uint64_t{duty.votes} * p.points_vote +
         std::uint64_t{credit.audits} * p.points_audit +
         std::uint64_t{credit.draws} * p.points_draw;
}

bool votes_at_least(const Duty& duty, std::uint32_t member, std::uint16_t share) {
  if (member >= duty.members.size() || duty.certificates == 0) return true;
  return std::uint64_t{duty.members[member].votes} * 10'000 >=
         std::uint64_t{duty.certificates} * share;
}

void credit(State& state, const AccountId& who, CreditKind kind, std::uint32_t count) {
  const Era era = system::clock(state).era;
  auto c = kCredits.get_or_default(state, era, who);
  auto& field = kind == CreditKind::audit  ? c.audits
                : kind == CreditKind::draw ? c.draws
                                           : c.penalties;
  field = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::uint64_t{field} + count, 1ULL << 31U));
  kCredits.put(state, era, who, c);
}

std::optional<Era> barred_through(const State& state, const AccountId& who) {
  const auto r = kReputations.get(state, who);
  return r ? r->barred_through : std::nullopt;
}

Score reputation_of(const State& state, const AccountId& who) {
  const Era era = system::clock(state).era;
  const auto p = params(state);
  if (era == 0) {
    const auto r = kReputations.get(state, who);  // only a bar can have written one
    return r ? Score{0} : p.reputation_start;
  }
  return reputation(history_at(state, who, era - 1, p));
}

void bar(State& state, const AccountId& who, Era through) {
  const Era era = system::clock(state).era;
  const auto until = std::max(through, barred_through(state, who).value_or(0));
  store_history(state, who, era == 0 ? 0 : era - 1, ReputationHistory{}, until);
}

void count_votes(Context& ctx) {
  const auto clock = system::clock(ctx.state);
  if (clock.height < 2) return;
  const auto p = params(ctx.state);
  const Height parent = clock.height - 1;
  kRecent.put(ctx.state, static_cast<std::uint32_t>(parent % p.heartbeat_blocks),
              {parent, ctx.block.parent});
  const Era era = clock.era_begins() ? clock.era - 1 : clock.era;
  const auto committee = committee_of(ctx.state, era);
  if (!committee || ctx.block.signers.empty()) return;
  auto duty = kDuties.get_or_default(ctx.state, era);
  duty.members.resize(committee->members.size());
  ++duty.certificates;
  const auto count = std::min(duty.members.size(), ctx.block.signers.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (ctx.block.signers[i]) ++duty.members[i].votes;
  }
  kDuties.put(ctx.state, era, duty);
}

void count_block(Context& ctx) {
  const Era era = system::clock(ctx.state).era;
  const auto committee = committee_of(ctx.state, era);
  if (!committee) return;
  const auto index = committee_index(*committee, ctx.block.proposer);
  if (!index) return;
  auto duty = kDuties.get_or_default(ctx.state, era);
  duty.members.resize(committee->members.size());
  ++duty.members[*index].blocks;
  kDuties.put(ctx.state, era, duty);
}

void close_era(Context& ctx) {
  const auto clock = system::clock(ctx.state);
  if (clock.era == 0) return;
  const Era era = clock.era - 1;
  const auto p = params(ctx.state);
  auto result = results(ctx.state, era, p);
  std::uint64_t most = 0;
  for (const auto& m : result.members) most = std::max(most, m.points);
  EraClosed event{era, result.points, {}};
  for (auto& m : result.members) {
    const auto barred = barred_through(ctx.state, m.account);
    m.reputation = era_reputation(m.points, most, m.penalties);
    // Who was not on duty had no chance to earn much: at least the middle.
    if (!m.on_duty)
      m.reputation = std::max(m.reputation, less_penalties(p.reputation_start, m.penalties));
    if (barred && era <= *barred) m.reputation = 0;
    // era - 1 wraps in era 0, where history_at finds nothing to add.
    auto h = history_at(ctx.state, m.account, era == 0 ? 0 : era - 1, p);
    store_history(ctx.state, m.account, era, next_history(h, m.reputation), barred);
    if (m.absent) event.absent.push_back(m.account);
  }
  kEras.put(ctx.state, era, result);
  drop_era(ctx.state, era);
  ctx.events.emit(kModule, 4, event);
  // One era falls out of reach each era; governance may move the limit by more, hence a few.
  const auto old = [&](Era e) { return !staking::within_reach(ctx.state, e); };
  for (int i = 0; i < 4; ++i) {
    const auto first = kCommittees.keys(ctx.state, 1);
    if (first.empty() || std::get<0>(first.front()) >= era || !old(std::get<0>(first.front())))
      return;
    const auto [e] = first.front();
    kCommittees.erase(ctx.state, e);
    kElections.erase(ctx.state, e);
    kEras.erase(ctx.state, e);
    staking::forget_era(ctx.state, e);
  }
}

}  // namespace cess::election
