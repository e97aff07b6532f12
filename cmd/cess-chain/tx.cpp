// SPDX-License-Identifier: Apache-2.0
// tx transfer, tx call, tx build, tx sign, tx submit.
#include <memory>

#include "call_args.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"
#include "key_file.hpp"
#include "rpc.hpp"
#include "txn_file.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kWaitStepMs = 30'000;

struct SendOptions {
  NodeOptions node;
  std::string key;
  std::string wait = "submitted";
  std::string checkpoint;
  std::string tip;
  std::uint64_t valid_blocks = 1000;
};

void declare_send(cli::Options& opt, SendOptions& o) {
  declare_node(opt, o.node);
  opt.text("-k,--key", "FILE", o.key, "account key; default stdin");
  opt.choice("--wait", {"submitted", "finalized"}, o.wait, "what to wait for (default submitted)");
  opt.text("--checkpoint", "HASH", o.checkpoint, "let the proof begin at this trusted block");
  opt.text("--tip", "AMOUNT", o.tip, "on top of the fee, in tokens");
  opt.number("--valid-blocks", "N", o.valid_blocks, 1, 1'000'000,
             "blocks until it expires (default 1000)");
}

// Waits until the transaction is final and prints the proof; "no" if its call failed.
Result<int> wait_final(cli::Context& ctx, RpcClient& rpc, const std::string& hash,
                       const std::string& checkpoint) {
  Json params = {{"hash", hash}, {"wait_ms", kWaitStepMs}};
  if (!checkpoint.empty()) params["from"] = checkpoint;
  while (true) {
    auto answer = rpc.call("tx_wait", params);
    if (!answer && answer.error().code == Code::busy) {
      ctx.note("still waiting for " + hash);
      continue;
    }
    if (!answer) return tl::unexpected<Error>(answer.error());
    const auto proof = answer->find("proof");
    if (proof == answer->end())
      return fail(Code::peer, "the node gave no proof of '" + hash + "'", hash);
    CESS_TRY(ctx.print(*proof));
    const auto receipt = answer->find("receipt");
    if (receipt != answer->end() && receipt->contains("ok") && !(*receipt)["ok"].get<bool>()) {
      return fail(Code::no, "transaction failed: " + receipt->value("error", std::string()), hash);
    }
    return 0;
  }
}

Result<int> submit(cli::Context& ctx, RpcClient& rpc, const Txn& txn, const std::string& wait,
                   const std::string& checkpoint) {
  CESS_TRY_ASSIGN(const Json answer,
                  rpc.call("tx_submit", {{"txn", to_hex(ByteView(encode_scale(txn)))}}));
  const std::string hash = answer.value("hash", std::string());
  if (wait == "finalized") return wait_final(ctx, rpc, hash, checkpoint);
  if (ctx.json) {
    CESS_TRY(ctx.print(Json{{"schema", "cess.submitted/1"}, {"hash", hash}}));
  } else {
    CESS_TRY(ctx.print(hash));
  }
  return 0;
}

// Chain, nonce and expiry from the node, which must be in sync.
Status fill_body(RpcClient& rpc, TxnBody& body, std::uint64_t valid_blocks) {
  CESS_TRY_ASSIGN(const Json info, rpc.call("node_info"));
  const JsonView view(info, "answer of the node");
  CESS_TRY_ASSIGN(const bool synced, view.boolean("synced"));
  CESS_TRY_ASSIGN(const auto height, view.number("height", ~0ULL));
  if (!synced) {
    return fail(Code::peer, "the node is not in sync: it is at height " + std::to_string(height),
                "node", "wait, or ask another with --node");
  }
  CESS_TRY_ASSIGN(body.genesis, view.id<Hash256>("genesis"));
  body.valid_until = height + valid_blocks;
  CESS_TRY_ASSIGN(const Json next, rpc.call("account_next", {{"account", to_ss58(body.sender)}}));
  CESS_TRY_ASSIGN(body.nonce, JsonView(next, "answer of the node").number("next", ~0ULL));
  return {};
}

Status set_call(const Runtime& runtime, TxnBody& body, const std::string& name,
                const std::vector<std::string>& words, const std::string& json) {
  const auto call = runtime.find_call(name);
  if (!call) {
    return fail(Code::usage, "unknown call '" + name + "'", name,
                "`cess-chain tx calls` lists them");
  }
  Json args;
  if (json.empty()) {
    CESS_TRY_ASSIGN(args, parse_call_args(*call->second, words));
  } else {
    CESS_TRY_ASSIGN(args, parse_json(json, "--args"));
  }
  auto bytes = call->second->from_json(args);
  if (!bytes) {
    return fail(Code::usage, bytes.error().message, name,
                name + " takes " + describe_call(*call->second));
  }
  body.module = call->first;
  body.call = call->second->index;
  body.args = std::move(*bytes);
  return {};
}

