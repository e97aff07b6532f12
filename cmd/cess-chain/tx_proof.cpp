// SPDX-License-Identifier: Apache-2.0
// tx submit-proof: what `cess-prove prove` made goes to the chain, unless there is nothing to
// answer.
#include <memory>

#include "audit/challenge_json.hpp"
#include "chain/client/audits.hpp"
#include "chain/client/idle.hpp"
#include "commands.hpp"
#include "tx_send.hpp"

namespace cess {
namespace {

constexpr std::size_t kSchemaWithin = 24;  // of a line of ours, where its schema begins

struct ProofOptions {
  SendChoice send;
  std::string in;
};

// Sends the parts one behind the other and waits for the last, which the others stand before.
Result<int> send_parts(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                       const AccountKey& key, const std::vector<audits::SubmitProof>& parts) {
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    CESS_TRY_ASSIGN(auto call, client::encode_call("audits.submit_proof", parts[i]));
    CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc, key.id, std::move(call)));
    CESS_TRY(client::submit(rpc, sign_txn(std::move(body), key)));
  }
  CESS_TRY_ASSIGN(auto call, client::encode_call("audits.submit_proof", parts.back()));
  return send_call(ctx, rpc, o, key, std::move(call));
}

Result<int> submit_one(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                       const AccountKey& key, std::string_view line, const std::string& name) {
  if (const auto none = parse_no_challenge(line)) {
    ctx.warn("nothing to answer now: " + none->why);
    return 0;
  }
  if (line.substr(0, kSchemaWithin).find("cess.idle_") != std::string_view::npos) {
    CESS_TRY_ASSIGN(const auto now, client::idle_view(rpc, key.id));
    CESS_TRY_ASSIGN(auto call, client::idle_submission(now, line, name));
    if (!call) return fail(Code::input, name + ": not an answer about idle space", name);
    return send_call(ctx, rpc, o, key, std::move(*call));
  }
  CESS_TRY_ASSIGN(const AuditProof proof, parse_proof(line, name));
  const Challenge& c = proof.challenge;
  if (c.miner != MinerId::from(key.id.view())) {
    return fail(
        Code::input,
        "the proof is of miner '" + to_hex(c.miner) + "', the key of '" + to_hex(key.id) + "'",
        to_hex(c.miner), "`cess-store init --miner` takes the miner's account in hexadecimal");
  }
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  if (c.chain_id != to_hex(info.genesis))
    return fail(Code::input, "the proof is for another chain: '" + c.chain_id + "'", c.chain_id);
  CESS_TRY_ASSIGN(const auto turn, client::audit_turn(rpc, key.id, c.epoch));
  using client::Turn;
  if (turn.turn == Turn::submitted || turn.turn == Turn::judged) {
    ctx.warn("nothing to answer now: " + client::describe(turn));
    return 0;
  }
  if (turn.turn != Turn::now)
    return fail(Code::no, "too late or too early: " + client::describe(turn));
  CESS_TRY_ASSIGN(const auto parts, client::submissions_of(proof));
  return send_parts(ctx, rpc, o, key, parts);
}

Result<int> submit_proof(const ProofOptions& o, cli::Context& ctx) {
  if (o.send.key.empty() || o.send.key == "-")
    return fail(Code::usage, "no key: standard input has the proof, name a key file with -k", "-k");
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.send.key));
  std::string name;
  CESS_TRY_ASSIGN(const Bytes text, read_input(ctx, o.in, kProofLineMax, name));
  CESS_TRY_ASSIGN(auto rpc, connect(o.send.node));
  std::string_view rest = as_text(text);
  std::size_t count = 0;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    ++count;
    CESS_TRY(submit_one(ctx, rpc, o.send, key, line, name + ": line " + std::to_string(count)));
  }
  if (count == 0) return fail(Code::input, name + ": empty: expected a proof", name);
  return 0;
}

}  // namespace

cli::Command tx_submit_proof_command() {
  auto o = std::make_shared<ProofOptions>();
  o->send.wait.until = "included";
  cli::Command c;
  c.name = "tx submit-proof";
  c.summary = "send a miner's answer to an audit, or on idle space";
  c.declare = [o](cli::Options& opt) {
    opt.positional(
        "FILE", o->in,
        "cess.proof/1 or what `cess-prove idle answer` printed, a line each; default stdin");
    declare_send(opt, o->send);
  };
  c.run = [o](cli::Context& ctx) { return submit_proof(*o, ctx); };
  return c;
}

}  // namespace cess
