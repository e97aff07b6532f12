// SPDX-License-Identifier: Apache-2.0
// watch: what happens, a JSON line each, until interrupted.
#include <memory>

#include "commands.hpp"
#include "rpc.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kStepMs = 60'000;

struct WatchOptions {
  NodeOptions node;
  std::string events;
  bool heads = false;
  std::uint64_t count = 0;
};

Result<int> watch(const WatchOptions& o, cli::Context& ctx) {
  if (o.heads == !o.events.empty())
    return fail(Code::usage, "want --heads or --events FILTER", "watch");
  CESS_TRY_ASSIGN(const RpcClient rpc, RpcClient::connect(o.node));
  net::Url url = rpc.url();
  url.websocket = true;
  CESS_TRY_ASSIGN(auto socket, net::WsClient::connect(url));
  Json params = {{"topic", o.heads ? "heads" : "events"}};
  if (!o.heads) params["filter"] = o.events;
  CESS_TRY(socket.send(
      write_json({{"jsonrpc", "2.0"}, {"id", 1}, {"method", "subscribe"}, {"params", params}})));
  std::uint64_t printed = 0;
  while (o.count == 0 || printed < o.count) {
    CESS_TRY_ASSIGN(const auto message, socket.receive(kStepMs));
    if (!message) continue;
    auto j = parse_json(*message, "message of the node", {.size_max = 64U << 20U, .depth_max = 32});
    if (!j) return fail(Code::peer, "cannot read the node's message: " + j.error().message);
    if (!j->contains("method")) {
      CESS_TRY(rpc_result(*j));
      continue;
    }
    const auto p = j->find("params");
    if (p == j->end() || !p->contains("result")) continue;
    CESS_TRY(ctx.print((*p)["result"]));
    ++printed;
  }
  return 0;
}

}  // namespace

cli::Command watch_command() {
  auto o = std::make_shared<WatchOptions>();
  cli::Command c;
  c.name = "watch";
  c.summary = "print events or heads as they become final, a JSON line each";
  c.declare = [o](cli::Options& opt) {
    opt.text("--events", "FILTER", o->events, "files.*, accounts.transferred, or * for all");
    opt.flag("--heads", o->heads, "every final block's header instead");
    opt.number("--count", "N", o->count, 0, ~0ULL, "stop after so many (default: never)");
    declare_node(opt, o->node);
  };
  c.run = [o](cli::Context& ctx) { return watch(*o, ctx); };
  return c;
}

cli::Command status_command() {
  auto node = std::make_shared<NodeOptions>();
  cli::Command c;
  c.name = "status";
  c.summary = "what a node says of itself: height, peers, in sync or not";
  c.declare = [node](cli::Options& opt) { declare_node(opt, *node); };
  c.run = [node](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(RpcClient rpc, RpcClient::connect(*node));
    CESS_TRY_ASSIGN(const Json info, rpc.call("node_info"));
    if (ctx.json) {
      CESS_TRY(ctx.print(info));
    } else {
      for (const auto& [name, value] : info.items()) {
        CESS_TRY(
            ctx.print(name + " " + (value.is_string() ? value.get<std::string>() : value.dump())));
      }
    }
    return info.value("synced", false) ? 0 : 1;
  };
  return c;
}

}  // namespace cess
