// SPDX-License-Identifier: Apache-2.0
// show audit MINER EPOCH: what became of an audit, or, if the proof was rejected, the proof itself
// as `cess-prove verify` reads it.
#pragma once

#include "rpc.hpp"

namespace cess {

/// Code::no if the miner had no audit in that epoch, or it is forgotten.
Result<Json> show_audit(RpcClient& rpc, const std::string& miner, const std::string& epoch);

}  // namespace cess
