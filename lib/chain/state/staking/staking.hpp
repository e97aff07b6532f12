// SPDX-License-Identifier: Apache-2.0
// Stake: bonds, nominations, what stands behind a validator in an era, and how reward and slash are
// shared. An account bonds money (a hold of accounts, reason kBonded) and is then a candidate or a
// nominator or nothing. A nominator's active bond is split evenly over its targets.
//
//   held for kBonded = ledger.active + sum of ledger.unbonding       (every account, every block)
//
// What was at stake in an era is written down when its committee is elected (Exposure) and can be
// slashed until the bonds of that time can have been withdrawn. Work per block is bounded: backing
// is kept up to date call by call, rewards are paid out by a queue. Errors are Code::input.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "economy/shares.hpp"

namespace cess::staking {

inline constexpr ModuleId kModule = 3;
inline constexpr HoldReason kBonded{kModule, 0};
inline constexpr PoolId kPayoutPool{kModule, 0};  ///< rewards on their way: sum of Payout::left

struct Params {
  /// Own plus nominated, to be elected.
  Amount candidate_stake_min = Amount{3'000'000} * kBaseUnitsPerToken;
  /// Own, to be a candidate.
  Amount candidate_bond_min = Amount{300'000} * kBaseUnitsPerToken;
  Amount nominator_bond_min = Amount{100} * kBaseUnitsPerToken;
  std::uint32_t candidates_max = 1000;
  std::uint32_t nominations_max = 16;     ///< targets of one nominator
  std::uint32_t nominators_max = 512;     ///< of one candidate; the smallest gives way
  std::uint32_t unbonding_max = 32;       ///< unbondings of one account at a time
  std::uint32_t unbonding_eras = 112;     ///< 28 days of 6 hours
  std::uint32_t payouts_per_block = 200;  ///< shares of rewards paid out in one block
  CESS_RECORD(candidate_stake_min, candidate_bond_min, nominator_bond_min, candidates_max,
              nominations_max, nominators_max, unbonding_max, unbonding_eras, payouts_per_block)
  static Params dev() {
    Params p;
    p.candidate_stake_min = p.candidate_bond_min = p.nominator_bond_min = kBaseUnitsPerToken;
    p.unbonding_eras = 28;
    return p;
  }
};

struct Unbonding {
  Amount amount = 0;
  Era since = 0;
  Era until = 0;  ///< from this era on it may be withdrawn
  CESS_RECORD(amount, since, until)
};
struct Ledger {
  Amount active = 0;
  std::vector<Unbonding> unbonding;  ///< oldest first
  CESS_RECORD(active, unbonding)
};
/// Who wants to be elected.
struct Candidate {
  std::uint16_t commission = 0;  ///< of 10000 of a reward, before it is shared
  Era since = 0;
  CESS_RECORD(commission, since)
};
struct Nomination {
  Amount share = 0;  ///< behind each target: floor(active / targets)
  std::vector<AccountId> targets;
  CESS_RECORD(share, targets)
};
/// What nominators put behind an account; its own bond is in its ledger.
struct Backing {
  Amount nominated = 0;
  std::uint32_t nominators = 0;
  CESS_RECORD(nominated, nominators)
};
struct ExposedStake {
  AccountId nominator;
  Amount amount = 0;
  CESS_RECORD(nominator, amount)
};
/// What stands behind a member of the committee for one era.
struct Exposure {
  Amount own = 0;
  std::uint16_t commission = 0;
  Amount slashed = 0;  ///< so far, of all of it
  std::vector<ExposedStake> nominators;
  CESS_RECORD(own, commission, slashed, nominators)
  [[nodiscard]] Amount total() const {
    Amount sum = own;
    for (const auto& n : nominators) sum += n.amount;
    return sum;
  }
};
/// A reward that is being paid out.
struct Payout {
  Era era = 0;
  AccountId validator;
  Amount shared = 0;       ///< what remained after commission
  Amount left = 0;         ///< not paid yet
  std::uint32_t next = 0;  ///< next nominator of the exposure; the validator is last
  CESS_RECORD(era, validator, shared, left, next)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Ledger, AccountId> kLedgers{kModule, 1, "ledger"};
inline constexpr StoredMap<Candidate, AccountId> kCandidates{kModule, 2, "candidate"};
inline constexpr StoredValue<std::uint32_t> kCandidateCount{kModule, 3, "candidate_count"};
inline constexpr StoredMap<Nomination, AccountId> kNominations{kModule, 4, "nomination"};
inline constexpr StoredMap<Backing, AccountId> kBackings{kModule, 5, "backing"};
/// (candidate, share, nominator): the smallest share of a candidate comes first.
inline constexpr StoredMap<bool, AccountId, Amount, AccountId> kSupporters{kModule, 6, "supporter"};
inline constexpr StoredMap<Exposure, Era, AccountId> kExposures{kModule, 7, "exposure"};
inline constexpr StoredMap<Payout, std::uint64_t> kPayouts{kModule, 8, "payout"};
inline constexpr StoredValue<std::uint64_t> kPayoutNext{kModule, 9, "payout_next"};

// ---- for other modules

bool is_candidate(const State& state, const AccountId& who);
/// Own bond plus what is nominated.
Amount backing(const State& state, const AccountId& who);
/// All candidates with their backing, in order of account.
std::vector<std::pair<AccountId, Amount>> candidates(const State& state);

/// Writes down what stands behind `validator`, for `era`.
void expose(State& state, Era era, const AccountId& validator);
/// Drops what was written down for an era whose offences are out of reach.
void forget_era(State& state, Era era);
/// Whether stake of `era` is still bonded for sure, so that an offence in it can be punished now.
bool within_reach(const State& state, Era era);

/// Takes `amount` out of the pool and shares it among those exposed for `validator` in `era`, over
/// the next blocks. Without an exposure all of it is the validator's.
Status reward(Context& ctx, Era era, const AccountId& validator, PoolId from, Amount amount);
/// Slashes what was exposed, pro rata, into the pool `to`: at most what is left of the exposure and
/// of the bonds. Returns what was taken.
Amount slash(Context& ctx, Era era, const AccountId& validator, Amount amount, PoolId to);
/// Ends being a candidate or nominator, if `who` is one.
void chill(Context& ctx, const AccountId& who);

// ---- calls

/// Call 0: the first bond of an account.
struct Bond {
  Amount amount = 0;
  CESS_RECORD(amount)
};
/// Call 1: more of it.
struct BondExtra {
  Amount amount = 0;
  CESS_RECORD(amount)
};
/// Call 2: starts the wait. A candidate or nominator keeps its least bond, or chills first.
struct Unbond {
  Amount amount = 0;
  CESS_RECORD(amount)
};
/// Call 3: frees what has waited long enough.
struct WithdrawUnbonded {
  CESS_RECORD_EMPTY
};
/// Call 4: be a candidate from now on, or change the commission. Ends nominations.
struct Validate {
  std::uint16_t commission = 0;
  CESS_RECORD(commission)
};
/// Call 5: be neither candidate nor nominator.
struct Chill {
  CESS_RECORD_EMPTY
};
/// Call 6: stand behind candidates. Replaces earlier nominations; ends being a candidate. Where a
/// candidate has all the nominators it may have, the smallest gives way to a larger one.
struct Nominate {
  std::vector<AccountId> targets;
  CESS_RECORD(targets)
};

// ---- events

/// Events 0 bonded, 2 withdrawn.
struct Moved {
  AccountId account;
  Amount amount = 0;
  CESS_RECORD(account, amount)
};
/// Event 1 unbonded.
struct Unbonded {
  AccountId account;
  Amount amount = 0;
  Era until = 0;
  CESS_RECORD(account, amount, until)
};
/// Event 3 candidate.
struct CandidateSet {
  AccountId account;
  std::uint16_t commission = 0;
  CESS_RECORD(account, commission)
};
/// Event 4 chilled.
struct Chilled {
  AccountId account;
  CESS_RECORD(account)
};
/// Event 5 nominated.
struct Nominated {
  AccountId account;
  std::vector<AccountId> targets;
  Amount share = 0;
  CESS_RECORD(account, targets, share)
};
/// Event 6 displaced: a larger nominator took the place.
struct Displaced {
  AccountId nominator;
  AccountId candidate;
  CESS_RECORD(nominator, candidate)
};
/// Events 7 rewarded: the sum for a validator and its nominators; 9 slashed, of one account.
struct Rewarded {
  Era era = 0;
  AccountId validator;
  Amount amount = 0;
  CESS_RECORD(era, validator, amount)
};
/// Event 8 paid: a share of a reward; 9 slashed: a share of a slash.
struct Share {
  Era era = 0;
  AccountId validator;
  AccountId account;
  Amount amount = 0;
  CESS_RECORD(era, validator, account, amount)
};

/// "genesis"."staking": {"stakers": […]}; the bonds come out of the accounts' balances. Who has a
/// commission is a candidate, who has targets nominates them.
struct GenesisStaker {
  AccountId account;
  Amount bond = 0;
  std::optional<std::uint16_t> commission;
  std::optional<std::vector<AccountId>> targets;
  CESS_RECORD(account, bond, commission, targets)
};
struct Genesis {
  std::vector<GenesisStaker> stakers;
  CESS_RECORD(stakers)
};

}  // namespace cess::staking
