// SPDX-License-Identifier: Apache-2.0
// repair: puts good bytes where bad ones are, fills a new store with a column, or makes the index
// again.
#include <map>
#include <set>

#include "base/hex.hpp"
#include "codec/keys.hpp"
#include "commands.hpp"
#include "ingest.hpp"
#include "repair.hpp"
#include "store/rebuild_index.hpp"
#include "store/writer.hpp"

namespace cess {
namespace {

struct RepairOptions {
  std::vector<std::string> stores;
  std::vector<std::string> bundles;
  std::string mask_key;
  std::string fid;
  std::string columns;
  bool index = false;
  std::uint64_t wait_s = 0;
};

constexpr std::size_t kMaskKeyFileMax = 4096;

/// Tag files by replica and index.
using TagMap = std::map<std::pair<std::uint16_t, std::uint16_t>, Bytes>;

class Repair {
 public:
  Repair(cli::Context& ctx, const RepairOptions& own) : ctx_(ctx), own_(own) {}

  Status open(const std::string& path) {
    CESS_TRY_ASSIGN(store_, Store::open(path, own_.wait_s));
    sources_.push_back(store_source(*store_, path));
    for (const std::string& from : own_.stores) {
      CESS_TRY_ASSIGN(auto reader, StoreReader::open(from));
      sources_.push_back(store_source(*reader, from));
      readers_.push_back(std::move(reader));
    }
    for (const std::string& bundle : own_.bundles) {
      if (!path_exists(bundle)) return system_error("cannot open", bundle, ENOENT);
      sources_.push_back(bundle_source(bundle));
    }
    if (own_.mask_key.empty()) return {};
    CESS_TRY_ASSIGN(Bytes text, read_secret_file(own_.mask_key, kMaskKeyFileMax));
    auto key = parse_mask_key(text, own_.mask_key);
    wipe(text);
    CESS_TRY_ASSIGN(MaskKey parsed, std::move(key));
    mask_.emplace(std::move(parsed));
    return {};
  }

  /// Restores what is marked damaged, missing or of a wrong size, and sidecars, keys and manifests
  /// that differ.
  Result<int> heal() {
    std::map<FileId, std::vector<StoredFragment>> bad;  // by file, then segment
    std::set<FileId> files;
    CESS_TRY(store_->each_entry([&](std::uint64_t, const IndexEntry& e) -> Status {
      CESS_TRY_ASSIGN(const StoredFragment f, store_->fragment(e.frag));
      files.insert(f.descriptor.file);
      if (store_->is_damaged(f.id) || !store_->looks_whole(f)) bad[f.descriptor.file].push_back(f);
      return {};
    }));
    CESS_TRY(store_->each_file([&](const StoredFile& f) -> Status {
      files.insert(f.file);
      return {};
    }));
    for (const FileId& file : files) CESS_TRY(heal_file(file, bad[file]));
    return failed_count_ == 0 ? 0 : 1;
  }

  /// Fills the store with columns of a file.
  Result<int> populate(const Fid& fid, const Columns& columns) {
    std::optional<CheckedManifest> m;
    for (const auto& s : sources_) {
      if (!m) m = s->manifest(&fid, nullptr);
    }
    if (!m)
      return fail(Code::no, "no source has a good manifest of '" + to_hex(fid) + "'", to_hex(fid));
    const Manifest& manifest = m->manifest;
    if (columns && *columns->rbegin() >= manifest.profile().columns()) {
      return fail(
          Code::usage,
          "--column: the file has " + std::to_string(manifest.profile().columns()) + " columns",
          own_.columns);
    }
    CESS_TRY(begin(manifest));
    for (std::uint32_t segment = 0; segment < manifest.segments.size(); ++segment) {
      CESS_TRY(populate_segment(manifest, segment, columns));
    }
    if (failed_count_ > 0) return 1;
    CESS_TRY(store_->put_manifest(manifest.fid, manifest.file, m->text));
    return 0;
  }

