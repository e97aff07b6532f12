// SPDX-License-Identifier: Apache-2.0
// Between the files of this module.
#pragma once

#include "chain/state/idle/idle.hpp"

namespace cess::idle_space {

inline tl::unexpected<Error> refuse(std::string why) { return fail(Code::no, std::move(why)); }

// ---- space.cpp

/// Stores `space` and what miners must know of it; keeps the old one for an open snapshot.
/// `proven`: capacity shown, as it shall be.
void put_space(Context& ctx, const AccountId& miner, const Space& before, const Space& after,
               std::uint64_t proven);
/// An accepted batch: slack is used first, the rest grows the capacity.
void grow(Context& ctx, const AccountId& miner, const std::vector<Hash256>& comms);
/// Takes [first, end) out of the live set. Code::no.
Status make_hole(Context& ctx, const AccountId& miner, const DeclareHole& hole);
/// Fillers of all crowded miners.
void give_way(Context& ctx);

// ---- trial.cpp

/// Ends a stage and begins another that lasts `blocks`, at most until `latest`.
void enter(Context& ctx, const AccountId& miner, Kind kind, std::uint64_t number, Epoch epoch,
           Trial& trial, Stage stage, std::uint64_t blocks, Height latest);
/// Stages that end with this block's begin.
void run_timers(Context& ctx);
Status run_prove(Context& ctx, const Prove& call);
Status run_verdict(Context& ctx, const Verdict& call);
/// Last height at which an epoch's verdict is taken; 0: its round is over.
Height latest_of(const State& state, Epoch epoch);

// ---- calls.cpp

Status run_commit(Context& ctx, const Commit& call);
Status run_answer(Context& ctx, const Answer& call);
Status run_hole(Context& ctx, const DeclareHole& call);
Status run_retry(Context& ctx, const Retry& call);
Status run_appoint(Context& ctx, const Appoint& call);
/// The sender, if its fillers are asked for.
Result<miners::Miner> sender(const Context& ctx);

// ---- check.cpp

Status check(const State& state);

}  // namespace cess::idle_space
