// SPDX-License-Identifier: Apache-2.0
// export: all entries of a stored item, or all events of a range of blocks, for other programs:
// JSON lines, or CSV (RFC 4180) with a first line of names.
#include <memory>

#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "inputs.hpp"

namespace cess {
namespace {

struct ExportOptions {
  NodeOptions node;
  std::string what;
  std::string format = "json";
  std::string filter = "*";
  std::uint64_t from = 1;
  std::uint64_t to = 0;
};

// The whole name of an item that is unique by its last part.
Result<std::string> item_name(const std::string& word) {
  std::vector<std::string> found;
  std::vector<std::string> all = {"events"};
  for (const auto& module : client::runtime().modules()) {
    for (const auto& item : module->items()) {
      const std::string whole = module->name() + "." + item.name;
      // accounts, files, miners: the plural of the item that a module is named after.
      if (whole == word || item.name == word || item.name + "s" == word) found.push_back(whole);
      all.push_back(whole);
      all.push_back(item.name);
    }
  }
  if (found.size() == 1) return found[0];
  if (!found.empty()) {
    std::string names;
    for (const auto& f : found) names += (names.empty() ? "" : ", ") + f;
    return fail(Code::usage, "'" + word + "' is the name of several items", word,
                "name one of " + names);
  }
  const auto near = cli::nearest(word, all);
  return fail(
      Code::usage, "cannot export '" + word + "'", word,
      near.empty() ? "`cess-chain items` lists what is stored" : "did you mean '" + near + "'?");
}

Status export_item(cli::Context& ctx, client::Rpc& rpc, const std::string& item, Lines& out) {
  return client::list_entries(rpc, item, Json::array(), [&](const Json& entry) -> Status {
    Json line = {{"schema", "cess.item/1"}, {"item", item}, {"key", entry["key"]}};
    const Json& value = entry["value"];
    if (value.is_object()) {
      line.update(value);
    } else {
      line["value"] = value;
    }
    return out.print(ctx, line);
  });
}

Status export_events(cli::Context& ctx, client::Rpc& rpc, const ExportOptions& o, Lines& out) {
  CESS_TRY_ASSIGN(const auto info, client::node_info(rpc));
  const Height to = o.to == 0 ? info.height : o.to;
  if (to > info.height) {
    return fail(
        Code::no,
        "no block " + std::to_string(to) + " yet, the head is " + std::to_string(info.height),
        "--to");
  }
  Height next = o.from;
  while (next <= to) {
    CESS_TRY_ASSIGN(const Json answer,
                    rpc.call("chain_events", {{"from", next}, {"to", to}, {"filter", o.filter}}));
    for (const Json& event : answer.value("events", Json::array())) {
      Json line = {{"schema", "cess.event/1"}};
      line.update(event);
      CESS_TRY(out.print(ctx, line));
    }
    const Json more = answer.value("next", Json());
    if (more.is_null()) return {};
    if (!more.is_number_unsigned() || more.get<Height>() <= next)
      return fail(Code::peer, "the node's events do not go on");
    next = more.get<Height>();
  }
  return {};
}

Result<int> run_export(const ExportOptions& o, cli::Context& ctx) {
  if (ctx.json && o.format == "csv")
    return fail(Code::usage, "--format csv and --json are two ways of writing", "--format");
  const bool events = o.what == "events";
  if (!events && (o.from != 1 || o.to != 0 || o.filter != "*"))
    return fail(Code::usage, "--from, --to and --filter go with events", o.what,
                "stored items are exported as they are at the head");
  if (o.to != 0 && o.to < o.from) return fail(Code::usage, "--to is before --from", "--to");
  std::string item;
  if (!events) {
    CESS_TRY_ASSIGN(item, item_name(o.what));
  }
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  Lines out(o.format == "csv");
  CESS_TRY(events ? export_events(ctx, rpc, o, out) : export_item(ctx, rpc, item, out));
  return 0;
}

}  // namespace

cli::Command export_command() {
  auto o = std::make_shared<ExportOptions>();
  cli::Command c;
  c.name = "export";
  c.summary = "print stored things or events as JSON or CSV lines";
  c.declare = [o](cli::Options& opt) {
    opt.positional("WHAT", o->what, "an item of `items`, or events", true);
    opt.choice("--format", {"json", "csv"}, o->format, "lines of JSON (default), or CSV");
    opt.number("--from", "HEIGHT", o->from, 1, ~0ULL, "first block of events (default 1)");
    opt.number("--to", "HEIGHT", o->to, 1, ~0ULL, "last block of events (default the head)");
    opt.text("--filter", "FILTER", o->filter, "events of files.*, accounts.transferred, or all");
    declare_node(opt, o->node);
  };
  c.run = [o](cli::Context& ctx) { return run_export(*o, ctx); };
  return c;
}

}  // namespace cess