 private:
  Status begin(const Manifest& manifest) {
    active_.clear();
    for (const auto& s : sources_) {
      if (s->begin(manifest.file)) active_.push_back(s.get());
    }
    fetch_.emplace(manifest, active_, mask_ ? &*mask_ : nullptr);
    return {};
  }

  Status heal_file(const FileId& file, const std::vector<StoredFragment>& bad) {
    std::optional<CheckedManifest> m;
    for (const auto& s : sources_) {
      if (!m) m = s->manifest(nullptr, &file);
    }
    if (!m) {
      for (const StoredFragment& f : bad) CESS_TRY(give_up(f.id, "no source has a good manifest"));
      CESS_TRY_ASSIGN(const auto fid, store_->fid_of(file));
      if (fid) CESS_TRY(give_up_blob("manifest", to_hex(*fid), "no source has a good one"));
      return {};
    }
    CESS_TRY(begin(m->manifest));
    CESS_TRY(heal_manifest(*m));
    std::map<std::uint32_t, std::vector<StoredFragment>> by_segment;
    for (const StoredFragment& f : bad) by_segment[f.descriptor.segment].push_back(f);
    std::set<Hash256> sidecars;
    std::set<TaggerId> taggers;
    std::vector<StoredFragment> one_per_sidecar;
    CESS_TRY(store_->each_fragment_of(file, [&](const StoredFragment& f) -> Status {
      if (sidecars.insert(f.sidecar).second) one_per_sidecar.push_back(f);
      if (!f.descriptor.tagger.is_zero()) taggers.insert(f.descriptor.tagger);
      return {};
    }));
    auto next = by_segment.begin();
    for (const StoredFragment& f : one_per_sidecar) {
      for (; next != by_segment.end() && next->first < f.descriptor.segment; ++next) {
        CESS_TRY(heal_segment(m->manifest, next->first, next->second));
      }
      CESS_TRY(heal_sidecar(f));
    }
    for (; next != by_segment.end(); ++next) {
      CESS_TRY(heal_segment(m->manifest, next->first, next->second));
    }
    for (const TaggerId& id : taggers) CESS_TRY(heal_tagger(id));
    return {};
  }

  Status heal_manifest(const CheckedManifest& m) {
    CESS_TRY_ASSIGN(const auto known, store_->file(m.manifest.fid));
    if (!known) return {};
    CESS_TRY_ASSIGN(const bool done, store_->restore_manifest(m.manifest.fid, m.text));
    return done ? report("manifest", to_hex(m.manifest.fid), "copied") : Status{};
  }

  Status heal_segment(const Manifest& manifest, std::uint32_t segment,
                      const std::vector<StoredFragment>& bad) {
    if (segment >= manifest.segments.size()) return {};
    std::vector<FragmentPos> want;
    for (const StoredFragment& f : bad) {
      want.push_back({segment, f.descriptor.fragment, f.descriptor.replica});
    }
    std::vector<Fetched> got;
    CESS_TRY_ASSIGN(const std::string why, fetch_->fetch(want, got));
    for (std::size_t i = 0; i < bad.size(); ++i) {
      if (!got[i].bytes) {
        CESS_TRY(give_up(bad[i].id, why));
        continue;
      }
      CESS_TRY_ASSIGN(const bool done, store_->restore_fragment(bad[i], *got[i].bytes));
      CESS_TRY(report("fragment", to_hex(bad[i].id), done ? got[i].how : "found good"));
    }
    return {};
  }

