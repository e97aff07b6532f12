// SPDX-License-Identifier: Apache-2.0
// watch: what happens, a JSON line each, until interrupted.
#include <memory>

#include "chain/client/events.hpp"
#include "commands.hpp"
#include "inputs.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kStepMs = 60'000;

struct WatchOptions {
  NodeOptions node;
  std::string events;
  bool heads = false;
  std::uint64_t count = 0;
  std::uint64_t from = 0;
};

// As `export` prints it.
Json named(const char* schema, const Json& document) {
  Json line = {{"schema", schema}};
  line.update(document);
  return line;
}

Result<int> watch(const WatchOptions& o, cli::Context& ctx) {
  if (o.heads == !o.events.empty())
    return fail(Code::usage, "want --heads or --events FILTER", "watch");
  if (o.heads && o.from > 0) return fail(Code::usage, "--from goes with --events", "--from");
  CESS_TRY_ASSIGN(const std::string node, node_of(o.node));
  std::uint64_t printed = 0;
  const auto more = [&] { return o.count == 0 || printed < o.count; };
  if (o.heads) {
    CESS_TRY_ASSIGN(auto feed, client::HeadFeed::open(node));
    while (more()) {
      CESS_TRY_ASSIGN(const auto head, feed.next(kStepMs));
      if (!head) continue;
      CESS_TRY(ctx.print(named("cess.head/1", *head)));
      ++printed;
    }
    return 0;
  }
  const std::optional<Height> from = o.from > 0 ? std::optional<Height>(o.from) : std::nullopt;
  CESS_TRY_ASSIGN(auto feed, client::EventFeed::open(node, o.events, from));
  while (more()) {
    CESS_TRY_ASSIGN(const auto event, feed.next(kStepMs));
    if (!event) continue;
    CESS_TRY(ctx.print(named("cess.event/1", event->document)));
    ++printed;
  }
  return 0;
}

}  // namespace

cli::Command watch_command() {
  auto o = std::make_shared<WatchOptions>();
  cli::Command c;
  c.name = "watch";
  c.summary = "print events or heads as they become final";
  c.declare = [o](cli::Options& opt) {
    opt.text("--events", "FILTER", o->events, "files.*, files.stored, storage.*, or * for all");
    opt.flag("--heads", o->heads, "every final block's header instead");
    opt.number("--from", "HEIGHT", o->from, 1, ~0ULL, "events from this block on, then new ones");
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
  c.summary = "print how a node is: height, peers, in sync or not";
  c.declare = [node](cli::Options& opt) { declare_node(opt, *node); };
  c.run = [node](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(auto rpc, connect(*node));
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
