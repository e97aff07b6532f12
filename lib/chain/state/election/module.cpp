// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "chain/state/election/detail.hpp"
#include "chain/state/staking/staking.hpp"

namespace cess {
namespace election {
namespace {

Status check_params(const Params& p) {
  const auto want = [](bool ok, const char* what, const char* field) {
    return detail::json_wants(ok, what, std::string("election: ") + field);
  };
  CESS_TRY(want(p.seats >= 1 && p.seats <= kSeatsMax, "1 to 64", "seats"));
  CESS_TRY(want(p.seats_min >= 1 && p.seats_min <= p.seats, "1 to seats", "seats_min"));
  CESS_TRY(want(p.standby_max <= 1000, "at most 1000", "standby_max"));
  CESS_TRY(want(p.weight_reputation + p.weight_stake + p.weight_random == 100, "a sum of 100",
                "weight_reputation, weight_stake, weight_random"));
  CESS_TRY(want(p.reputation_start <= kScoreMax, "at most 10000", "reputation_start"));
  CESS_TRY(want(p.reputation_floor <= p.reputation_start, "at most reputation_start",
                "reputation_floor"));
  CESS_TRY(want(p.heartbeat_blocks >= 1 && p.heartbeat_blocks <= 10'000, "1 to 10000",
                "heartbeat_blocks"));
  return want(p.absent_share <= p.present_share && p.present_share <= 10'000,
              "absent_share <= present_share <= 10000", "present_share");
}

class ElectionModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "election"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<RegisterKeys>(0, "register_keys", 2'500'000, register_keys),
            make_call<Heartbeat>(1, "heartbeat", 20'000, heartbeat),
            make_call<SubmitScore>(2, "submit_score", 400'000, submit_score)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<KeysRegistered>(0, "keys_registered"), make_event<Beat>(1, "heartbeat"),
            make_event<ScoreSubmitted>(2, "score_submitted"),
            make_event<CommitteeElected>(3, "committee_elected"),
            make_event<EraClosed>(4, "era_closed")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams),     make_item(kKeys),      make_item(kKeyOwners),
            make_item(kHeartbeats), make_item(kScores),    make_item(kDuties),
            make_item(kCredits),    make_item(kEras),      make_item(kReputations),
            make_item(kCommittees), make_item(kElections), make_item(kRecent)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }

  Status genesis(State& state, const Json& section) const override {
    Genesis g;
    if (!section.is_null()) CESS_TRY(from_json_value(section, g, "genesis.election"));
    const auto p = params(state);
    Committee committee{0, system::era_seed(state), {}};
    for (const auto& v : g.validators) {
      const std::string what = "genesis.election: " + to_ss58(v.account);
      CESS_TRY(detail::json_wants(staking::is_candidate(state, v.account),
                                  "a candidate of genesis.staking", what));
      CESS_TRY(detail::json_wants(!kKeys.has(state, v.account), "an account once", what));
      const auto key = bls::PublicKey::parse(v.keys.bls_key);
      const auto possession = bls::Signature::parse(v.bls_possession);
      CESS_TRY(detail::json_wants(key && possession && bls::verify_possession(*key, *possession),
                                  "a BLS key with its proof of possession", what));
      CESS_TRY(detail::json_wants(vrf_key_valid(v.keys.vrf_key), "a valid VRF key", what));
      CESS_TRY(store_keys(state, v.account, v.keys, 0));
      if (committee.members.size() == p.seats) continue;
      committee.members.push_back({v.account, v.keys.bls_key, v.keys.vrf_key, v.keys.node_key});
      staking::expose(state, 0, v.account);
    }
    kCommittees.put(state, 0, committee);
    return {};
  }

  void begin_block(Context& ctx) const override {
    count_votes(ctx);
    if (system::clock(ctx.state).era_begins()) close_era(ctx);
    count_block(ctx);
  }
  void end_block(Context& ctx) const override {
    const auto clock = system::clock(ctx.state);
    if (clock.height == clock.committee_height()) elect(ctx);
  }
  Status check_invariants(const State& state) const override { return check(state); }
};

}  // namespace

Params params(const State& state) { return *kParams.get(state); }

Status check(const State& state) {
  const auto clock = system::clock(state);
  const auto want = [](bool ok, const char* what) {
    return detail::json_wants(ok, what, "election");
  };
  CESS_TRY(want(kCommittees.has(state, clock.era), "a committee of the running era"));
  CESS_TRY(want(kCommittees.has(state, clock.era + 1) == (clock.height >= clock.committee_height()),
                "the next committee from the election on"));
  Status status;
  kCommittees.scan(state, [&](const auto& key, const Committee& c) {
    std::set<AccountId> accounts;
    std::set<std::array<std::uint8_t, 96>> keys;
    for (const auto& m : c.members) {
      accounts.insert(m.account);
      keys.insert(m.bls_key);
      status = want(staking::kExposures.has(state, std::get<0>(key), m.account),
                    "an exposure of every member");
      if (!status) return false;
    }
    status = want(accounts.size() == c.members.size() && keys.size() == c.members.size() &&
                      c.members.size() <= kSeatsMax,
                  "distinct members with distinct keys");
    return status.has_value();
  });
  return status;
}

}  // namespace election

std::unique_ptr<Module> make_election_module() {
  return std::make_unique<election::ElectionModule>();
}

}  // namespace cess
