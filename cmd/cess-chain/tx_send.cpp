// SPDX-License-Identifier: Apache-2.0
#include "tx_send.hpp"

#include "call_args.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/state.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "show_search.hpp"

namespace cess {
namespace {

// For people: what became of it in a few words; --json: all the node said of the receipt.
Status print_outcome(cli::Context& ctx, const client::Outcome& outcome) {
  if (ctx.json) {
    return ctx.print(Json{{"schema", "cess.included/1"},
                          {"hash", to_hex(outcome.hash)},
                          {"height", outcome.height},
                          {"receipt", outcome.receipt}});
  }
  return ctx.print(to_hex(outcome.hash) + "  block " + std::to_string(outcome.height) + "  fee " +
                   to_tokens(outcome.fee) + " CESS");
}

Result<int> print_estimate(cli::Context& ctx, client::Rpc& rpc, const TxnBody& body) {
  CESS_TRY_ASSIGN(const Amount fee, client::estimate(rpc, body));
  CESS_TRY(ctx.json ? ctx.print(Json{{"schema", "cess.estimate/1"}, {"fee", to_decimal(fee)}})
                    : ctx.print("fee " + to_tokens(fee) + " CESS"));
  return 0;
}

constexpr Amount kFaucetGives = 10 * kBaseUnitsPerToken;  // for fees, beside what the call moves
constexpr Amount kFeesBeside = kBaseUnitsPerToken;        // less than so much is filled up

Status too_little(const SendChoice& o, const AccountId& sender, Amount has, Amount fee) {
  const std::string fees = fee == 0 ? "" : ", the fee " + to_tokens(fee);
  return fail(Code::no,
              "the " + o.holds + " is " + to_tokens(o.moves) + " CESS" + fees + ", and '" +
                  to_ss58(sender) + "' has " + to_tokens(has),
              to_ss58(sender),
              "send it " + to_tokens(o.moves + fee - has) + (fee == 0 ? " and the fee" : "") +
                  "; on a network of `cess-chain devnet`, --faucet DIR/faucet.key does");
}

// Who has what is held and not the fee would learn it from a block, and pay for that.
Status require_fee_beside(client::Rpc& rpc, const SendChoice& o, const TxnBody& body,
                          const AccountId& sender) {
  CESS_TRY_ASSIGN(const auto account, client::get(rpc, accounts::kAccounts, sender));
  CESS_TRY_ASSIGN(const Amount fee, client::estimate(rpc, body));
  const Amount has = account ? account->free : 0;
  return has >= o.moves + fee ? Status() : too_little(o, sender, has, fee);
}

}  // namespace

void declare_wait(cli::Options& opt, WaitChoice& wait) {
  opt.choice("--wait", {"submitted", "included", "finalized"}, wait.until,
             "what to wait for (default " + wait.until + ")");
  opt.text("--checkpoint", "HASH", wait.checkpoint, "let the proof begin at this trusted block");
}

void declare_send(cli::Options& opt, SendChoice& o) {
  declare_node(opt, o.node);
  opt.text("-k,--key", "FILE", o.key, "account key; default stdin");
  declare_wait(opt, o.wait);
  opt.text("--tip", "AMOUNT", o.tip, "on top of the fee, in tokens");
  opt.number("--valid-blocks", "N", o.valid_blocks, 1, 1'000'000,
             "blocks until it expires (default 1000)");
}

void declare_one_call(cli::Options& opt, SendChoice& o) {
  opt.number("--nonce", "N", o.nonce, 0, SendChoice::kNextNonce - 1,
             "replace what waits with this nonce; takes a tenth more fee");
  opt.flag("--estimate", o.estimate, "say what the fee is, send nothing");
}

void declare_faucet(cli::Options& opt, SendChoice& o) {
  opt.text("--faucet", "FILE", o.faucet,
           "devnets: key that first gives to a sender without tokens");
}

// A key made a moment ago has nothing, not even the fee; one that was given something for its first
// call has not what the next one holds.
Status fill_from_faucet(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                        const AccountId& sender) {
  if (o.faucet.empty() && o.holds.empty()) return {};
  CESS_TRY_ASSIGN(const auto account, client::get(rpc, accounts::kAccounts, sender));
  const Amount has = account ? account->free : 0;
  const Amount wanted = o.faucet.empty() ? o.moves : o.moves + kFeesBeside;
  if (account && (o.holds.empty() || has >= wanted)) return {};
  if (o.faucet.empty()) return too_little(o, sender, has, 0);
  CESS_TRY_ASSIGN(const AccountKey faucet, client::read_key_file(o.faucet));
  const Amount given = kFaucetGives + o.moves - has;
  const Json args = {{"to", to_ss58(sender)}, {"amount", to_decimal(given)}};
  CESS_TRY_ASSIGN(auto call, client::call_from_json("accounts.transfer", args));
  CESS_TRY(client::send(rpc, faucet, std::move(call)));
  // Somebody's money went: said unless --quiet.
  ctx.warn("faucet " + to_ss58(faucet.id) + " gave " + to_tokens(given) + " CESS to " +
           to_ss58(sender));
  return {};
}

Result<int> submit_and_wait(cli::Context& ctx, client::Rpc& rpc, const Txn& txn,
                            const WaitChoice& wait) {
  CESS_TRY(client::submit(rpc, txn));
  return wait_and_print(ctx, rpc, txn, wait);
}

Result<int> wait_and_print(cli::Context& ctx, client::Rpc& rpc, const Txn& txn,
                           const WaitChoice& wait) {
  const TxnHash hash = txn_hash(encode_scale(txn));
  if (wait.until == "submitted") {
    CESS_TRY(ctx.json ? ctx.print(Json{{"schema", "cess.submitted/1"}, {"hash", to_hex(hash)}})
                      : ctx.print(to_hex(hash)));
    return 0;
  }
  client::WaitOptions options;
  if (wait.until == "finalized") options.until = client::Wait::finalized;
  options.checkpoint = wait.checkpoint;
  options.go_on = [&] {
    ctx.note("still waiting for " + to_hex(hash));
    return true;
  };
  CESS_TRY_ASSIGN(const auto outcome, client::wait(rpc, txn, options));
  CESS_TRY(options.until == client::Wait::finalized ? ctx.print(outcome.proof)
                                                    : print_outcome(ctx, outcome));
  CESS_TRY(client::require_ok(outcome));
  return wait.then ? wait.then(ctx, outcome) : Result<int>(0);
}

Result<int> send_call(cli::Context& ctx, client::Rpc& rpc, const SendChoice& o,
                      const AccountKey& key, client::CallData call) {
  if (!o.estimate) CESS_TRY(fill_from_faucet(ctx, rpc, o, key.id));
  client::SendOptions options;
  if (o.nonce != SendChoice::kNextNonce) options.nonce = o.nonce;
  options.valid_blocks = o.valid_blocks;
  if (!o.tip.empty()) {
    CESS_TRY_ASSIGN(options.tip, parse_tokens(o.tip, "--tip"));
  }
  CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc, key.id, std::move(call), options));
  if (o.estimate) return print_estimate(ctx, rpc, body);
  if (!o.holds.empty()) CESS_TRY(require_fee_beside(rpc, o, body, key.id));
  return submit_and_wait(ctx, rpc, sign_txn(std::move(body), key), o.wait);
}

Result<client::CallData> read_call(const std::string& name, const std::vector<std::string>& words,
                                   const std::string& json, const NodeOptions* node) {
  const auto call = client::runtime().find_call(name);
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
  for (const FieldInfo& f : call->second->fields) {
    if (node == nullptr || !args.is_object() || !args.contains(f.name)) continue;
    CESS_TRY(resolve_accounts(f.type, args[f.name],
                              [&](const std::string& text) { return account_named(*node, text); }));
  }
  auto data = client::call_from_json(name, args);
  if (data) return data;
  return fail(Code::usage, data.error().message, name,
              name + " takes " + describe_call(*call->second));
}

}  // namespace cess
