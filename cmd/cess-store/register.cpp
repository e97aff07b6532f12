// SPDX-License-Identifier: Apache-2.0
// config: a miner's folder, on whatever machine. register: its way onto the chain, and after a move
// to another address the same line again.
#include <filesystem>

#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "commands.hpp"
#include "miner/node_pool.hpp"
#include "miner/registration.hpp"
#include "miner_config.hpp"
#include "store/writer.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

struct ConfigArgs {
  std::string folder;
  std::vector<std::string> nodes;
  std::string listen;
  std::string prover_listen;
  std::string endpoint;
  std::string region;
  std::string account_key;
  std::uint64_t capacity = 0;
};

// A relative folder of a node is the caller's, not the new folder's.
std::string node_for(const std::string& node) {
  return node.starts_with("http:") ? node : std::filesystem::absolute(node).string();
}

Result<AccountKey> take_key(const ConfigArgs& args, cli::Context& ctx) {
  if (!args.account_key.empty()) return client::read_key_file(args.account_key);
  return make_account_key(SignatureKind::ed25519, ctx.random->key());
}

Result<int> make_folder(const ConfigArgs& args, cli::Context& ctx) {
  CESS_TRY(net::parse_endpoint(args.listen, "--listen"));
  CESS_TRY_ASSIGN(const AccountKey account, take_key(args, ctx));
  CESS_TRY_ASSIGN(const AccountKey sign,
                  make_account_key(SignatureKind::ed25519, ctx.random->key()));
  const std::string endpoint = args.endpoint.empty() ? "https://" + args.listen : args.endpoint;
  Json config = {{"schema", "cess.miner/1"}, {"node", Json::array()}, {"listen", args.listen}};
  for (const auto& node : args.nodes) config["node"].push_back(node_for(node));
  if (!args.prover_listen.empty()) config["prover_listen"] = args.prover_listen;
  config.update({{"endpoint", endpoint},
                 {"region", args.region},
                 {"account_key", "account.key"},
                 {"sign_key", "sign.key"},
                 {"store", "store"}});
  CESS_TRY(make_dir(args.folder, 0700, false));
  CESS_TRY(client::write_key_file(args.folder + "/account.key", account));
  CESS_TRY(client::write_key_file(args.folder + "/sign.key", sign));
  StoreConfig store;
  store.miner = MinerId::from(account.id.view());
  store.capacity_bytes = args.capacity;
  store.created = format_rfc3339(ctx.clock->unix_seconds());
  CESS_TRY(Store::init(args.folder + "/store", store));
  CESS_TRY(write_file(args.folder + "/config.json", as_bytes(config.dump(2) + "\n"), {}));
  if (!ctx.json) {
    CESS_TRY(ctx.print(to_ss58(account.id)));
    return 0;
  }
  CESS_TRY(ctx.print(Json{{"schema", "cess.miner_folder/1"},
                          {"folder", args.folder},
                          {"miner", to_hex(account.id)},
                          {"account", to_ss58(account.id)}}));
  return 0;
}

// What is to be sent, if anything.
Result<std::optional<client::CallData>> wanted_call(client::Rpc& rpc, const miner::Offer& offer,
                                                    const AccountId& who, std::string& did) {
  CESS_TRY_ASSIGN(const auto record, client::get(rpc, miners::kMiners, who));
  if (record && record->state != miners::MinerState::withdrawn) {
    CESS_TRY_ASSIGN(const auto update, miner::make_update(offer, *record));
    if (!update) return std::optional<client::CallData>();
    did = "updated";
    CESS_TRY_ASSIGN(auto call, client::encode_call("miners.update", *update));
    return std::optional(std::move(call));
  }
  CESS_TRY_ASSIGN(const auto params, client::require(rpc, miners::kParams));
  CESS_TRY_ASSIGN(const auto join,
                  miner::make_registration(offer, params, record ? record->debt : 0));
  did = "registered";
  CESS_TRY_ASSIGN(auto call, client::encode_call("miners.register", join));
  return std::optional(std::move(call));
}

