// SPDX-License-Identifier: Apache-2.0
// serve: a miner's HTTPS server until SIGTERM. Its folder's config.json (cess.miner/1) names the
// rest: node, listen, sign_key, store; with account_key it also restores lost fragments.
#include <functional>
#include <optional>

#include "base/hex.hpp"
#include "chain/client/key_file.hpp"
#include "commands.hpp"
#include "idle/room.hpp"
#include "miner/duty_thread.hpp"
#include "miner/service.hpp"
#include "miner_config.hpp"
#include "proto/fragment_server.hpp"
#include "sys/process.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kLookMs = 500;

struct ServeOptions {
  std::string folder = ".";
  std::uint64_t ready_fd = 0;
};

Result<int> serve(const ServeOptions& o, cli::Context& ctx) {
  keep_freed_memory();
  CESS_TRY_ASSIGN(const MinerConfig config, read_miner_config(o.folder));
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
  miner::NodePool nodes(config.nodes, kNodeAnswerLimits);
  CESS_TRY_ASSIGN(const auto info, client::node_info(nodes));
  miner::Shelf shelf(*store);
  miner::MinerService service(shelf, nodes, info.genesis, key.secret, config.settings);
  CESS_TRY(service.open());
  if (const std::size_t damaged = service.till().report().damaged; damaged > 0) {
    ctx.warn("warning: '" + config.settings.till.folder + "': " + std::to_string(damaged) +
             " damaged books of channels were set aside as *.damaged: what they owe is lost");
  }
  // Fillers may be made beside this process: it gives room for them.
  CESS_TRY_ASSIGN(const auto room,
                  idle::RoomServer::start(
                      config.store, {store->config().miner, [&shelf] { return shelf.free_bytes(); },
                                     [&shelf](auto files) { return shelf.claim_filler(files); }}));
  std::optional<miner::DutyThread> duty;
  if (account) {
    miner::HoldingOptions holding;
    holding.report_any = config.report_any;
    duty.emplace(miner::DutySetup{shelf,
                                  nodes,
                                  *account,
                                  key.secret,
                                  info.genesis,
                                  [&ctx](const std::string& text) { ctx.warn(text); },
                                  {},
                                  holding,
                                  &service.till()});
    service.set_duties([&duty] { return duty->report(); }, [&duty] { return duty->holding(); });
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
    CESS_TRY(net::notify_ready(static_cast<int>(o.ready_fd)));
    // A full disk may break off a commit. Whoever supervises starts another, which opens the store.
    std::function<void()> look_after = [&] {
      if (shelf.must_reopen()) return loop.stop();
      loop.start_timer(kLookMs, look_after);
    };
    look_after();
    loop.run();
    listener->close();
  }
  if (shelf.must_reopen())
    return fail(Code::system,
                "store '" + config.store + "' must be opened again after a failed write",
                config.store);
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
