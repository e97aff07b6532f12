// SPDX-License-Identifier: Apache-2.0
// Inside of election.
#pragma once

#include "chain/state/election/election.hpp"
#include "chain/state/system/system.hpp"

namespace cess::election {

Params params(const State& state);
std::optional<Era> barred_through(const State& state, const AccountId& who);
/// Whether `member` of the running committee signed at least `share` of 10000 certificates.
bool votes_at_least(const Duty& duty, std::uint32_t member, std::uint16_t share);

/// Counts who signed the parent, and remembers the parent for heartbeats.
void count_votes(Context& ctx);
/// Counts the block for its proposer.
void count_block(Context& ctx);
/// First block of an era: results and reputations of the one before, and what is too old goes.
void close_era(Context& ctx);
/// The election at committee_height().
void elect(Context& ctx);
Status check(const State& state);

// The calls.
Status register_keys(Context& ctx, const RegisterKeys& args);
Status heartbeat(Context& ctx, const Heartbeat& args);
Status submit_score(Context& ctx, const SubmitScore& args);

}  // namespace cess::election
