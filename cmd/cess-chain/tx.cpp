// SPDX-License-Identifier: Apache-2.0
// tx transfer, tx call, tx calls.
#include <memory>

#include "call_args.hpp"
#include "commands.hpp"
#include "tx_send.hpp"

namespace cess {
namespace {

struct TransferOptions {
  SendChoice send;
  std::string to;
  std::string amount;
};

struct CallOptions {
  SendChoice send;
  std::string name;
  std::vector<std::string> words;
  std::string json;
};

Result<int> send(const SendChoice& o, cli::Context& ctx, const std::string& name,
                 const std::vector<std::string>& words, const std::string& json) {
  CESS_TRY_ASSIGN(auto call, read_call(name, words, json, &o.node));
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  return send_call(ctx, rpc, o, key, std::move(call));
}

Result<int> list_calls(cli::Context& ctx) {
  for (const auto& module : client::runtime().modules()) {
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
    declare_faucet(opt, o->send);
    declare_one_call(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) -> Result<int> {
    const auto amount = parse_tokens(o->amount, "--amount");
    if (!amount) return fail(Code::usage, amount.error().message, o->amount);
    o->send.moves = *amount;
    return send(o->send, ctx, "accounts.transfer", {"to=" + o->to, "amount=" + to_decimal(*amount)},
                {});
  };
  return c;
}

cli::Command tx_call_command() {
  auto o = std::make_shared<CallOptions>();
  cli::Command c;
  c.name = "tx call";
  c.summary = "send any call of the chain";
  c.declare = [o](cli::Options& opt) {
    opt.positional("CALL", o->name, "module.call; `tx calls` lists them", true);
    opt.positionals("NAME=VALUE", o->words,
                    "its arguments; amounts are base units, or end in CESS");
    opt.text("--args", "JSON", o->json, "the arguments as a JSON object instead");
    declare_send(opt, o->send);
    declare_faucet(opt, o->send);
    declare_one_call(opt, o->send);
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

}  // namespace cess
