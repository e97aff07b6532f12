// SPDX-License-Identifier: Apache-2.0
// delete and gc: what makes room.
#include "base/hex.hpp"
#include "commands.hpp"
#include "store/writer.hpp"

namespace cess {
namespace {

struct DeleteOptions {
  std::string id;
  std::uint64_t wait_s = 0;
};

/// All fragments of a file in batches, so that memory stays small and each batch is one commit.
Result<std::uint64_t> delete_fragments_of(Store& store, const FileId& file) {
  std::uint64_t count = 0;
  for (;;) {
    std::vector<FragId> batch;
    const Status stopped = store.each_fragment_of(file, [&](const StoredFragment& f) -> Status {
      batch.push_back(f.id);
      // Ends the walk; told apart from a failure by its batch being full.
      if (batch.size() == Store::kBatchMax) return fail(Code::no, "enough");
      return {};
    });
    if (!stopped && batch.size() < Store::kBatchMax) return tl::unexpected(stopped.error());
    if (batch.empty()) return count;
    CESS_TRY(store.remove_fragments(batch));
    count += batch.size();
  }
}

Result<int> remove(const CommonOptions& common, const DeleteOptions& own, cli::Context& ctx) {
  const auto id = parse_id<Hash256>(own.id, "ID");
  if (!id) return fail(Code::usage, "'" + own.id + "' is not an id of 64 hex digits", own.id);
  CESS_TRY_ASSIGN(const auto store, Store::open(common.store, own.wait_s));
  std::uint64_t count = 0;
  CESS_TRY_ASSIGN(const auto file, store->file(Fid::from(id->view())));
  if (file) {
    CESS_TRY_ASSIGN(count, delete_fragments_of(*store, file->file));
    CESS_TRY(store->remove_manifest(file->fid));
  } else if (store->fragment(FragId::from(id->view()))) {
    const FragId one[] = {FragId::from(id->view())};
    CESS_TRY(store->remove_fragments(one));
    count = 1;
  } else {
    // Fragments of an unfinished put: there is no manifest, and no fid yet.
    CESS_TRY_ASSIGN(count, delete_fragments_of(*store, FileId::from(id->view())));
    if (count == 0) {
      return fail(Code::no, "there is neither a file nor a fragment '" + own.id + "' in this store",
                  own.id);
    }
  }
  Json doc;
  doc["schema"] = "cess.deleted/1";
  doc["id"] = own.id;
  doc["fragments"] = count;
  CESS_TRY(ctx.print(doc));
  return 0;
}

}  // namespace

cli::Command delete_command(const Common& common) {
  const auto own = std::make_shared<DeleteOptions>();
  cli::Command c;
  c.name = "delete";
  c.summary = "remove a file's fragments, or one fragment";
  c.declare = [own](cli::Options& o) {
    o.number("--wait", "SECONDS", own->wait_s, 0, 86400, "wait for another writer to finish");
    o.positional("ID", own->id, "a fid, a frag_id, or the file_id of an unfinished put", true);
  };
  c.run = [common, own](cli::Context& ctx) { return remove(*common, *own, ctx); };
  return c;
}

cli::Command gc_command(const Common& common) {
  const auto wait_s = std::make_shared<std::uint64_t>(0);
  cli::Command c;
  c.name = "gc";
  c.summary = "remove files that nothing refers to";
  c.declare = [wait_s](cli::Options& o) {
    o.number("--wait", "SECONDS", *wait_s, 0, 86400, "wait for another writer to finish");
  };
  c.run = [common, wait_s](cli::Context& ctx) -> Result<int> {
    CESS_TRY_ASSIGN(const auto store, Store::open(common->store, *wait_s));
    CESS_TRY_ASSIGN(const Store::GcResult done, store->collect_garbage());
    Json doc;
    doc["schema"] = "cess.gc/1";
    doc["files"] = done.file_count;
    doc["bytes"] = std::to_string(done.size_bytes);
    CESS_TRY(ctx.print(doc));
    return 0;
  };
  return c;
}

}  // namespace cess
