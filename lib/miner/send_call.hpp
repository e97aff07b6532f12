// SPDX-License-Identifier: Apache-2.0
// A daemon's call to the chain as a transaction that is waited for later.
#pragma once

#include "chain/client/send.hpp"
#include "miner/ports.hpp"

namespace cess::miner {

/// Signs and submits. `rpc` outlives the Pending; `go_on`: false ends its waiting.
template <class Call>
Result<Pending> send_call(client::Rpc& rpc, const AccountKey& key,
                          const std::function<bool()>& go_on, const std::string& name,
                          const Call& call) {
  // What stands in a block later than this is of no use.
  constexpr std::uint64_t kCallValidBlocks = 100;
  CESS_TRY_ASSIGN(client::CallData data, client::encode_call(name, call));
  client::SendOptions options;
  options.valid_blocks = kCallValidBlocks;
  CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc, key.id, std::move(data), options));
  const Txn txn = sign_txn(std::move(body), key);
  CESS_TRY(client::submit(rpc, txn));
  return [&rpc, go_on, txn]() -> Status {
    client::WaitOptions how;
    how.go_on = go_on;
    CESS_TRY_ASSIGN(const auto outcome, client::wait(rpc, txn, how));
    return client::require_ok(outcome);
  };
}

}  // namespace cess::miner
