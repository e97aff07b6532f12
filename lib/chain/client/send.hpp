// SPDX-License-Identifier: Apache-2.0
// A transaction's way: made, signed, sent, waited for. Calls are named as everywhere
// ("files.declare") and their arguments are the state machine's records:
//
//   const auto outcome = client::send(rpc, key, "miners.register", miners::Register{…});
//
// Blocking, one thread. Several processes that send with one key at once may pick the same nonce;
// one of them is then refused (Code::input).
#pragma once

#include <functional>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/types/account_key.hpp"

namespace cess::client {

/// One call, as it stands in a transaction.
struct CallData {
  ModuleId module = 0;
  std::uint8_t call = 0;
  Bytes args;
};
/// All modules of this build, made once; pure, any thread.
const Runtime& runtime();
/// `args` must be the call's record, field by field (else, or for an unknown name: Code::usage).
Result<CallData> encode_call(const std::string& name, const std::vector<FieldInfo>& fields,
                             Bytes args);
template <Record A>
Result<CallData> encode_call(const std::string& name, const A& args) {
  return encode_call(name, fields_of<A>(), encode_scale(args));
}
/// From JSON, as people write it.
Result<CallData> call_from_json(const std::string& name, const Json& args);

struct SendOptions {
  Amount tip = 0;                     ///< base units on top of the fee
  std::uint64_t valid_blocks = 1000;  ///< until it expires
  /// Of a transaction that waits, to replace it; else the one after what waits in the node's pool.
  std::optional<std::uint64_t> nonce = {};
};
/// The unsigned transaction: chain, nonce (after what waits in the pool) and expiry from the node,
/// which must be in sync (Code::peer).
Result<TxnBody> prepare(Rpc& rpc, const AccountId& sender, CallData call,
                        const SendOptions& options = {});
/// The fee without tip, in base units.
Result<Amount> estimate(Rpc& rpc, const TxnBody& body);
/// Into the node's pool. Code::input: refused, with the reason and, for an account without tokens,
/// a hint.
Result<TxnHash> submit(Rpc& rpc, const Txn& txn);

/// included: it stands in a block, which is final here as every block is. finalized: also its
/// receipt is proven by the next block.
enum class Wait : std::uint8_t { included, finalized };

/// What became of a transaction.
struct Outcome {
  TxnHash hash;
  Height height = 0;
  bool ok = false;    ///< the call's effect took place
  std::string error;  ///< why not
  Amount fee = 0;
  Json receipt;  ///< as chain_txn has it: with the events
  Json proof;    ///< cess.finality_proof/1; null unless Wait::finalized
};

struct WaitOptions {
  Wait until = Wait::included;
  std::string checkpoint;  ///< hash of a block the proof shall begin at
  /// Called about every 20 s; false ends the waiting with Code::busy.
  std::function<bool()> go_on;
};
/// Waits for `txn`, which was submitted. A node that lost it (restart, eviction) gets it again.
/// Code::no: it expired.
Result<Outcome> wait(Rpc& rpc, const Txn& txn, const WaitOptions& options = {});
/// Waits for a transaction of which only the hash is known.
Result<Outcome> wait(Rpc& rpc, const TxnHash& hash, const WaitOptions& options = {});
/// Code::no with the chain's words if the call failed.
Status require_ok(const Outcome& outcome);

/// prepare, sign, submit, wait; a call that failed is an error (require_ok).
Result<Outcome> send(Rpc& rpc, const AccountKey& key, CallData call, const SendOptions& send = {},
                     const WaitOptions& wait = {});
template <Record A>
Result<Outcome> send(Rpc& rpc, const AccountKey& key, const std::string& name, const A& args,
                     const SendOptions& options = {}, const WaitOptions& wait = {}) {
  CESS_TRY_ASSIGN(CallData call, encode_call(name, args));
  return send(rpc, key, std::move(call), options, wait);
}

}  // namespace cess::client
