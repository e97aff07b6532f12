// SPDX-License-Identifier: Apache-2.0
// show challenge: what a miner is asked now, as `cess-prove prove` reads it.
// show idle-challenge: what its fillers are asked now, as `cess-prove idle answer` reads it.
// show audit MINER EPOCH: what became of an audit, or, if the proof was rejected, the proof itself
// as `cess-prove verify` reads it.
#pragma once

#include "chain/client/rpc.hpp"

namespace cess {

/// Code::no if the miner had no audit in that epoch, or it is forgotten.
Result<Json> show_audit(client::Rpc& rpc, const std::string& miner, const std::string& epoch);

/// cess.challenge/1, or cess.no_challenge/1 with the reason.
Result<Json> show_challenge(client::Rpc& rpc, const std::string& miner);

/// cess.idle_challenge/1, of either round, cess.idle_commit_challenge/1, or cess.no_challenge/1
/// with the reason. A round comes before a commitment, which has more time.
Result<Json> show_idle_challenge(client::Rpc& rpc, const std::string& miner);

}  // namespace cess