  Status heal_sidecar(const StoredFragment& f) {
    if (store_->sidecar(f)) return {};
    CESS_TRY_ASSIGN(const TagMap plain, plain_tags(f));
    std::vector<TagMap> candidates{plain};
    for (RepairSource* s : active_) {
      // Every miner of a segment keeps the same tag files; those of untagged fragments each makes
      // for itself.
      TagMap theirs;
      for (const Bytes& bytes : s->tag_files(f.descriptor.segment)) {
        const auto t = parse_tag_file(bytes);
        if (t) theirs.emplace(std::pair(t->descriptor.replica, t->descriptor.fragment), bytes);
      }
      TagMap both = theirs;
      both.insert(plain.begin(), plain.end());
      candidates.push_back(std::move(theirs));
      candidates.push_back(std::move(both));
    }
    for (const TagMap& tags : candidates) {
      Bytes all;
      for (const auto& [column, bytes] : tags) append(all, ByteView(bytes));
      if (sidecar_id(all) != f.sidecar) continue;
      const auto done = store_->restore_sidecar(f, all);
      if (!done) return tl::unexpected(done.error());
      return report("tags", to_hex(f.sidecar), "copied");
    }
    return give_up_blob("tags", to_hex(f.sidecar), "no source has the same tag files");
  }

  /// The tag files of the untagged fragments of a sidecar follow from their records.
  Result<TagMap> plain_tags(const StoredFragment& of) const {
    TagMap out;
    CESS_TRY(store_->each_fragment_of(of.descriptor.file, [&](const StoredFragment& f) -> Status {
      if (f.sidecar != of.sidecar || !f.descriptor.tagger.is_zero()) return {};
      TagFile t;
      t.descriptor = f.descriptor;
      out.emplace(std::pair(f.descriptor.replica, f.descriptor.fragment), encode_tag_file(t));
      return {};
    }));
    return out;
  }

  Status heal_tagger(const TaggerId& id) {
    if (store_->tagger_is_good(id)) return {};
    for (const auto& s : sources_) {
      const auto key = s->tagger(id);
      if (!key) continue;
      const auto done = store_->restore_tagger(id, *key);
      if (done) return report("tagger", to_hex(id), "copied");
      if (done.error().code != Code::input) return tl::unexpected(done.error());
    }
    return give_up_blob("tagger", to_hex(id), "no source has a good one");
  }

  Status populate_segment(const Manifest& manifest, std::uint32_t segment, const Columns& columns) {
    const std::uint32_t n = manifest.profile().n();
    const SegmentInfo& info = manifest.segments[segment];
    std::vector<FragmentPos> want;
    for (std::uint32_t column = 0; column < manifest.profile().columns(); ++column) {
      if (columns && !columns->contains(column)) continue;
      const FragmentPos pos{segment, static_cast<std::uint16_t>(column % n),
                            static_cast<std::uint16_t>(column / n)};
      CESS_TRY_ASSIGN(const auto there,
                      store_->fragment_at(manifest.file, segment, pos.index, pos.replica));
      if (!there) want.push_back(pos);
    }
    if (want.empty()) return {};
    std::vector<Fetched> got;
    CESS_TRY_ASSIGN(const std::string why, fetch_->fetch(want, got));
    SegmentPut put(*store_, manifest.file, segment);
    const TagChoice tags(manifest, segment, active_, sources_,
                         [&](const std::string& text) { ctx_.warn(text); });
    for (const auto& [id, key] : tags.keys()) CESS_TRY(store_->put_tagger(id, key));
    for (const auto& [pos, bytes] : tags.files()) {
      CESS_TRY(put.add_tags(pos.index, pos.replica, bytes));
    }
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (!got[i].bytes) {
        CESS_TRY(give_up_blob("fragment", fragment_name(want[i]), why));
        continue;
      }
      if (tags.lacks(want[i])) {
        CESS_TRY(give_up_blob("fragment", fragment_name(want[i]), "no source has good tags of it"));
        continue;
      }
      const std::size_t column = std::size_t{want[i].replica} * n + want[i].index;
      CESS_TRY(put.add_fragment(want[i].index, want[i].replica, info.roots[column], *got[i].bytes));
    }
    CESS_TRY_ASSIGN(const auto stored, put.commit());
    for (const StoredFragment& f : stored) CESS_TRY(ctx_.print(ack_document(f)));
    return {};
  }

