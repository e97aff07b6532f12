// SPDX-License-Identifier: Apache-2.0
// Calls and events of the miners module. The sender of a call is the miner itself, except in Adopt.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/miners/miners.hpp"

namespace cess::miners {

inline constexpr HoldReason kStake{kModule, 0};
/// operator, miner: the operator has said that this miner is its own.
inline constexpr StoredMap<bool, AccountId, AccountId> kAdopted{kModule, 6, "adopted"};
/// When a locked miner's exit begins.
inline constexpr StoredMap<bool, Height, AccountId> kTimers{kModule, 7, "timer"};
inline constexpr StoredMap<bool, AccountId> kLeaving{kModule, 8, "leaving"};
inline constexpr StoredMap<bool, AccountId> kCrowded{kModule, 9, "crowded"};

/// Call 0.
struct Register {
  std::optional<AccountId> operator_id;  ///< none: the miner itself; else it must have adopted it
  std::optional<AccountId> beneficiary;  ///< none: the miner
  std::string endpoint;
  IpAddress ip{};
  std::string region;
  std::optional<Place> place;
  std::array<std::uint8_t, 32> sign_key{};
  std::uint64_t declared = 0;  ///< bytes
  Amount stake = 0;            ///< at least what the declared space needs
  CESS_RECORD(operator_id, beneficiary, endpoint, ip, region, place, sign_key, declared, stake)
};
/// Call 1: what is absent stays.
struct Update {
  std::optional<std::string> endpoint;
  std::optional<IpAddress> ip;
  std::optional<std::string> region;
  std::optional<Place> place;
  std::optional<AccountId> beneficiary;
  std::optional<std::array<std::uint8_t, 32>> sign_key;
  CESS_RECORD(endpoint, ip, region, place, beneficiary, sign_key)
};
/// Call 2: pays the debt first; the rest is stake.
struct TopUp {
  Amount amount = 0;
  CESS_RECORD(amount)
};
/// Call 3: takes back stake above the requirement.
struct Unstake {
  Amount amount = 0;
  CESS_RECORD(amount)
};
/// Call 4: the new declared space, larger or smaller, and stake to add.
struct Declare {
  std::uint64_t declared = 0;
  Amount stake = 0;
  CESS_RECORD(declared, stake)
};
/// Call 5, by an operator.
struct Adopt {
  AccountId miner;
  CESS_RECORD(miner)
};
/// Call 6: announces the exit.
struct Exit {
  CESS_RECORD_EMPTY
};
/// Call 7: after cooling.
struct Withdraw {
  CESS_RECORD_EMPTY
};

/// Event 0.
struct Registered {
  AccountId miner;
  AccountId operator_id;
  std::uint64_t declared = 0;
  Amount stake = 0;
  CESS_RECORD(miner, operator_id, declared, stake)
};
/// Event 1.
struct StateChanged {
  AccountId miner;
  MinerState from = MinerState::not_ready;
  MinerState to = MinerState::not_ready;
  Height until = 0;
  CESS_RECORD(miner, from, to, until)
};
/// Event 2.
struct Fined {
  AccountId miner;
  Amount amount = 0;
  Amount taken = 0;  ///< from the stake; the rest is debt
  Amount debt = 0;
  CESS_RECORD(miner, amount, taken, debt)
};
/// Event 3.
struct StakeChanged {
  AccountId miner;
  Amount stake = 0;
  Amount debt = 0;
  CESS_RECORD(miner, stake, debt)
};
/// Event 4.
struct SpaceDeclared {
  AccountId miner;
  std::uint64_t declared = 0;
  CESS_RECORD(miner, declared)
};
/// Event 5.
struct Updated {
  AccountId miner;
  CESS_RECORD(miner)
};
/// Event 6.
struct Late {
  AccountId miner;
  std::uint32_t late_count = 0;
  CESS_RECORD(miner, late_count)
};
/// Event 7.
struct Withdrawn {
  AccountId miner;
  Amount released = 0;
  CESS_RECORD(miner, released)
};

// ---- between the files of this module

/// Stores `after` in place of `before` (nullptr: new) and keeps totals and weights.
void store(State& state, const AccountId& id, const Miner* before, const Miner& after);
/// Idle space and state as they follow from the rest; emits the change of state.
void settle(Context& ctx, const AccountId& id, const Params& params, Miner& miner);
void enter(Context& ctx, const AccountId& id, Miner& miner, MinerState state, Height until);
/// Removes from the lists; the record is stored by the caller afterwards.
void leave_lists(State& state, const Miner& miner);
Status check_miner_invariants(const State& state);

}  // namespace cess::miners
