// SPDX-License-Identifier: Apache-2.0
// The calls of election, and what the node and other modules read.
#include <algorithm>

#include "chain/state/election/detail.hpp"
#include "chain/state/staking/staking.hpp"

namespace cess::election {
namespace {

Status need(bool ok, const char* act, const char* why) {
  if (ok) return {};
  return fail(Code::input, std::string(act) + ": " + why);
}

}  // namespace

Status register_keys(Context& ctx, const RegisterKeys& args) {
  const auto& who = ctx.origin.account;
  CESS_TRY(verify_registration(ctx.genesis, who, args));
  const Era from = system::clock(ctx.state).era + 1;
  CESS_TRY(store_keys(ctx.state, who, args.keys, from));
  ctx.events.emit(kModule, 0, KeysRegistered{who, from});
  return {};
}

Status heartbeat(Context& ctx, const Heartbeat& args) {
  const auto& who = ctx.origin.account;
  const char* act = "cannot beat";
  CESS_TRY(need(staking::is_candidate(ctx.state, who), act, "the sender is no candidate"));
  CESS_TRY(need(kKeys.has(ctx.state, who), act, "the sender has no keys"));
  const auto limit = params(ctx.state).heartbeat_blocks;
  const auto named = kRecent.get(ctx.state, static_cast<std::uint32_t>(args.height % limit));
  CESS_TRY(need(named && named->height == args.height && args.height + limit >= ctx.block.height,
                act, "the named block is not a recent one"));
  CESS_TRY(need(named->hash == args.hash, act, "the named block has another hash"));
  kHeartbeats.put(ctx.state, who, ctx.block.height);
  ctx.events.emit(kModule, 1, Beat{who});
  return {};
}

Status submit_score(Context& ctx, const SubmitScore& args) {
  const auto& who = ctx.origin.account;
  const char* act = "cannot submit a score";
  const Era era = system::clock(ctx.state).era;
  CESS_TRY(need(staking::is_candidate(ctx.state, who), act, "the sender is no candidate"));
  const auto keys = keys_at(ctx.state, who, era);
  CESS_TRY(need(keys.has_value(), act, "the sender has no keys, or they are too new"));
  const auto alpha = score_alpha(ctx.state, ctx.genesis);
  CESS_TRY(need(alpha.has_value(), act, "not between the seed and the election"));
  CESS_TRY(need(!kScores.has(ctx.state, era, who), act, "there is one already"));
  const auto output = vrf_verify(keys->vrf_key, *alpha, args.proof);
  CESS_TRY(need(output.has_value(), act, "the proof is wrong"));
  std::array<std::uint8_t, 8> head{};
  std::copy_n(std::begin(*output), head.size(), head.begin());
  const Score random = random_score(head);
  kScores.put(ctx.state, era, who, random);
  ctx.events.emit(kModule, 2, ScoreSubmitted{who, era + 1, random});
  return {};
}

std::optional<Bytes> score_alpha(const State& state, const Hash256& genesis) {
  const auto clock = system::clock(state);
  const auto seed = system::next_era_seed(state);
  if (!seed || kCommittees.has(state, clock.era + 1)) return std::nullopt;
  Bytes out;
  append(out, "CESS-VRF-SCORE-v1");
  append(out, genesis.view());
  append(out, encode_scale(clock.era + 1));
  append(out, seed->view());
  return out;
}

std::optional<Committee> committee_of(const State& state, Era era) {
  return kCommittees.get(state, era);
}

Hash256 next_committee_hash(const State& state) {
  const auto next = kCommittees.get(state, system::clock(state).era + 1);
  return next ? committee_hash(*next) : Hash256{};
}

std::optional<std::uint32_t> committee_index(const Committee& committee, const AccountId& who) {
  for (std::uint32_t i = 0; i < committee.members.size(); ++i) {
    if (committee.members[i].account == who) return i;
  }
  return std::nullopt;
}

bool is_on_duty(const State& state, const AccountId& who) {
  const auto committee = committee_of(state, system::clock(state).era);
  return committee && committee_index(*committee, who);
}

ValidatorStatus validator_status(const State& state, const AccountId& who) {
  const Era era = system::clock(state).era;
  ValidatorStatus v;
  v.fitness = fitness(state, who);
  v.on_duty = is_on_duty(state, who);
  if (const auto next = committee_of(state, era + 1))
    v.elected_next = committee_index(*next, who).has_value();
  v.own = staking::kLedgers.get_or_default(state, who).active;
  const auto backing = staking::kBackings.get_or_default(state, who);
  v.nominated = backing.nominated;
  v.nominators = backing.nominators;
  if (const auto c = staking::kCandidates.get(state, who)) v.commission = c->commission;
  v.keys = keys_at(state, who, era);
  const auto next_keys = keys_at(state, who, era + 1);
  if (next_keys != v.keys) v.next_keys = next_keys;
  v.heartbeat = kHeartbeats.get(state, who);
  v.reputation = reputation_of(state, who);
  if (const auto r = kReputations.get(state, who)) {
    v.history = r->scores;
    v.barred_through = r->barred_through;
  }
  return v;
}

}  // namespace cess::election