  Status report(const std::string& kind, const std::string& id, const std::string& how) {
    Json doc;
    doc["schema"] = "cess.repaired/1";
    doc["kind"] = kind;
    doc["id"] = id;
    doc["how"] = how;
    return ctx_.print(doc);
  }
  Status give_up(const FragId& id, const std::string& why) {
    return give_up_blob("fragment", to_hex(id), why);
  }
  Status give_up_blob(const std::string& kind, const std::string& id, const std::string& why) {
    ++failed_count_;
    Json doc;
    doc["schema"] = "cess.unrepaired/1";
    doc["kind"] = kind;
    doc["id"] = id;
    doc["reason"] = why;
    return ctx_.print(doc);
  }

  cli::Context& ctx_;
  const RepairOptions& own_;
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<StoreReader>> readers_;
  std::vector<std::unique_ptr<RepairSource>> sources_;
  std::vector<RepairSource*> active_;  ///< those that know the file at hand
  std::optional<MaskKey> mask_;
  std::optional<SegmentFetch> fetch_;  ///< of the file at hand
  std::uint64_t failed_count_ = 0;
};

Result<int> remake_index(const std::string& path, const RepairOptions& own, cli::Context& ctx) {
  const auto read = [](ByteView text) -> std::optional<StoredFile> {
    const auto m = parse_manifest(text);
    if (!m) return std::nullopt;
    return StoredFile{m->fid, m->file, text.size(), {}};
  };
  CESS_TRY_ASSIGN(const RebuiltIndex done, rebuild_index(path, own.wait_s, read));
  Json doc;
  doc["schema"] = "cess.index_rebuilt/1";
  doc["fragments"] = done.fragment_count;
  doc["files"] = done.file_count;
  doc["kept_order"] = done.kept_order_count;
  doc["missing"] = done.missing_count;
  doc["unnamed"] = done.unnamed_count;
  CESS_TRY(ctx.print(doc));
  return done.missing_count == 0 && done.unnamed_count == 0 ? 0 : 1;
}

Result<int> run_repair(const CommonOptions& common, const RepairOptions& own, cli::Context& ctx) {
  if (own.index) {
    if (!own.fid.empty() || !own.stores.empty() || !own.bundles.empty()) {
      return fail(Code::usage, "--index takes everything from the store's own files");
    }
    return remake_index(common.store, own, ctx);
  }
  if (own.fid.empty() != own.columns.empty()) {
    return fail(Code::usage, "--fid and --column belong together");
  }
  std::optional<Fid> fid;
  Columns columns;
  if (!own.fid.empty()) {
    const auto parsed = parse_id<Fid>(own.fid, "--fid");
    if (!parsed) return fail(Code::usage, parsed.error().message, own.fid);
    fid = *parsed;
    CESS_TRY_ASSIGN(columns, parse_columns(own.columns));
  }
  Repair repair(ctx, own);
  CESS_TRY(repair.open(common.store));
  return fid ? repair.populate(*fid, columns) : repair.heal();
}

}  // namespace

cli::Command repair_command(const Common& common) {
  const auto own = std::make_shared<RepairOptions>();
  cli::Command c;
  c.name = "repair";
  c.summary = "rebuild what is damaged or lost from other stores and bundles";
  c.declare = [own](cli::Options& o) {
    o.texts("--from", "STORE", own->stores, "a store to take fragments from");
    o.texts("--bundle", "BUNDLE", own->bundles, "a bundle file or folder to take fragments from");
    o.text("--mask-key", "FILE", own->mask_key,
           "mask key of a private masked file (cess-encode mask-key)");
    o.text("--fid", "FID", own->fid, "fill this store with columns of a file");
    o.text("--column", "LIST", own->columns, "which columns, e.g. 3,7 or 0-5");
    o.flag("--index", own->index, "make the index again from the files");
    o.number("--wait", "SECONDS", own->wait_s, 0, 86400, "wait for another writer to finish");
  };
  c.run = [common, own](cli::Context& ctx) { return run_repair(*common, *own, ctx); };
  return c;
}

}  // namespace cess
