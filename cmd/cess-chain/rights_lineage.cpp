// SPDX-License-Identifier: Apache-2.0
// rights lineage: what a work derives from and what derives from it.
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <memory>
#include <set>

#include "commands.hpp"
#include "inputs.hpp"
#include "rights.hpp"

namespace cess {
namespace {

constexpr std::size_t kWorksMax = 10'000;
constexpr std::size_t kRelativesPage = 1000;

struct LineageOptions {
  NodeOptions node;
  std::string name;
  std::uint64_t depth = 8;
};

struct Place {
  std::string id;
  std::int64_t generation = 0;
};

// All of a work's answer: its children come in pages.
Result<Json> relatives(client::Rpc& rpc, const std::string& id) {
  Json whole;
  Json params = {{"certificate", id}, {"limit", kRelativesPage}};
  while (true) {
    CESS_TRY_ASSIGN(Json page, rpc.call("rights_lineage", params));
    const bool fits = page.is_object() && page.contains("children") && page["children"].is_array();
    if (!fits) return fail(Code::peer, "the node's answer about '" + id + "' is none", id);
    const Json next = page.value("next", Json());
    if (whole.is_null()) {
      whole = std::move(page);
    } else {
      for (auto& child : page["children"]) whole["children"].push_back(std::move(child));
    }
    if (next.is_null() || whole["children"].size() >= kWorksMax) return whole;
    params["after"] = next;
  }
}

std::string line_of(const Json& work, std::int64_t generation) {
  const auto text = [&](const char* key) { return work.value(key, std::string()); };
  const std::string where =
      generation == 0 ? "   0"
                      : (generation < 0 ? "  -" : "  +") + std::to_string(std::abs(generation));
  return where + "  " + text("certificate") + "  " + text("kind") + "  " + text("holder") +
         (text("standing") == "valid" ? "" : "  " + text("standing"));
}

// One direction: "parents" with generations below 0, "children" with those above.
Status walk(cli::Context& ctx, client::Rpc& rpc, const LineageOptions& o, const Json& root,
            const char* direction, std::int64_t step, std::vector<Json>& out) {
  std::set<std::string> seen{root.value("certificate", std::string())};
  std::deque<Place> open;
  const auto add = [&](const Json& work, std::int64_t generation) {
    if (static_cast<std::uint64_t>(std::abs(generation)) > o.depth) return;
    for (const auto& id : work.value(direction, Json::array())) {
      if (id.is_string() && seen.insert(id.get<std::string>()).second)
        open.push_back({id.get<std::string>(), generation});
    }
  };
  add(root, step);
  while (!open.empty()) {
    const Place at = open.front();
    open.pop_front();
    if (out.size() >= kWorksMax) {
      ctx.warn("more than 10000 works: the rest is not shown");
      return {};
    }
    CESS_TRY_ASSIGN(Json work, relatives(rpc, at.id));
    add(work, at.generation + step);
    work["generation"] = at.generation;
    out.push_back(std::move(work));
  }
  return {};
}

Result<int> run_lineage(const LineageOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  CESS_TRY_ASSIGN(const Hash256 id, claim::find_one(rpc, o.name));
  CESS_TRY_ASSIGN(Json root, relatives(rpc, to_hex(id)));
  root["generation"] = 0;
  std::vector<Json> works;
  CESS_TRY(walk(ctx, rpc, o, root, "parents", -1, works));
  std::reverse(works.begin(), works.end());
  works.push_back(root);
  std::vector<Json> below;
  CESS_TRY(walk(ctx, rpc, o, root, "children", 1, below));
  works.insert(works.end(), below.begin(), below.end());
  for (Json& work : works) {
    if (!ctx.json) {
      CESS_TRY(ctx.print(line_of(work, work["generation"].get<std::int64_t>())));
      continue;
    }
    work["schema"] = "cess.lineage/1";
    work.erase("next");
    CESS_TRY(ctx.print(work));
  }
  return 0;
}

}  // namespace

cli::Command rights_lineage_command() {
  auto o = std::make_shared<LineageOptions>();
  cli::Command c;
  c.name = "rights lineage";
  c.summary = "list what a work derives from, and the reverse";
  c.declare = [o](cli::Options& opt) {
    opt.positional("ID", o->name, "a certificate, a file that carries one, or an exact hash", true);
    declare_node(opt, o->node);
    opt.number("--depth", "N", o->depth, 1, 1000, "generations up and down (default 8)");
  };
  c.run = [o](cli::Context& ctx) { return run_lineage(*o, ctx); };
  return c;
}

}  // namespace cess
