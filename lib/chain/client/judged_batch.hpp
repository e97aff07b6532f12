// SPDX-License-Identifier: Apache-2.0
// A batch of fillers that is on trial or was: what its miner committed to and was asked, from the
// chain, so that anybody can judge its proof again as long as the miner keeps it.
#pragma once

#include "chain/client/idle.hpp"

namespace cess::client {

struct JudgedBatch {
  pois::BatchDocument asked;  ///< with the beacon
  Hash256 digest;             ///< SHA-256 of the proof
  idle_space::Outcome outcome = idle_space::Outcome::open;
};
/// The newest batch of `miner` whose first filler is number `first` (one that was not accepted may
/// be followed by another) and whose proof was announced. A judged one is found by its events, its
/// commitments in the block that holds the transaction. Code::no when there is none, or its
/// record has gone (idle_space::Params::kept_ms); Code::peer: the node has not kept the block, or
/// it is another's.
Result<JudgedBatch> judged_batch(Rpc& rpc, const IdleView& now, const AccountId& miner,
                                 std::uint64_t first);

}  // namespace cess::client
