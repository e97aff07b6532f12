// SPDX-License-Identifier: Apache-2.0
// join: the folder of a node of one's own for a network that runs elsewhere.
#include <memory>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "chain/node/config.hpp"
#include "chain/state/election/keys.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"
#include "inputs.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

struct JoinArgs {
  std::string folder;
  std::string from;
  std::string spec;
  std::string genesis;
  std::vector<std::string> peers;
  std::string listen = "0.0.0.0:30300";
  std::string rpc = "127.0.0.1:9944";
  std::string account_key;
  std::string sync_from;
  bool validator = false;
};

constexpr std::size_t kSpecSizeMax = 16U << 20U;

// HOST:PORT or HOST:PORT@NODE_KEY.
Result<node::PeerAddress> parse_peer(const std::string& text) {
  node::PeerAddress out;
  const auto at = text.find('@');
  CESS_TRY_ASSIGN(out.address, net::parse_endpoint(text.substr(0, at), "--peer"));
  if (at == std::string::npos) return out;
  CESS_TRY_ASSIGN(out.node_key, parse_id<net::NodeKey>(text.substr(at + 1), "--peer"));
  return out;
}

// HEIGHT:HASH of a block that somebody trusts.
Result<node::SyncFrom> parse_checkpoint(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos)
    return fail(Code::usage, "--sync-from: want HEIGHT:HASH, got '" + text + "'", text);
  node::SyncFrom out;
  CESS_TRY(from_json_value(Json(text.substr(0, colon)), out.height, "--sync-from"));
  CESS_TRY_ASSIGN(out.hash, parse_id<BlockHash>(text.substr(colon + 1), "--sync-from"));
  return out;
}

Result<Json> read_spec_of(const JoinArgs& args) {
  if (!args.spec.empty()) {
    CESS_TRY_ASSIGN(const Bytes text, read_file(args.spec, kSpecSizeMax));
    return parse_json(as_text(text), args.spec);
  }
  CESS_TRY_ASSIGN(auto rpc, client::RpcClient::connect(args.from));
  return rpc.call("chain_spec");
}

Status check_genesis(const JoinArgs& args, const Hash256& genesis, cli::Context& ctx) {
  if (args.genesis.empty()) {
    if (!args.from.empty())
      ctx.warn("nobody but '" + args.from +
               "' says that this is the genesis (--genesis HASH): " + to_hex(genesis));
    return {};
  }
  CESS_TRY_ASSIGN(const auto wanted, parse_id<Hash256>(args.genesis, "--genesis"));
  if (wanted == genesis) return {};
  return fail(Code::no, "the specification is of another chain: its genesis is " + to_hex(genesis),
              args.genesis);
}

// The call by which the validator's account takes its keys, as `tx call --args` wants it.
Result<Json> registration(const node::NodeKeys& keys, const Hash256& genesis) {
  const AccountId account = AccountId::from(ed25519_public(*keys.account));
  const auto bls = bls::SecretKey::parse(*keys.bls);
  CESS_CHECK(bls.has_value());
  return to_json_value(
      election::make_registration(genesis, account, *bls, *keys.vrf_seed, keys.node_seed));
}

Result<int> join(const JoinArgs& args, cli::Context& ctx) {
  if (args.from.empty() == args.spec.empty())
    return fail(Code::usage, "want one of --from and --spec", "--from");
  if (args.peers.empty()) return fail(Code::usage, "missing option '--peer'", "--peer");
  node::NodeConfig config;
  CESS_TRY_ASSIGN(config.listen, net::parse_endpoint(args.listen, "--listen"));
  CESS_TRY_ASSIGN(config.rpc, net::parse_endpoint(args.rpc, "--rpc"));
  for (const auto& peer : args.peers) {
    CESS_TRY_ASSIGN(auto parsed, parse_peer(peer));
    config.peers.push_back(std::move(parsed));
  }
  if (!args.sync_from.empty()) {
    CESS_TRY_ASSIGN(config.sync_from, parse_checkpoint(args.sync_from));
  }
  CESS_TRY_ASSIGN(const Json spec, read_spec_of(args));
  State probe;
  CESS_TRY_ASSIGN(const Hash256 genesis, Runtime().genesis(probe, spec));
  CESS_TRY(check_genesis(args, genesis, ctx));
  node::NodeKeys keys = node::make_keys(*ctx.random, args.validator);
  if (args.validator) {
    if (args.account_key.empty())
      return fail(Code::usage, "a validator needs --account-key", "--account-key");
    CESS_TRY_ASSIGN(AccountKey account, read_account_key(ctx, args.account_key));
    if (account.kind != SignatureKind::ed25519)
      return fail(Code::input, "a validator's account has an Ed25519 key", args.account_key);
    keys.account = std::move(account.secret);
  }
  CESS_TRY(make_dir(args.folder, 0700, false));
  CESS_TRY(write_file(args.folder + "/" + node::kSpecFile, as_bytes(spec.dump(2) + "\n"), {}));
  CESS_TRY(node::write_keys(args.folder, keys, false));
  CESS_TRY(node::write_config(args.folder, config, false));
  Json out = {{"schema", "cess.joined/1"},
              {"folder", args.folder},
              {"genesis", to_hex(genesis)},
              {"node_key", to_hex(ByteView(ed25519_public(keys.node_seed)))}};
  if (args.validator) {
    CESS_TRY_ASSIGN(out["register_keys"], registration(keys, genesis));
  }
  CESS_TRY(ctx.print(out));
  return 0;
}

}  // namespace

cli::Command join_command() {
  auto args = std::make_shared<JoinArgs>();
  cli::Command c;
  c.name = "join";
  c.summary = "make a node's folder for a running network";
  c.declare = [args](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", args->folder, "folder to create", true);
    opt.text("--from", "NODE", args->from, "a node whose specification is taken: URL or folder");
    opt.text("--spec", "FILE", args->spec, "the chain's specification, in place of --from");
    opt.text("--genesis", "HASH", args->genesis, "refuse the specification of any other chain");
    opt.texts("--peer", "HOST:PORT[@KEY]", args->peers,
              "a node to connect to, with its node key if known; may be repeated");
    opt.text("--listen", "HOST:PORT", args->listen, "for other nodes (default 0.0.0.0:30300)");
    opt.text("--rpc", "HOST:PORT", args->rpc, "for questions (default 127.0.0.1:9944)");
    opt.text("--sync-from", "HEIGHT:HASH", args->sync_from,
             "begin with the state of a later block, proven from this one");
    opt.flag("--validator", args->validator,
             "with keys to vote; prints the arguments of election.register_keys");
    opt.text("--account-key", "FILE", args->account_key, "the validator's account");
  };
  c.run = [args](cli::Context& ctx) { return join(*args, ctx); };
  return c;
}

}  // namespace cess
