// SPDX-License-Identifier: Apache-2.0
// show mempool: what waits at a node.
#pragma once

#include <string>
#include <vector>

#include "chain/client/rpc.hpp"

namespace cess {

/// How full the node's pool is; what waits in it of one account, if one is named.
Result<Json> show_mempool(client::Rpc& rpc, const std::vector<std::string>& who);

}  // namespace cess
