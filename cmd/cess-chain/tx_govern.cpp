// SPDX-License-Identifier: Apache-2.0
// tx propose, tx approve, rights rule: calls that governance makes, by members of its board.
#include <memory>

#include "chain/state/governance/governance.hpp"
#include "commands.hpp"
#include "tx_send.hpp"

namespace cess {
namespace {

struct ProposeOptions {
  SendChoice send;
  std::string name;
  std::vector<std::string> words;
  std::string json;
  std::string note;
};

struct ApproveOptions {
  SendChoice send;
  std::string proposal;
};

struct RuleOptions {
  SendChoice send;
  std::string dispute;
  std::string ruling;
  std::string note;
};

/// That a call was proposed or approved does not say that it ran, nor that it succeeded.
Result<int> tell_proposal(cli::Context& ctx, const client::Outcome& outcome) {
  for (const Json& event : outcome.receipt.value("events", Json::array())) {
    const std::string name = event.value("event", "");
    if (name != "governance.proposed" && name != "governance.executed") continue;
    const std::string number = event.at("proposal").dump();
    if (name == "governance.proposed") {
      if (!ctx.json) CESS_TRY(ctx.print("proposal " + number));
      continue;
    }
    if (!event.value("ok", false)) {
      return fail(Code::no, "proposal " + number + " failed: " + event.value("error", ""), number);
    }
    if (!ctx.json) CESS_TRY(ctx.print("proposal " + number + " carried"));
  }
  return 0;
}

void declare_board(cli::Options& opt, SendChoice& o) {
  o.wait.until = "included";
  o.wait.then = tell_proposal;
  declare_send(opt, o);
}

Result<int> send_as_member(cli::Context& ctx, const SendChoice& o, client::CallData call) {
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  return send_call(ctx, rpc, o, key, std::move(call));
}

Result<int> propose(cli::Context& ctx, const SendChoice& o, const std::string& note,
                    client::CallData call) {
  const governance::Propose proposal{note, static_cast<std::uint8_t>(call.module), call.call,
                                     std::move(call.args)};
  CESS_TRY_ASSIGN(auto outer, client::encode_call("governance.propose", proposal));
  return send_as_member(ctx, o, std::move(outer));
}

Result<int> run_rule(const RuleOptions& o, cli::Context& ctx) {
  if (o.ruling.empty()) return fail(Code::usage, "--ruling is missing");
  CESS_TRY_ASSIGN(auto call,
                  read_call("rights.rule", {"dispute=" + o.dispute, "ruling=" + o.ruling}, {}));
  return propose(ctx, o.send, o.note, std::move(call));
}

}  // namespace

cli::Command tx_propose_command() {
  auto o = std::make_shared<ProposeOptions>();
  cli::Command c;
  c.name = "tx propose";
  c.summary = "propose a call of governance to its board";
  c.declare = [o](cli::Options& opt) {
    opt.positional("CALL", o->name, "module.call; `tx calls` lists them", true);
    opt.positionals("NAME=VALUE", o->words,
                    "its arguments; amounts are base units, or end in CESS");
    opt.text("--args", "JSON", o->json, "the arguments as a JSON object instead");
    opt.text("--note", "TEXT", o->note, "for the other members");
    declare_board(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(auto call, read_call(o->name, o->words, o->json));
    return propose(ctx, o->send, o->note, std::move(call));
  };
  return c;
}

cli::Command tx_approve_command() {
  auto o = std::make_shared<ApproveOptions>();
  cli::Command c;
  c.name = "tx approve";
  c.summary = "approve what another member of the board proposed";
  c.declare = [o](cli::Options& opt) {
    opt.positional("N", o->proposal, "the proposal's number", true);
    declare_board(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(auto call, read_call("governance.approve", {"proposal=" + o->proposal}, {}));
    return send_as_member(ctx, o->send, std::move(call));
  };
  return c;
}

cli::Command rights_rule_command() {
  auto o = std::make_shared<RuleOptions>();
  cli::Command c;
  c.name = "rights rule";
  c.summary = "propose to the board how a dispute ends";
  c.declare = [o](cli::Options& opt) {
    opt.positional("N", o->dispute, "the dispute's number", true);
    opt.choice("--ruling", {"dismissed", "struck", "awarded"}, o->ruling, "what becomes of it");
    opt.text("--note", "TEXT", o->note, "for the other members");
    declare_board(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) { return run_rule(*o, ctx); };
  return c;
}

}  // namespace cess
