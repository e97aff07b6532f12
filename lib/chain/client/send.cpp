// SPDX-License-Identifier: Apache-2.0
#include "chain/client/send.hpp"

#include <algorithm>

namespace cess::client {
namespace {

// Less than any client's patience with one answer.
constexpr std::uint64_t kWaitStepMs = 20'000;

bool same_fields(const std::vector<FieldInfo>& a, const std::vector<FieldInfo>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.type == y.type;
  });
}

tl::unexpected<Error> unknown_call(const std::string& name) {
  return fail(Code::usage, "unknown call '" + name + "'", name, "`cess-chain tx calls` lists them");
}

Result<Outcome> outcome_of(const TxnHash& hash, const Json& answer, Wait until) {
  const JsonView view(answer, "answer of the node");
  Outcome out;
  out.hash = hash;
  CESS_TRY_ASSIGN(out.height, view.number("height", ~0ULL));
  const auto receipt = answer.find("receipt");
  if (receipt == answer.end() || !receipt->is_object())
    return fail(Code::peer, "the node gave no receipt of '" + to_hex(hash) + "'", to_hex(hash));
  const JsonView r(*receipt, "receipt of the node");
  CESS_TRY_ASSIGN(out.ok, r.boolean("ok"));
  CESS_TRY_ASSIGN(out.error, r.text("error"));
  CESS_TRY_ASSIGN(const auto fee, r.text("fee"));
  CESS_TRY_ASSIGN(out.fee, parse_decimal(fee, "fee"));
  out.receipt = *receipt;
  const auto proof = answer.find("proof");
  if (proof != answer.end()) out.proof = *proof;
  if (until == Wait::finalized && !out.proof.is_object())
    return fail(Code::peer, "the node gave no proof of '" + to_hex(hash) + "'", to_hex(hash));
  return out;
}

// After a wait in vain: is there still something to wait for?
Status still_coming(Rpc& rpc, const TxnHash& hash, const Txn* txn) {
  const std::string name = to_hex(hash);
  CESS_TRY_ASSIGN(const Json status, rpc.call("tx_status", {{"hash", name}}));
  if (status.value("status", std::string()) != "unknown" || txn == nullptr) return {};
  CESS_TRY_ASSIGN(const auto info, node_info(rpc));
  if (info.height >= txn->body.valid_until) {
    return fail(
        Code::no,
        "transaction '" + name + "' expired at height " + std::to_string(txn->body.valid_until),
        name, "send it again");
  }
  // A node that started anew, or had no room, forgot it. A refusal shows when it expires.
  (void)rpc.call("tx_submit", {{"txn", to_hex(ByteView(encode_scale(*txn)))}});
  return {};
}

Result<Outcome> wait_for(Rpc& rpc, const TxnHash& hash, const Txn* txn, const WaitOptions& o) {
  const std::string name = to_hex(hash);
  Json params = {{"hash", name}, {"wait_ms", kWaitStepMs}, {"proof", o.until == Wait::finalized}};
  if (!o.checkpoint.empty()) params["from"] = o.checkpoint;
  while (true) {
    const auto answer = rpc.call("tx_wait", params);
    if (answer) return outcome_of(hash, *answer, o.until);
    if (answer.error().code != Code::busy) return tl::unexpected<Error>(answer.error());
    if (o.go_on && !o.go_on()) return tl::unexpected<Error>(answer.error());
    CESS_TRY(still_coming(rpc, hash, txn));
  }
}

}  // namespace

const Runtime& runtime() {
  static const Runtime one;
  return one;
}

Result<CallData> encode_call(const std::string& name, const std::vector<FieldInfo>& fields,
                             Bytes args) {
  const auto call = runtime().find_call(name);
  if (!call) return unknown_call(name);
  if (!same_fields(fields, call->second->fields))
    return fail(Code::usage, "the arguments are not those of '" + name + "'", name);
  return CallData{call->first, call->second->index, std::move(args)};
}

Result<CallData> call_from_json(const std::string& name, const Json& args) {
  const auto call = runtime().find_call(name);
  if (!call) return unknown_call(name);
  CESS_TRY_ASSIGN(Bytes bytes, call->second->from_json(args));
  return CallData{call->first, call->second->index, std::move(bytes)};
}

Result<TxnBody> prepare(Rpc& rpc, const AccountId& sender, CallData call,
                        const SendOptions& options) {
  CESS_TRY_ASSIGN(const auto info, synced_info(rpc));
  TxnBody body;
  if (options.nonce) {
    body.nonce = *options.nonce;
  } else {
    CESS_TRY_ASSIGN(const Json next, rpc.call("account_next", {{"account", to_ss58(sender)}}));
    CESS_TRY_ASSIGN(body.nonce, JsonView(next, "answer of the node").number("next", ~0ULL));
  }
  body.genesis = info.genesis;
  body.sender = sender;
  body.tip = options.tip;
  body.valid_until = info.height + options.valid_blocks;
  body.module = call.module;
  body.call = call.call;
  body.args = std::move(call.args);
  return body;
}

Result<Amount> estimate(Rpc& rpc, const TxnBody& body) {
  CESS_TRY_ASSIGN(const Json answer,
                  rpc.call("tx_estimate", {{"txn", to_hex(ByteView(encode_scale(body)))}}));
  CESS_TRY_ASSIGN(const auto fee, JsonView(answer, "answer of the node").text("fee"));
  return parse_decimal(fee, "fee");
}

Result<TxnHash> submit(Rpc& rpc, const Txn& txn) {
  const auto answer = rpc.call("tx_submit", {{"txn", to_hex(ByteView(encode_scale(txn)))}});
  if (answer) return JsonView(*answer, "answer of the node").id<TxnHash>("hash");
  Error e = answer.error();
  if (e.code == Code::input && e.hint.empty() && e.message.find("pay") != std::string::npos) {
    e.hint = "send tokens to '" + to_ss58(txn.body.sender) +
             "' first; on a network of `cess-chain devnet`, set CESS_FAUCET=DIR/faucet.key";
  }
  return tl::unexpected<Error>(std::move(e));
}

Result<Outcome> wait(Rpc& rpc, const Txn& txn, const WaitOptions& options) {
  return wait_for(rpc, txn_hash(encode_scale(txn)), &txn, options);
}

Result<Outcome> wait(Rpc& rpc, const TxnHash& hash, const WaitOptions& options) {
  return wait_for(rpc, hash, nullptr, options);
}

Status require_ok(const Outcome& outcome) {
  if (outcome.ok) return {};
  return fail(Code::no, "transaction failed: " + outcome.error, to_hex(outcome.hash));
}

Result<Outcome> send(Rpc& rpc, const AccountKey& key, CallData call, const SendOptions& send,
                     const WaitOptions& wait_options) {
  CESS_TRY_ASSIGN(TxnBody body, prepare(rpc, key.id, std::move(call), send));
  const Txn txn = sign_txn(std::move(body), key);
  CESS_TRY(submit(rpc, txn));
  CESS_TRY_ASSIGN(Outcome outcome, wait(rpc, txn, wait_options));
  CESS_TRY(require_ok(outcome));
  return outcome;
}

}  // namespace cess::client