Result<int> register_miner(const std::string& folder, std::uint64_t declare, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const MinerConfig config, read_miner_config(folder));
  if (config.account_key.empty())
    return fail(Code::input, "the configuration names no account_key", "account_key");
  CESS_TRY_ASSIGN(const AccountKey account, client::read_key_file(config.account_key));
  CESS_TRY_ASSIGN(const AccountKey sign, client::read_key_file(config.sign_key));
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(config.store));
  if (MinerId::from(account.id.view()) != store->config().miner)
    return fail(Code::input, "the store is of another miner than the account_key",
                config.account_key);
  miner::Offer offer;
  offer.endpoint = config.endpoint;
  offer.region = config.region;
  offer.ip = config.ip;
  offer.sign_key = sign.id.bytes;
  offer.declared = declare != 0 ? declare : offered_bytes(store->config().capacity_bytes);
  miner::NodePool nodes(config.nodes, kNodeAnswerLimits);
  CESS_TRY(client::synced_info(nodes));
  std::string did = "unchanged";
  CESS_TRY_ASSIGN(auto call, wanted_call(nodes, offer, account.id, did));
  Json out = {{"schema", "cess.miner_registered/1"},
              {"miner", to_hex(account.id)},
              {"account", to_ss58(account.id)},
              {"endpoint", offer.endpoint},
              {"did", did}};
  if (call) {
    CESS_TRY_ASSIGN(const auto outcome, client::send(nodes, account, std::move(*call)));
    CESS_TRY(client::require_ok(outcome));
    out["height"] = outcome.height;
    out["txn"] = to_hex(outcome.hash);
  }
  CESS_TRY(ctx.json ? ctx.print(out) : ctx.print(did + " " + offer.endpoint));
  return 0;
}

}  // namespace

cli::Command config_command() {
  const auto args = std::make_shared<ConfigArgs>();
  cli::Command c;
  c.name = "config";
  c.summary = "make a miner's folder: keys, store, config.json; prints its address";
  c.declare = [args](cli::Options& o) {
    o.text("-d,--dir", "DIR", args->folder, "folder to create", true);
    o.texts("--node", "NODE", args->nodes, "URL of a node's RPC, or its folder; may be repeated");
    o.text("--listen", "HOST:PORT", args->listen, "where to serve fragments", true);
    o.text("--prover-listen", "HOST:PORT", args->prover_listen,
           "where cess-prove watch answers /health and /metrics");
    o.text("--endpoint", "URL", args->endpoint,
           "how others reach it (default https:// and what --listen says)");
    o.text("--region", "REGION", args->region, "country or part of one, e.g. DE or US-CA", true);
    o.size("--capacity", "SIZE", args->capacity, "bytes the store may ever take, e.g. 500GiB",
           true);
    o.text("--account-key", "FILE", args->account_key, "an account's key to copy (default: new)");
  };
  c.run = [args](cli::Context& ctx) -> Result<int> {
    if (args->nodes.empty()) return fail(Code::usage, "missing option '--node'", "--node");
    return make_folder(*args, ctx);
  };
  return c;
}

cli::Command register_command() {
  struct Own {
    std::string folder = ".";
    std::uint64_t declare = 0;
  };
  const auto own = std::make_shared<Own>();
  cli::Command c;
  c.name = "register";
  c.summary = "bring a miner to the chain, or its record there up to date";
  c.declare = [own](cli::Options& o) {
    o.text("-d,--dir", "DIR", own->folder,
           "the miner's folder: config.json, its keys, its store (default .)");
    o.size("--declare", "SIZE", own->declare,
           "space to offer (default: what the store's capacity leaves for fragments)");
  };
  c.run = [own](cli::Context& ctx) { return register_miner(own->folder, own->declare, ctx); };
  return c;
}

}  // namespace cess
