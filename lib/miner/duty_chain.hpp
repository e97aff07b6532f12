// SPDX-License-Identifier: Apache-2.0
// The chain of a restoral duty, asked over a node's RPC. It believes the node: a lie costs a fee,
// or an order that is left to others.
#pragma once

#include <memory>

#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "miner/ports.hpp"

namespace cess::miner {

/// `rpc` and `key` (of the miner's account) outlive it. `go_on`: false ends what waits for a block.
std::unique_ptr<DutyChain> open_duty_chain(client::Rpc& rpc, const AccountKey& key,
                                           const Hash256& genesis, std::function<bool()> go_on);

}  // namespace cess::miner
