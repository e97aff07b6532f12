// SPDX-License-Identifier: Apache-2.0
// challenge index: the service index as a list, one membership path, or the root alone.
#include "audit/service_index.hpp"
#include "base/hex.hpp"
#include "commands.hpp"
#include "json/json.hpp"
#include "store/store.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kNone = UINT64_MAX;

struct IndexOptions {
  std::uint64_t position = kNone;
  std::uint64_t block = kNone;
  bool root = false;
};

Result<IndexTotals> totals_of(const StoreReader& store) {
  IndexTotals totals;
  totals.miner = store.config().miner;
  CESS_TRY_ASSIGN(totals.root, store.service_root());
  CESS_TRY_ASSIGN(totals.fragments, store.service_count());
  return totals;
}

Status print_path(const StoreReader& store, std::uint64_t position, const BlockHit* hit,
                  cli::Context& ctx) {
  CESS_TRY_ASSIGN(const IndexTotals totals, totals_of(store));
  CESS_TRY_ASSIGN(const auto path, store.service_path(position));
  CESS_TRY_ASSIGN(const IndexEntry entry, store.service_entry(position));
  Json doc;
  doc["schema"] = "cess.index_path/1";
  doc["svc_root"] = to_hex(totals.root.hash);
  doc["blocks_total"] = totals.root.sum;
  doc["fragments_total"] = totals.fragments;
  doc["position"] = position;
  doc["frag_id"] = to_hex(entry.frag);
  doc["blocks"] = entry.blocks;
  doc["tagger"] = to_hex(entry.tagger);
  if (hit != nullptr) doc["block_in_fragment"] = hit->block_in_fragment;
  doc["path"] = Json::array();
  for (const SumNode& n : path) {
    Json node;
    node["hash"] = to_hex(n.hash);
    node["sum"] = n.sum;
    doc["path"].push_back(std::move(node));
  }
  return ctx.print(doc);
}

Result<int> index(const CommonOptions& common, const IndexOptions& own, cli::Context& ctx) {
  const int chosen = int{own.position != kNone} + int{own.block != kNone} + int{own.root};
  if (chosen > 1) return fail(Code::usage, "--path, --block and --root exclude each other");
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(common.store));
  if (own.position != kNone) {
    CESS_TRY(print_path(*store, own.position, nullptr, ctx));
    return 0;
  }
  if (own.block != kNone) {
    CESS_TRY_ASSIGN(const BlockHit hit, store->service_find(own.block));
    CESS_TRY(print_path(*store, hit.position, &hit, ctx));
    return 0;
  }
  CESS_TRY_ASSIGN(const IndexTotals totals, totals_of(*store));
  CESS_TRY(ctx.print(index_header_line(totals)));
  if (own.root) return 0;
  CESS_TRY(store->each_entry([&](std::uint64_t, const IndexEntry& e) -> Status {
    return ctx.print(index_entry_line(e));
  }));
  return 0;
}

}  // namespace

cli::Command index_command(const Common& common) {
  const auto own = std::make_shared<IndexOptions>();
  cli::Command c;
  c.name = "challenge index";
  c.summary = "print the service index that audits are drawn from";
  c.declare = [own](cli::Options& o) {
    o.flag("--root", own->root, "only the line of totals: root, fragments, blocks");
    o.number("--path", "POSITION", own->position, 0, UINT64_MAX - 1,
             "one entry with its membership path");
    o.number("--block", "T", own->block, 0, UINT64_MAX - 1,
             "the entry that holds block T, with its path");
  };
  c.run = [common, own](cli::Context& ctx) { return index(*common, *own, ctx); };
  return c;
}

}  // namespace cess
