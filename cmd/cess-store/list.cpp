// SPDX-License-Identifier: Apache-2.0
// list and stat: what is here, for people as a table, with --json as JSON Lines.
#include <cinttypes>
#include <cstdio>

#include "base/hex.hpp"
#include "commands.hpp"
#include "export.hpp"

namespace cess {
namespace {

struct ListOptions {
  bool fragments = false;
  std::string fid;
};

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;
};

Result<Tally> tally_of(const StoreReader& store, const FileId& file) {
  Tally t;
  CESS_TRY(store.each_fragment_of(file, [&](const StoredFragment& f) -> Status {
    ++t.count;
    t.bytes += f.descriptor.length;
    if (store.is_damaged(f.id)) ++t.damaged;
    return {};
  }));
  return t;
}

Status print_file(const StoreReader& store, const StoredFile& file, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Tally t, tally_of(store, file.file));
  const auto m = load_manifest(store, file.fid);
  if (!ctx.json) {
    const std::string length = m ? std::to_string(m->manifest.length) : "?";
    std::string line =
        to_hex(file.fid) + "  " + length + "  " + std::to_string(t.count) + "/" +
        (m ? std::to_string(m->manifest.segments.size() * m->manifest.profile().columns()) : "?") +
        "  " + (m ? profile_name(m->manifest.profile()) : "manifest damaged");
    if (t.damaged > 0) line += "  " + std::to_string(t.damaged) + " damaged";
    if (m && !m->manifest.name.empty()) line += "  " + m->manifest.name;
    return ctx.print(line);
  }
  Json doc;
  doc["schema"] = "cess.stored_file/1";
  doc["fid"] = to_hex(file.fid);
  doc["file_id"] = to_hex(file.file);
  if (m) {
    doc["length"] = std::to_string(m->manifest.length);
    doc["profile"] = profile_name(m->manifest.profile());
    doc["segments"] = m->manifest.segments.size();
    doc["columns"] = m->manifest.profile().columns();
    doc["name"] = m->manifest.name;
  }
  doc["manifest_good"] = m.has_value();
  doc["fragments"] = t.count;
  doc["fragment_bytes"] = std::to_string(t.bytes);
  doc["damaged"] = t.damaged;
  return ctx.print(doc);
}

Status print_fragment(const StoreReader& store, const StoredFragment& f, cli::Context& ctx) {
  const Descriptor& d = f.descriptor;
  const bool damaged = store.is_damaged(f.id);
  if (!ctx.json) {
    return ctx.print(to_hex(f.id) + "  " + fragment_name({d.segment, d.fragment, d.replica}) +
                     "  " + std::to_string(d.length) + (damaged ? "  damaged" : ""));
  }
  Json doc;
  doc["schema"] = "cess.stored_fragment/1";
  doc["frag_id"] = to_hex(f.id);
  doc["position"] = std::to_string(f.position);
  doc["file_id"] = to_hex(d.file);
  doc["segment"] = d.segment;
  doc["index"] = d.fragment;
  doc["replica"] = d.replica;
  doc["length"] = d.length;
  doc["root"] = to_hex(d.root);
  doc["tagger"] = to_hex(d.tagger);
  doc["damaged"] = damaged;
  return ctx.print(doc);
}

Result<int> list(const CommonOptions& common, const ListOptions& own, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(common.store));
  const auto one_fragment = [&](const StoredFragment& f) { return print_fragment(*store, f, ctx); };
  if (!own.fid.empty()) {
    const auto fid = parse_id<Fid>(own.fid, "FID");
    if (!fid) return fail(Code::usage, "'" + own.fid + "' is not an id of 64 hex digits", own.fid);
    CESS_TRY_ASSIGN(const auto file, store->file(*fid));
    if (!file) return fail(Code::no, "there is no file '" + own.fid + "' in this store", own.fid);
    if (own.fragments) {
      CESS_TRY(store->each_fragment_of(file->file, one_fragment));
    } else {
      CESS_TRY(print_file(*store, *file, ctx));
    }
    return 0;
  }
  if (own.fragments) {
    CESS_TRY(store->each_entry([&](std::uint64_t, const IndexEntry& e) -> Status {
      CESS_TRY_ASSIGN(const StoredFragment f, store->fragment(e.frag));
      return one_fragment(f);
    }));
    return 0;
  }
  CESS_TRY(store->each_file([&](const StoredFile& f) { return print_file(*store, f, ctx); }));
  return 0;
}

