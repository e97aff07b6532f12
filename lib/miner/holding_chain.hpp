// SPDX-License-Identifier: Apache-2.0
// The chain of a holding duty, asked over a node's RPC. It believes the node.
#pragma once

#include <memory>

#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "miner/holding.hpp"

namespace cess::miner {

/// `rpc` and `key` (of the miner's account) outlive it. `go_on`: false ends what waits for a block.
std::unique_ptr<HoldingChain> open_holding_chain(client::Rpc& rpc, const AccountKey& key,
                                                 std::function<bool()> go_on);

}  // namespace cess::miner
