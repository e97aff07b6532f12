// SPDX-License-Identifier: Apache-2.0
// What the verbs that send transactions share: their options, and waiting as the user wants it.
#pragma once

#include <functional>

#include "chain/client/send.hpp"
#include "inputs.hpp"

namespace cess {

struct WaitChoice {
  std::string until = "submitted";
  std::string checkpoint;
  /// What else there is to say of a call that was included and did not fail.
  std::function<Result<int>(cli::Context&, const client::Outcome&)> then;
};
/// The default is what `wait` says.
void declare_wait(cli::Options& opt, WaitChoice& wait);

struct SendChoice {
  NodeOptions node;
  std::string key;
  WaitChoice wait;
  std::string tip;
  std::uint64_t valid_blocks = 1000;
  static constexpr std::uint64_t kNextNonce = ~0ULL;
  std::uint64_t nonce = kNextNonce;  ///< another one replaces what waits with it
  bool estimate = false;             ///< say what it costs, send nothing
  std::string faucet;                ///< key file of who first gives to a sender that has nothing
  Amount moves = 0;   ///< what the call takes from the sender beside the fee, where that is known
  std::string holds;  ///< what that is, where it stays the sender's and is held: "bond", "deposit"
};
void declare_send(cli::Options& opt, SendChoice& o);
void declare_faucet(cli::Options& opt, SendChoice& o);
/// --nonce and --estimate.
void declare_one_call(cli::Options& opt, SendChoice& o);
/// Lets o.faucet, if one is named, give to a sender that the chain does not know yet: what moves,
/// and some for fees; and to one that it knows what it lacks of what will be held. Code::no if
/// nobody gives that.
Status fill_from_faucet(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                        const AccountId& sender);

/// Waits as wanted for what was submitted, and prints.
Result<int> wait_and_print(cli::Context& ctx, client::Rpc& rpc, const Txn& txn,
                           const WaitChoice& wait);
/// Submits, waits and prints: the hash, the receipt (included) or the proof (finalized). Code::no
/// if the call failed.
Result<int> submit_and_wait(cli::Context& ctx, client::Rpc& rpc, const Txn& txn,
                            const WaitChoice& wait);
/// Fills, signs, submits and waits.
Result<int> send_call(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                      const AccountKey& key, client::CallData call);
/// Whether a document is what `cess-store idle commit` prints, and the call that it asks for.
bool is_idle_commit(std::string_view text);
Result<client::CallData> idle_commit_call(client::Rpc& rpc, const AccountKey& key,
                                          std::string_view text, const std::string& name);
/// From the words "name=value" or from JSON. Code::usage. With a node, accounts may be named by
/// Ethereum addresses, for which it is asked.
Result<client::CallData> read_call(const std::string& name, const std::vector<std::string>& words,
                                   const std::string& json, const NodeOptions* node = nullptr);

}  // namespace cess