Result<int> send(const SendOptions& o, cli::Context& ctx, const std::string& name,
                 const std::vector<std::string>& words, const std::string& json) {
  const Runtime runtime;
  TxnBody body;
  CESS_TRY(set_call(runtime, body, name, words, json));
  if (!o.tip.empty()) {
    CESS_TRY_ASSIGN(body.tip, parse_tokens(o.tip, "--tip"));
  }
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  body.sender = key.id;
  CESS_TRY_ASSIGN(RpcClient rpc, RpcClient::connect(o.node));
  CESS_TRY(fill_body(rpc, body, o.valid_blocks));
  return submit(ctx, rpc, sign_txn(std::move(body), key), o.wait, o.checkpoint);
}

struct TransferOptions {
  SendOptions send;
  std::string to;
  std::string amount;
};

struct CallOptions {
  SendOptions send;
  std::string name;
  std::vector<std::string> words;
  std::string json;
};

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
  const Runtime runtime;
  TxnBody body;
  CESS_TRY(set_call(runtime, body, o.name, o.words, o.json));
  if (!o.tip.empty()) {
    CESS_TRY_ASSIGN(body.tip, parse_tokens(o.tip, "--tip"));
  }
  CESS_TRY_ASSIGN(body.sender, parse_account(o.sender, "--sender"));
  CESS_TRY_ASSIGN(body.genesis, parse_id<Hash256>(o.genesis, "--genesis"));
  body.nonce = o.nonce;
  body.valid_until = o.valid_until;
  CESS_TRY(ctx.print(txn_body_document(body)));
  return 0;
}

struct SignOptions {
  std::string in;
  std::string key;
};

Result<int> sign(const SignOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(TxnBody body, read_txn_body(ctx, o.in));
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  if (body.sender != key.id) {
    return fail(Code::input,
                "the key is of '" + to_ss58(key.id) + "', the transaction of '" +
                    to_ss58(body.sender) + "'",
                to_ss58(body.sender));
  }
  CESS_TRY(ctx.print(txn_document(sign_txn(std::move(body), key))));
  return 0;
}

Result<int> list_calls(cli::Context& ctx) {
  const Runtime runtime;
  for (const auto& module : runtime.modules()) {
    for (const auto& call : module->calls()) {
      const std::string name = module->name() + "." + call.name;
      if (!ctx.json) {
        CESS_TRY(ctx.print(name + "  " + describe_call(call)));
        continue;
      }
      Json fields = Json::array();
      for (const auto& f : call.fields) fields.push_back({{"name", f.name}, {"type", f.type}});
      CESS_TRY(ctx.print(Json{
          {"schema", "cess.call/1"}, {"call", name}, {"weight", call.weight}, {"fields", fields}}));
    }
  }
  return 0;
}

}  // namespace

cli::Command tx_transfer_command() {
  auto o = std::make_shared<TransferOptions>();
  cli::Command c;
  c.name = "tx transfer";
  c.summary = "send tokens to an account";
  c.declare = [o](cli::Options& opt) {
    opt.text("--to", "ADDRESS", o->to, "who gets them", true);
    opt.text("--amount", "TOKENS", o->amount, "how many, with up to 18 decimals", true);
    declare_send(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) -> Result<int> {
    const auto amount = parse_tokens(o->amount, "--amount");
    if (!amount) return fail(Code::usage, amount.error().message, o->amount);
    return send(o->send, ctx, "accounts.transfer", {"to=" + o->to, "amount=" + to_decimal(*amount)},
                {});
  };
  return c;
}

cli::Command tx_call_command() {
  auto o = std::make_shared<CallOptions>();
  cli::Command c;
  c.name = "tx call";
  c.summary = "send any call of the chain: tx call staking.bond amount=5CESS";
  c.declare = [o](cli::Options& opt) {
    opt.positional("CALL", o->name, "module.call; `tx calls` lists them", true);
    opt.positionals("NAME=VALUE", o->words,
                    "its arguments; amounts are base units, or end in CESS");
    opt.text("--args", "JSON", o->json, "the arguments as a JSON object instead");
    declare_send(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) { return send(o->send, ctx, o->name, o->words, o->json); };
  return c;
}

cli::Command tx_calls_command() {
  cli::Command c;
  c.name = "tx calls";
  c.summary = "list every call and what it takes";
  c.declare = [](cli::Options&) {};
  c.run = [](cli::Context& ctx) { return list_calls(ctx); };
  return c;
}

cli::Command tx_build_command() {
  auto o = std::make_shared<BuildOptions>();
  cli::Command c;
  c.name = "tx build";
  c.summary = "build a transaction without a network, to be signed elsewhere";
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
  auto o = std::make_shared<CallOptions>();
  cli::Command c;
  c.name = "tx submit";
  c.summary = "send what tx sign made";
  c.declare = [o](cli::Options& opt) {
    opt.positional("FILE", o->name, "cess.txn/1; default stdin");
    declare_node(opt, o->send.node);
    opt.choice("--wait", {"submitted", "finalized"}, o->send.wait,
               "what to wait for (default submitted)");
    opt.text("--checkpoint", "HASH", o->send.checkpoint,
             "let the proof begin at this trusted block");
  };
  c.run = [o](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(const Txn txn, read_txn(ctx, o->name));
    CESS_TRY_ASSIGN(RpcClient rpc, RpcClient::connect(o->send.node));
    return submit(ctx, rpc, txn, o->send.wait, o->send.checkpoint);
  };
  return c;
}

}  // namespace cess
