// SPDX-License-Identifier: Apache-2.0
// tx build, tx sign, tx submit: a transaction in three steps, on three machines if wanted.
#include <algorithm>
#include <memory>

#include "chain/client/txn_file.hpp"
#include "commands.hpp"
#include "tx_send.hpp"

namespace cess {
namespace {

struct BuildOptions {
  std::string name;
  std::vector<std::string> words;
  std::string json;
  std::string sender;
  std::string genesis;
  std::string tip;
  std::uint64_t nonce = 0;
  std::uint64_t valid_until = 0;
};

Result<int> build(const BuildOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(auto call, read_call(o.name, o.words, o.json));
  TxnBody body;
  body.module = call.module;
  body.call = call.call;
  body.args = std::move(call.args);
  if (!o.tip.empty()) {
    CESS_TRY_ASSIGN(body.tip, parse_tokens(o.tip, "--tip"));
  }
  CESS_TRY_ASSIGN(body.sender, parse_account(o.sender, "--sender"));
  CESS_TRY_ASSIGN(body.genesis, parse_id<Hash256>(o.genesis, "--genesis"));
  body.nonce = o.nonce;
  body.valid_until = o.valid_until;
  CESS_TRY(ctx.print(client::txn_body_document(body)));
  return 0;
}

struct SignOptions {
  std::string in;
  std::string key;
};

Result<int> sign(const SignOptions& o, cli::Context& ctx) {
  std::string name;
  CESS_TRY_ASSIGN(const Bytes text, read_input(ctx, o.in, client::kTxnDocumentSizeMax, name));
  CESS_TRY_ASSIGN(TxnBody body, client::parse_txn_body_document(as_text(text), name));
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  if (body.sender != key.id) {
    return fail(Code::input,
                "the key is of '" + to_ss58(key.id) + "', the transaction of '" +
                    to_ss58(body.sender) + "'",
                to_ss58(body.sender));
  }
  CESS_TRY(ctx.print(client::txn_document(sign_txn(std::move(body), key))));
  return 0;
}

struct SubmitOptions {
  std::string in;
  SendChoice send;
};

Result<int> submit(const SubmitOptions& o, cli::Context& ctx) {
  std::string name;
  CESS_TRY_ASSIGN(const Bytes text, read_input(ctx, o.in, client::kTxnDocumentSizeMax, name));
  if (std::ranges::all_of(text, [](std::uint8_t c) { return c == '\n' || c == ' '; }))
    return fail(Code::input, "nothing to submit: " + name + " is empty", name);
  if (is_idle_commit(as_text(text))) {
    if (o.send.key.empty() || o.send.key == "-")
      return fail(Code::usage, "a commitment is not signed yet: name a key file with -k", "-k");
    CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.send.key));
    CESS_TRY_ASSIGN(auto rpc, connect(o.send.node));
    CESS_TRY_ASSIGN(auto call, idle_commit_call(rpc, key, as_text(text), name));
    return send_call(ctx, rpc, o.send, key, std::move(call));
  }
  if (!o.send.key.empty())
    return fail(Code::usage, "-k: a transaction that is signed takes no key", "-k");
  CESS_TRY_ASSIGN(const Txn txn, client::parse_txn_document(as_text(text), name));
  CESS_TRY_ASSIGN(auto rpc, connect(o.send.node));
  return submit_and_wait(ctx, rpc, txn, o.send.wait);
}

}  // namespace

cli::Command tx_build_command() {
  auto o = std::make_shared<BuildOptions>();
  cli::Command c;
  c.name = "tx build";
  c.summary = "build a transaction without a network";
  c.declare = [o](cli::Options& opt) {
    opt.positional("CALL", o->name, "module.call; `tx calls` lists them", true);
    opt.positionals("NAME=VALUE", o->words, "its arguments");
    opt.text("--args", "JSON", o->json, "the arguments as a JSON object instead");
    opt.text("--sender", "ADDRESS", o->sender, "who will sign it", true);
    opt.text("--genesis", "HASH", o->genesis, "the chain's id", true);
    opt.number("--nonce", "N", o->nonce, 0, ~0ULL, "count of the sender's earlier transactions",
               true);
    opt.number("--valid-until", "HEIGHT", o->valid_until, 1, ~0ULL, "last block that may hold it",
               true);
    opt.text("--tip", "AMOUNT", o->tip, "on top of the fee, in tokens");
  };
  c.run = [o](cli::Context& ctx) { return build(*o, ctx); };
  return c;
}

cli::Command tx_sign_command() {
  auto o = std::make_shared<SignOptions>();
  cli::Command c;
  c.name = "tx sign";
  c.summary = "sign what tx build made";
  c.declare = [o](cli::Options& opt) {
    opt.positional("FILE", o->in, "cess.txn_body/1; default stdin");
    opt.text("-k,--key", "FILE", o->key, "account key", true);
  };
  c.run = [o](cli::Context& ctx) { return sign(*o, ctx); };
  return c;
}

cli::Command tx_submit_command() {
  auto o = std::make_shared<SubmitOptions>();
  cli::Command c;
  c.name = "tx submit";
  c.summary = "send what tx sign made, or an idle commitment";
  c.declare = [o](cli::Options& opt) {
    opt.positional("FILE", o->in, "cess.txn/1, or cess.idle_commit/1 with -k; default stdin");
    declare_send(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) { return submit(*o, ctx); };
  return c;
}

}  // namespace cess
