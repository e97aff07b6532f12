// SPDX-License-Identifier: Apache-2.0
// Inside of staking: who stands behind whom, kept so that backing never has to be added up anew.
//   supporter (t, s, n) is stored  <=>  nomination(n).share = s and t is among its targets
//   backing(t) = sum and count of these
#pragma once

#include "chain/state/staking/staking.hpp"

namespace cess::staking {

/// Ends the nomination of `nominator`, if there is one.
void drop_nomination(State& state, const AccountId& nominator);
/// Spreads the active bond anew over the same targets, after the bond changed. A nomination whose
/// share would be nothing ends.
void spread_again(State& state, const AccountId& nominator);
/// Nominates; `targets` are checked, distinct and not empty. Fails, and may have changed
/// something, if a target is full of nominators as large.
Status spread(Context& ctx, const AccountId& nominator, const std::vector<AccountId>& targets);
/// Stores a ledger, or erases an empty one.
void store_ledger(State& state, const AccountId& who, const Ledger& ledger);
Params params(const State& state);
/// Pays out at most params.payouts_per_block shares.
void pay_out(Context& ctx);
Status check(const State& state);

// The calls.
Status bond(Context& ctx, const Bond& args);
Status bond_extra(Context& ctx, const BondExtra& args);
Status unbond(Context& ctx, const Unbond& args);
Status withdraw_unbonded(Context& ctx, const WithdrawUnbonded& args);
Status validate(Context& ctx, const Validate& args);
Status chill_call(Context& ctx, const Chill& args);
Status nominate(Context& ctx, const Nominate& args);
/// All that the calls check, without an event: also for genesis.
Status set_candidate(State& state, const AccountId& who, std::uint16_t commission, Era era);
Status check_targets(const State& state, const AccountId& who,
                     const std::vector<AccountId>& targets);

}  // namespace cess::staking
