// SPDX-License-Identifier: Apache-2.0
// serve: a miner's HTTPS server until SIGTERM. Its folder's config.json (cess.miner/1) names the
// rest: node, listen, sign_key, store; with account_key it also restores lost fragments.
#include <optional>

#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "commands.hpp"
#include "miner/duty_thread.hpp"
#include "miner/service.hpp"
#include "proto/fragment_server.hpp"

namespace cess {
namespace {

struct ServeOptions {
  std::string folder = ".";
  std::uint64_t ready_fd = 0;
};

constexpr std::size_t kNodesMax = 64;
/// Of a question to a node; longer than the node holds an answer back.
constexpr net::ClientLimits kAnswerLimits{.wait_ms_max = 30'000, .body_size_max = 64U << 20U};

struct MinerConfig {
  std::vector<std::string> nodes;
  net::Endpoint listen;
  std::string sign_key;
  std::string account_key;  ///< empty: no restorals
  std::string store;
  miner::MinerSettings settings;
};

/// A path of config.json, which is relative to its folder.
std::string inside(const std::string& folder, const std::string& path) {
  return path.starts_with('/') || path.starts_with("http:") ? path : folder + "/" + path;
}

Result<MinerConfig> read_config(const std::string& folder) {
  const std::string name = folder + "/config.json";
  CESS_TRY_ASSIGN(const Bytes text, read_file(name, 64U << 10U));
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), name));
  const JsonView view(json, name);
  CESS_TRY(view.schema("cess.miner/1"));
  MinerConfig c;
  const Json nodes = json.value("node", Json());
  for (const Json& n : nodes) {
    if (!nodes.is_array() || !n.is_string() || c.nodes.size() == kNodesMax)
      return fail(Code::input, name + ": node: not a list of at most 64 texts", "node");
    c.nodes.push_back(inside(folder, n.get<std::string>()));
  }
  if (c.nodes.empty()) return fail(Code::input, name + ": node: names no node", "node");
  CESS_TRY_ASSIGN(const std::string listen, view.text("listen"));
  CESS_TRY_ASSIGN(c.listen, net::parse_endpoint(listen, "listen"));
  CESS_TRY_ASSIGN(const std::string key, view.text("sign_key"));
  c.sign_key = inside(folder, key);
  if (view.has("account_key")) {
    CESS_TRY_ASSIGN(const std::string account, view.text("account_key"));
    c.account_key = inside(folder, account);
  }
  CESS_TRY_ASSIGN(const std::string store, view.text("store"));
  c.store = inside(folder, store);
  c.settings.staging = inside(folder, "staging");
  if (view.has("staging_bytes")) {
    CESS_TRY_ASSIGN(c.settings.staging_bytes,
                    view.number("staging_bytes", std::uint64_t{1} << 50U));
  }
  return c;
}

Result<int> serve(const ServeOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const MinerConfig config, read_config(o.folder));
  CESS_TRY_ASSIGN(const AccountKey key, client::read_key_file(config.sign_key));
  if (key.kind != SignatureKind::ed25519)
    return fail(Code::input, "the sign_key of a miner is an Ed25519 key", config.sign_key);
  CESS_TRY_ASSIGN(const auto store, Store::open(config.store));
  std::optional<AccountKey> account;
  if (!config.account_key.empty()) {
    CESS_TRY_ASSIGN(account, client::read_key_file(config.account_key));
    if (MinerId::from(account->id.view()) != store->config().miner)
      return fail(Code::input, "the store is of another miner than the account_key",
                  config.account_key);
  }
  miner::NodePool nodes(config.nodes, kAnswerLimits);
  CESS_TRY_ASSIGN(const auto info, client::node_info(nodes));
  miner::Shelf shelf(*store);
  miner::MinerService service(shelf, nodes, info.genesis, key.secret, config.settings);
  CESS_TRY(service.open());
  std::optional<miner::DutyThread> duty;
  if (account) {
    duty.emplace(miner::DutySetup{shelf,
                                  nodes,
                                  *account,
                                  key.secret,
                                  info.genesis,
                                  [&ctx](const std::string& text) { ctx.warn(text); },
                                  {}});
    service.set_duty([&duty] { return duty->report(); });
  }
  const Ed25519Public identity = ed25519_public(key.secret);
  net::Loop loop;
  loop.on_stop_signal([&loop] { loop.stop(); });
  {
    proto::FragmentServer server(service, info.genesis, identity, *ctx.clock);
    net::HttpConfig http;
    http.listen = config.listen;
    http.tls_seed = std::make_shared<const Key256>(key.secret.clone());
    CESS_TRY_ASSIGN(const auto listener, net::HttpServer::open(loop, std::move(http), server));
    Json line;
    line["schema"] = "cess.listening/1";
    line["miner"] = to_hex(store->config().miner);
    line["listen"] = net::format_endpoint(listener->local());
    line["key"] = to_hex(ByteView(identity));
    CESS_TRY(ctx.print(line));
    if (o.ready_fd != 0) CESS_TRY(net::notify_ready(static_cast<int>(o.ready_fd)));
    loop.run();
    listener->close();
  }
  return 0;
}

}  // namespace

cli::Command serve_command() {
  const auto o = std::make_shared<ServeOptions>();
  cli::Command c;
  c.name = "serve";
  c.summary = "take and give fragments over HTTPS, as the chain says, until SIGTERM";
  c.declare = [o](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", o->folder,
             "the miner's folder: config.json, its keys, its store (default .)");
    opt.number("--ready-fd", "N", o->ready_fd, 3, 1'000'000,
               "write a newline to this descriptor once it listens");
  };
  c.run = [o](cli::Context& ctx) { return serve(*o, ctx); };
  return c;
}

}  // namespace cess
