// SPDX-License-Identifier: Apache-2.0
// tagger: the service. This file joins the engine (lib/tagger) to the server, the chain and the
// miners.
#include <memory>
#include <thread>

#include "base/hex.hpp"
#include "commands.hpp"
#include "net/http.hpp"
#include "sys/process.hpp"
#include "sys/terminal.hpp"
#include "tagger/chain_world.hpp"
#include "tagger/delivery.hpp"
#include "tagger_folder.hpp"
#include "transfer/miner_port.hpp"

namespace cess {
namespace {

struct TaggerArgs {
  std::string folder = ".";
  std::uint64_t ready_fd = 0;
  std::uint64_t threads = 0;
};

using Log = std::function<void(const std::string&)>;

Log logger(cli::Context& ctx) {
  return [&ctx](const std::string& line) {
    (void)write_full(
        ctx.err,
        as_bytes(format_rfc3339(ctx.clock->unix_seconds()) + " " + escape_control(line) + "\n"),
        "log");
  };
}

struct FoundNode {
  std::string node;
  Hash256 genesis;
};

/// Waits for a node that is in sync; nothing when the process shall end first.
std::optional<FoundNode> wait_for_node(const std::vector<std::string>& nodes, net::Loop& loop,
                                       const bool& stopped, const Log& log) {
  constexpr std::uint64_t kWaitMs = 500;
  std::string said;
  while (!stopped) {
    std::string why;
    for (const std::string& node : nodes) {
      client::RpcClient rpc = client::RpcClient::lazy(node);
      const auto info = client::synced_info(rpc);
      if (info) return FoundNode{node, info->genesis};
      why = info.error().message;
    }
    if (why != said) {
      said = why;
      log("waits for a node: " + said);
    }
    bool due = false;
    loop.start_timer(kWaitMs, [&due] { due = true; });
    while (!due && !stopped) loop.run_some(kWaitMs);
  }
  return std::nullopt;
}

net::HttpConfig http_config(const TaggerFolder& f, const net::Endpoint& listen) {
  net::HttpConfig config;
  config.listen = listen;
  config.tls_seed = std::make_shared<const Key256>(f.secret.sign_seed().clone());
  config.connection_count_max = 256;
  return config;
}

/// Wishes for miners that no draw could meet: a record that differs is told, not mended.
void check_registered(tagger::World& world, const TaggerFolder& f, const Log& log) {
  const auto at = world.tagger(f.head.id);
  if (at && !*at) {
    log("tagger " + to_hex(f.head.id) +
        " is not registered: its tags count for nothing (cess-serve register-tagger)");
  } else if (at && (*at)->endpoint != f.config.endpoint) {
    log("the chain names the endpoint '" + (*at)->endpoint + "', the configuration '" +
        f.config.endpoint + "'");
  }
}

Result<int> serve(const TaggerArgs& args, cli::Context& ctx) {
  keep_freed_memory();
  const Log log = logger(ctx);
  CESS_TRY_ASSIGN(const auto f, read_tagger_folder(args.folder));
  auto tag = Tagger::make(f->secret, f->head);
  if (!tag) return fail(tag.error().code, "the tagger's public file: " + tag.error().message);
  CESS_TRY_ASSIGN(const auto listen, net::parse_endpoint(f->config.listen, "listen"));
  const tagger::TaggerKeys keys{*tag, f->secret, f->pub};
  CESS_TRY_ASSIGN(const auto jobs,
                  tagger::Jobs::open(f->config.work, keys, f->config.limits, *ctx.random));
  net::Loop loop;
  bool stopped = false;
  loop.on_stop_signal([&] {
    stopped = true;
    loop.stop();
  });
  const auto info = wait_for_node(f->config.nodes, loop, stopped, log);
  if (!info) return 0;
  const auto links = transfer::open_miners(info->genesis, &f->secret.sign_seed());
  const auto world = tagger::chain_world(info->node, *links);
  check_registered(*world, *f, log);
  tagger::Engine engine({*jobs, *world, keys, info->genesis, *ctx.random, *ctx.clock, log});
  proto::RequestGuard guard(info->genesis, f->head.sign_key);
  tagger::TaggerServerOptions options;
  options.threads = args.threads != 0 ? static_cast<unsigned>(args.threads)
                                      : std::max(2U, std::thread::hardware_concurrency());
  tagger::TaggerServer server(engine, guard, *ctx.clock, options);
  CESS_TRY_ASSIGN(const auto http, net::HttpServer::open(loop, http_config(*f, listen), server));
  tagger::Delivery delivery({*jobs, engine, *world, *links, info->node, f->account, *ctx.clock,
                             f->config.limits.idle_s_max, 500, log});
  CESS_TRY(ctx.print(Json{{"schema", "cess.listening/1"},
                          {"role", "tagger"},
                          {"tagger", to_hex(f->head.id)},
                          {"listen", net::format_endpoint(http->local())}}));
  CESS_TRY(net::notify_ready(static_cast<int>(args.ready_fd)));
  if (!stopped) loop.run();
  http->close();
  server.stop();
  delivery.stop();
  return 0;
}

}  // namespace

cli::Command tagger_command() {
  auto args = std::make_shared<TaggerArgs>();
  cli::Command c;
  c.name = "tagger";
  c.summary = "mask, tag and deliver uploads; keep shares of mask keys; rebuild fragments";
  c.declare = [args](cli::Options& o) {
    o.text("-d,--dir", "DIR", args->folder, "service folder with config.json (default .)");
    o.number("-T,--threads", "N", args->threads, 1, 256, "workers (default: one per processor)");
    o.number("--ready-fd", "N", args->ready_fd, 3, 1'000'000,
             "write a newline to this descriptor once it listens");
  };
  c.run = [args](cli::Context& ctx) { return serve(*args, ctx); };
  return c;
}

}  // namespace cess
