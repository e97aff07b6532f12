// SPDX-License-Identifier: Apache-2.0
// The chain of a transfer, asked over a node's RPC. It believes the node: what it says about files
// is checked by roots and digests, and a lie costs no more than an attempt.
#pragma once

#include <memory>

#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "transfer/ports.hpp"

namespace cess::transfer {

/// `rpc` and `key` outlive it. Without a key, report() is Code::usage.
Result<std::unique_ptr<ChainPort>> open_chain(client::Rpc& rpc, const AccountKey* key);

}  // namespace cess::transfer