Status print_row(cli::Context& ctx, std::string_view name, std::uint64_t value,
                 std::string_view unit) {
  char line[96];
  std::snprintf(line, sizeof line, "%-18.*s %20" PRIu64 " %.*s", static_cast<int>(name.size()),
                name.data(), value, static_cast<int>(unit.size()), unit.data());
  std::string text = line;
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return ctx.print(text);
}

Status print_stat(const StoreStat& s, cli::Context& ctx) {
  struct Row {
    const char* key;
    const char* label;
    std::uint64_t value;
    const char* unit;
  };
  const Row rows[] = {
      {"capacity", "capacity", s.config.capacity_bytes, "bytes"},
      {"used", "used", s.used_bytes, "bytes"},
      {"idle", "idle", s.idle_bytes, "bytes"},
      {"fragments", "fragments", s.fragment_count, ""},
      {"blocks", "blocks", s.block_count, ""},
      {"files", "files", s.file_count, ""},
      {"fragment_bytes", "in fragments", s.fragment_bytes, "bytes"},
      {"tag_bytes", "in tags", s.tag_bytes, "bytes"},
      {"manifest_bytes", "in manifests", s.manifest_bytes, "bytes"},
      {"tagger_bytes", "in tagger keys", s.tagger_bytes, "bytes"},
      {"folder_bytes", "in folders", s.folder_bytes, "bytes"},
      {"temporary_bytes", "temporary", s.temporary_bytes, "bytes"},
      {"index_bytes", "index", s.index_bytes, "bytes"},
      {"index_reserve_bytes", "index reserve", s.index_reserve_bytes, "bytes"},
      {"filler_bytes", "in fillers", s.filler_bytes, "bytes"},
      {"fixed_bytes", "fixed", s.fixed_bytes, "bytes"},
      {"damaged", "damaged", s.damaged_count, ""},
      {"orphans", "orphans", s.orphan_count, ""},
      {"orphan_bytes", "in orphans", s.orphan_bytes, "bytes"},
  };
  if (!ctx.json) {
    CESS_TRY(ctx.print("miner " + to_hex(s.config.miner) + ", since " + s.config.created));
    for (const Row& r : rows) CESS_TRY(print_row(ctx, r.label, r.value, r.unit));
    return {};
  }
  Json doc;
  doc["schema"] = "cess.store_stat/1";
  doc["miner_id"] = to_hex(s.config.miner);
  doc["created"] = s.config.created;
  for (const Row& r : rows) doc[r.key] = std::to_string(r.value);
  return ctx.print(doc);
}

}  // namespace

cli::Command list_command(const Common& common) {
  const auto own = std::make_shared<ListOptions>();
  cli::Command c;
  c.name = "list";
  c.summary = "list the files here, or the fragments";
  c.declare = [own](cli::Options& o) {
    o.flag("--fragments", own->fragments,
           "fragments instead of files, in the order of the service index");
    o.positional("FID", own->fid, "only this file");
  };
  c.run = [common, own](cli::Context& ctx) { return list(*common, *own, ctx); };
  return c;
}

cli::Command stat_command(const Common& common) {
  cli::Command c;
  c.name = "stat";
  c.summary = "say how full the store is and what is wrong in it";
  c.declare = [](cli::Options&) {};
  c.run = [common](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(const auto store, StoreReader::open(common->store));
    CESS_TRY_ASSIGN(const StoreStat s, store->stat(true));
    CESS_TRY(print_stat(s, ctx));
    return 0;
  };
  return c;
}

}  // namespace cess
