// SPDX-License-Identifier: Apache-2.0
// rights transfer, permit, withdraw, dispute: one call about one certificate.
#include <memory>

#include "chain/client/state.hpp"
#include "commands.hpp"
#include "crypto/sha256.hpp"
#include "rights.hpp"
#include "show_search.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kEvidenceMax = 64U << 20U;

struct HandOptions {
  RightsCall call;
  std::string to;
  bool revoke = false;
};

struct DisputeOptions {
  RightsCall call;
  std::string earlier;
  std::string rival;
  std::string evidence;
  std::string text;
};

template <Record A>
Result<int> send_record(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                        const std::string& name, const A& record) {
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  CESS_TRY_ASSIGN(auto call, client::encode_call(name, record));
  return send_call(ctx, rpc, o, key, std::move(call));
}

Result<AccountId> receiver_of(const HandOptions& o) {
  CESS_TRY_ASSIGN(const auto text, account_named(o.call.send.node, o.to));
  auto to = parse_account(text, "--to");
  if (!to) return fail(Code::usage, to.error().message, o.to);
  return *to;
}

Result<int> run_transfer(const HandOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const AccountId to, receiver_of(o));
  CESS_TRY_ASSIGN(auto rpc, connect(o.call.send.node));
  CESS_TRY_ASSIGN(const Hash256 id, claim::find_one(rpc, o.call.name));
  return send_record(ctx, rpc, o.call.send, "rights.transfer", rights::Transfer{id, to});
}

Result<int> run_permit(const HandOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const AccountId to, receiver_of(o));
  CESS_TRY_ASSIGN(auto rpc, connect(o.call.send.node));
  CESS_TRY_ASSIGN(const Hash256 id, claim::find_one(rpc, o.call.name));
  return send_record(ctx, rpc, o.call.send, "rights.permit", rights::Permit{id, to, !o.revoke});
}

Result<int> run_withdraw(const RightsCall& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(auto rpc, connect(o.send.node));
  CESS_TRY_ASSIGN(const Hash256 id, claim::find_one(rpc, o.name));
  return send_record(ctx, rpc, o.send, "rights.withdraw", rights::Withdraw{id});
}

/// The number by which the board rules it.
Result<int> tell_dispute(cli::Context& ctx, const client::Outcome& outcome) {
  // A proof is a document of its own; --json has the events.
  if (ctx.json || !outcome.proof.is_null()) return 0;
  for (const Json& event : outcome.receipt.value("events", Json::array())) {
    // As the node says it.
    if (event.is_object() && event.contains("dispute") && event.contains("event") &&
        event.at("event") == "rights.disputed")
      CESS_TRY(ctx.print("dispute " + event.at("dispute").dump()));
  }
  return 0;
}

Result<int> run_dispute(const DisputeOptions& o, cli::Context& ctx) {
  const bool claims = !o.rival.empty() || !o.evidence.empty() || !o.text.empty();
  if (o.earlier.empty() != claims) {
    return fail(Code::usage, "want --earlier alone, or --rival, --evidence, --text", {},
                "--earlier is recomputed by the chain; the rest is ruled by governance");
  }
  CESS_TRY(claim::check_text(o.text, "text"));
  rights::OpenDispute d;
  if (!o.evidence.empty()) {
    CESS_TRY_ASSIGN(const Bytes evidence, read_file(o.evidence, kEvidenceMax));
    d.evidence = sha256(evidence);
  }
  CESS_TRY_ASSIGN(auto rpc, connect(o.call.send.node));
  CESS_TRY_ASSIGN(d.certificate, claim::find_one(rpc, o.call.name));
  if (!o.earlier.empty()) {
    CESS_TRY_ASSIGN(const Hash256 earlier, claim::find_one(rpc, o.earlier));
    return send_record(ctx, rpc, o.call.send, "rights.relate",
                       rights::Relate{d.certificate, earlier});
  }
  if (!o.rival.empty()) {
    CESS_TRY_ASSIGN(d.rival, claim::find_one(rpc, o.rival));
  }
  d.text = o.text;
  SendChoice send = o.call.send;
  CESS_TRY_ASSIGN(const auto params, client::get(rpc, rights::kParams));
  send.moves = params ? params->bond : rights::Params{}.bond;
  send.holds = "bond";
  send.wait.then = tell_dispute;
  return send_record(ctx, rpc, send, "rights.dispute", d);
}

}  // namespace

void declare_rights_call(cli::Options& opt, RightsCall& o) {
  opt.positional("ID", o.name, "a certificate, a file that carries one, or an exact hash", true);
  o.send.wait.until = "included";
  declare_send(opt, o.send);
}

cli::Command rights_transfer_command() {
  auto o = std::make_shared<HandOptions>();
  cli::Command c;
  c.name = "rights transfer";
  c.summary = "give a certificate, deposit and all, to an account";
  c.declare = [o](cli::Options& opt) {
    opt.text("--to", "ADDRESS", o->to, "the new holder", true);
    declare_rights_call(opt, o->call);
  };
  c.run = [o](cli::Context& ctx) { return run_transfer(*o, ctx); };
  return c;
}

cli::Command rights_permit_command() {
  auto o = std::make_shared<HandOptions>();
  cli::Command c;
  c.name = "rights permit";
  c.summary = "let an account register works derived from one's own";
  c.declare = [o](cli::Options& opt) {
    opt.text("--to", "ADDRESS", o->to, "who may", true);
    opt.flag("--revoke", o->revoke, "no longer");
    declare_rights_call(opt, o->call);
  };
  c.run = [o](cli::Context& ctx) { return run_permit(*o, ctx); };
  return c;
}

cli::Command rights_withdraw_command() {
  auto o = std::make_shared<RightsCall>();
  cli::Command c;
  c.name = "rights withdraw";
  c.summary = "give a certificate up, get its deposit back";
  c.declare = [o](cli::Options& opt) { declare_rights_call(opt, *o); };
  c.run = [o](cli::Context& ctx) { return run_withdraw(*o, ctx); };
  return c;
}

cli::Command rights_dispute_command() {
  auto o = std::make_shared<DisputeOptions>();
  cli::Command c;
  c.name = "rights dispute";
  c.summary = "dispute a certificate, with or without a bond";
  c.declare = [o](cli::Options& opt) {
    opt.text("--earlier", "ID", o->earlier,
             "near work registered before: becomes a parent, no bond");
    opt.text("--rival", "ID", o->rival, "one's own certificate that should stand instead");
    opt.text("--evidence", "FILE", o->evidence, "a document for the board: its SHA-256 is sent");
    opt.text("--text", "TEXT", o->text, "what is claimed, and where the document is");
    declare_faucet(opt, o->call.send);
    declare_rights_call(opt, o->call);
  };
  c.run = [o](cli::Context& ctx) { return run_dispute(*o, ctx); };
  return c;
}

}  // namespace cess
