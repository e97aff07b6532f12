// SPDX-License-Identifier: Apache-2.0
// R²S: who is on duty in which era. Times of an era, in system's clock:
//
//   whole era    points: blocks authored, votes in certificates, audits verified, draws served
//   up to 2/3    proposers' VRF outputs make the next era's seed
//   from there   submit_score: a VRF proof over that seed, the random part of the score
//   last epoch   heartbeat: a signed transaction that names a recent block
//   at 5/6       the election; the next committee is stored and its hash goes into headers
//   first block  of the next era: reputations of the last one are fixed, the new committee serves
//
// Score, weights and reputation: economy/r2s.hpp. Fit for election is who is a candidate with the
// least stake behind it, has keys that are old enough, beat within the last epoch, is not barred
// and has reputation. What happens with fewer of these than seats: DESIGN.md. An account that did
// not serve in an era and has no points starts in the middle for it.
#pragma once

#include "chain/state/election/keys.hpp"
#include "economy/r2s.hpp"

namespace cess::election {

constexpr std::uint32_t kSeatsMax = 64;  ///< as consensus/types.hpp

struct Params {
  std::uint32_t seats = 11;
  std::uint32_t seats_min = 4;     ///< with fewer the sitting committee stays
  std::uint32_t standby_max = 32;  ///< of those not elected this many are recorded, best first
  std::uint8_t weight_reputation = 50;
  std::uint8_t weight_stake = 30;
  std::uint8_t weight_random = 20;
  Score reputation_start = 5000;        ///< of newcomers, and for an era off duty
  Score reputation_floor = 1000;        ///< below it nobody is elected
  std::uint32_t heartbeat_blocks = 50;  ///< how old the named block may be
  std::uint32_t points_block = 10;
  std::uint32_t points_vote = 1;
  std::uint32_t points_audit = 4;
  std::uint32_t points_draw = 4;
  std::uint16_t present_share = 5000;  ///< of 10000 votes: missing more costs penalties
  std::uint16_t absent_share = 1000;   ///< below it, and without a block: absent
  CESS_RECORD(seats, seats_min, standby_max, weight_reputation, weight_stake, weight_random,
              reputation_start, reputation_floor, heartbeat_blocks, points_block, points_vote,
              points_audit, points_draw, present_share, absent_share)
  static Params dev() { return {}; }
};

/// Work of one member in the running era.
struct DutyCount {
  std::uint32_t blocks = 0;  ///< authored
  std::uint32_t votes = 0;   ///< signatures in certificates
  CESS_RECORD(blocks, votes)
};
struct Duty {
  std::uint32_t certificates = 0;
  std::vector<DutyCount> members;  ///< by index in the committee
  CESS_RECORD(certificates, members)
};
/// Work and failures that other modules report, of anybody.
struct Credit {
  std::uint32_t audits = 0;
  std::uint32_t draws = 0;
  std::uint32_t penalties = 0;
  CESS_RECORD(audits, draws, penalties)
};
/// What became of an era, member by member; written when the next one begins.
struct MemberResult {
  AccountId account;
  std::uint64_t points = 0;
  std::uint32_t blocks = 0;
  std::uint32_t votes = 0;
  std::uint32_t penalties = 0;
  Score reputation = 0;  ///< of this era
  bool on_duty = false;
  bool absent = false;
  CESS_RECORD(account, points, blocks, votes, penalties, reputation, on_duty, absent)
};
struct EraResult {
  std::uint32_t certificates = 0;
  std::uint64_t points = 0;           ///< sum
  std::vector<MemberResult> members;  ///< committee in its order, then others who had credit
  CESS_RECORD(certificates, points, members)
};

struct Reputation {
  Era newest = 0;                     ///< era of the first score
  std::vector<Score> scores;          ///< kReputationEras of them, newest first
  std::optional<Era> barred_through;  ///< elections up to that of this era are closed
  CESS_RECORD(newest, scores, barred_through)
};
struct RecentBlock {
  Height height = 0;
  Hash256 hash;
  CESS_RECORD(height, hash)
};

enum class Outcome : std::uint8_t {
  elected,  ///< as many fit candidates as seats
  filled,   ///< fewer: sitting members who vote keep a seat, or seats stay empty
  kept,     ///< too few in all: the sitting committee stays as it is
};
inline constexpr std::array kOutcomeNames = {"elected", "filled", "kept"};
constexpr auto& record_names(Outcome) { return kOutcomeNames; }

enum class Place : std::uint8_t { elected, kept, standby };
inline constexpr std::array kPlaceNames = {"elected", "kept", "standby"};
constexpr auto& record_names(Place) { return kPlaceNames; }

struct Ranked {
  AccountId account;
  Place place = Place::standby;
  Score reputation = 0;
  Score stake = 0;
  Score random = 0;
  Score total = 0;
  Amount backing = 0;
  CESS_RECORD(account, place, reputation, stake, random, total, backing)
};
/// How the committee of an era came to be.
struct Election {
  Height height = 0;
  Outcome outcome = Outcome::elected;
  std::uint32_t candidates = 0;
  std::uint32_t fit = 0;
  std::uint32_t seats = 0;
  std::vector<Ranked> ranking;  ///< the committee in its order, then standby, best first
  CESS_RECORD(height, outcome, candidates, fit, seats, ranking)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Height, AccountId> kHeartbeats{kModule, 3, "heartbeat"};
inline constexpr StoredMap<Score, Era, AccountId> kScores{kModule, 4, "score"};
inline constexpr StoredMap<Duty, Era> kDuties{kModule, 5, "duty"};
inline constexpr StoredMap<Credit, Era, AccountId> kCredits{kModule, 6, "credit"};
inline constexpr StoredMap<EraResult, Era> kEras{kModule, 7, "era"};
inline constexpr StoredMap<Reputation, AccountId> kReputations{kModule, 8, "reputation"};
inline constexpr StoredMap<Committee, Era> kCommittees{kModule, 9, "committee"};
inline constexpr StoredMap<Election, Era> kElections{kModule, 10, "election"};
inline constexpr StoredMap<RecentBlock, std::uint32_t> kRecent{kModule, 11, "recent_block"};

// ---- for the node and other modules

/// The committee of an era: of the current one always, of the next once it is elected, of earlier
/// ones as long as their offences can be punished.
std::optional<Committee> committee_of(const State& state, Era era);
/// Hash of the next era's committee for the header (types/header.hpp); zero before the election.
Hash256 next_committee_hash(const State& state);
std::optional<std::uint32_t> committee_index(const Committee& committee, const AccountId& who);
bool is_on_duty(const State& state, const AccountId& who);

enum class CreditKind : std::uint8_t { audit, draw, penalty };
/// Counts work or failure of `who` in the current era.
void credit(State& state, const AccountId& who, CreditKind kind, std::uint32_t count = 1);
std::uint64_t points(const Params& params, const DutyCount& duty, const Credit& credit);

/// Average over the last five closed eras.
Score reputation_of(const State& state, const AccountId& who);
/// No reputation left, no election up to and including that of the era `through`.
void bar(State& state, const AccountId& who, Era through);

/// Why somebody cannot be elected now, in the order of checks; fit if nothing hinders.
enum class Fitness : std::uint8_t {
  fit,
  not_candidate,
  low_stake,
  no_keys,
  keys_too_new,
  barred,
  low_reputation,
  no_heartbeat
};
inline constexpr std::array kFitnessNames = {
    "fit",          "not a candidate", "too little stake", "no keys",
    "keys too new", "barred",          "low reputation",   "no heartbeat"};
constexpr auto& record_names(Fitness) { return kFitnessNames; }
Fitness fitness(const State& state, const AccountId& who);

/// All there is to know of one validator at this moment, for people.
struct ValidatorStatus {
  Fitness fitness = Fitness::not_candidate;
  bool on_duty = false;
  std::optional<bool> elected_next;  ///< absent before the election
  Amount own = 0;
  Amount nominated = 0;
  std::uint32_t nominators = 0;
  std::optional<std::uint16_t> commission;  ///< of candidates
  std::optional<Keys> keys;                 ///< of this era's election
  std::optional<Keys> next_keys;            ///< from the next era on, if others
  std::optional<Height> heartbeat;          ///< block of the last one
  Score reputation = 0;
  std::vector<Score> history;  ///< as last written, newest first
  std::optional<Era> barred_through;
  CESS_RECORD(fitness, on_duty, elected_next, own, nominated, nominators, commission, keys,
              next_keys, heartbeat, reputation, history, barred_through)
};
ValidatorStatus validator_status(const State& state, const AccountId& who);

/// What candidates prove with their VRF key from 2/3 of the era on; nullopt before, and after the
/// election: "CESS-VRF-SCORE-v1" ‖ genesis ‖ LE64 next era ‖ its seed.
std::optional<Bytes> score_alpha(const State& state, const Hash256& genesis);

// ---- calls

/// Call 1: the sender's node follows the chain. `height` and `hash` name one of the last blocks.
struct Heartbeat {
  Height height = 0;
  Hash256 hash;
  CESS_RECORD(height, hash)
};
/// Call 2: once per era, over score_alpha.
struct SubmitScore {
  std::array<std::uint8_t, 80> proof{};
  CESS_RECORD(proof)
};

// ---- events

/// Event 0 keys_registered.
struct KeysRegistered {
  AccountId account;
  Era from = 0;
  CESS_RECORD(account, from)
};
/// Event 1 heartbeat.
struct Beat {
  AccountId account;
  CESS_RECORD(account)
};
/// Event 2 score_submitted.
struct ScoreSubmitted {
  AccountId account;
  Era era = 0;
  Score random = 0;
  CESS_RECORD(account, era, random)
};
/// Event 3 committee_elected.
struct CommitteeElected {
  Era era = 0;
  Hash256 hash;
  Outcome outcome = Outcome::elected;
  std::vector<AccountId> members;
  CESS_RECORD(era, hash, outcome, members)
};
/// Event 4 era_closed.
struct EraClosed {
  Era era = 0;
  std::uint64_t points = 0;
  std::vector<AccountId> absent;
  CESS_RECORD(era, points, absent)
};

/// "genesis"."election": candidates of genesis.staking with keys. The first `seats` of them serve
/// in era 0. Possession of the BLS key is checked; the rest is what everybody agreed on.
struct GenesisValidator {
  AccountId account;
  Keys keys;
  std::array<std::uint8_t, 48> bls_possession{};
  CESS_RECORD(account, keys, bls_possession)
};
struct Genesis {
  std::vector<GenesisValidator> validators;
  CESS_RECORD(validators)
};

}  // namespace cess::election
