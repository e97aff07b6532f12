// SPDX-License-Identifier: Apache-2.0
#include "export.hpp"

#include <set>

#include "base/hex.hpp"

namespace cess {
namespace {

constexpr std::size_t kTagFilesMax = 65'025;

Status emit(BundleSink& sink, EntryKind kind, ByteView data, const FragmentPos& pos = {}) {
  BundleEntry entry;
  entry.kind = kind;
  entry.pos = pos;
  return sink.add(entry, data);
}

/// One segment on its way out: fragments first, each with its tag file, then the tag files of the
/// others.
class SegmentExport {
 public:
  SegmentExport(const StoreReader& store, BundleSink& sink, Exported& out)
      : store_(store), sink_(sink), out_(out) {}

  Status add(const StoredFragment& f) {
    if (!sidecar_ || f.sidecar != sidecar_id_) CESS_TRY(load(f));
    const Descriptor& d = f.descriptor;
    auto data = store_.is_damaged(f.id)
                    ? Result<Bytes>(fail(Code::no, "fragment '" + to_hex(f.id) + "' is damaged"))
                    : store_.read_verified(f);
    if (!data) {
      // What could not be read may be whole: a bundle that lacks it must not pass for the best
      // there is.
      if (data.error().code == Code::system) return tl::unexpected(data.error());
      // A damaged fragment must not withhold the rest: a decoder needs k of n only.
      out_.damaged.push_back(f.id);
      return {};
    }
    BundleEntry entry;
    entry.kind = EntryKind::fragment;
    entry.pos = {d.segment, d.fragment, d.replica};
    entry.file = d.file;
    entry.root = d.root;
    CESS_TRY(sink_.add(entry, *data));
    ++out_.fragment_count;
    if (d.tagger.is_zero()) return {};
    return emit_tags(entry.pos);
  }

  /// Tag files of fragments that are not here.
  Status finish() {
    if (!sidecar_) return {};
    for (const TagFile& t : tags_) {
      if (!t.descriptor.tagger.is_zero()) CESS_TRY(emit_tags(position(t)));
    }
    return {};
  }

 private:
  static FragmentPos position(const TagFile& t) {
    return {t.descriptor.segment, t.descriptor.fragment, t.descriptor.replica};
  }

  Status load(const StoredFragment& f) {
    CESS_TRY_ASSIGN(sidecar_, store_.sidecar(f));
    sidecar_id_ = f.sidecar;
    CESS_TRY_ASSIGN(auto more, parse_tag_files(*sidecar_, kTagFilesMax));
    for (TagFile& t : more) tags_.push_back(std::move(t));
    return {};
  }

  Status emit_tags(const FragmentPos& pos) {
    for (const TagFile& t : tags_) {
      if (position(t) != pos) continue;
      if (!emitted_.insert(pos).second) return {};
      return emit(sink_, EntryKind::tags, encode_tag_file(t), pos);
    }
    return {};
  }

  const StoreReader& store_;
  BundleSink& sink_;
  Exported& out_;
  std::optional<Bytes> sidecar_;
  Hash256 sidecar_id_;
  std::vector<TagFile> tags_;
  std::set<FragmentPos> emitted_;
};

Status emit_taggers(const StoreReader& store, const FileId& file, BundleSink& sink) {
  std::set<TaggerId> taggers;
  CESS_TRY(store.each_fragment_of(file, [&](const StoredFragment& f) -> Status {
    if (!f.descriptor.tagger.is_zero()) taggers.insert(f.descriptor.tagger);
    return {};
  }));
  for (const TaggerId& id : taggers) {
    CESS_TRY_ASSIGN(const Bytes key, store.tagger_public(id));
    BundleEntry entry;
    entry.kind = EntryKind::tagger;
    entry.tagger = id;
    CESS_TRY(sink.add(entry, key));
  }
  return {};
}

}  // namespace

Result<Exported> export_file(const StoreReader& store, const Manifest& manifest, ByteView text,
                             BundleSink& sink) {
  Exported out;
  CESS_TRY(emit(sink, EntryKind::header, encode_header(manifest.header)));
  CESS_TRY(emit(sink, EntryKind::manifest, text));
  CESS_TRY(emit_taggers(store, manifest.file, sink));
  std::unique_ptr<SegmentExport> segment;
  std::uint32_t number = 0;
  const Status walked =
      store.each_fragment_of(manifest.file, [&](const StoredFragment& f) -> Status {
        if (!segment || f.descriptor.segment != number) {
          if (segment) CESS_TRY(segment->finish());
          segment = std::make_unique<SegmentExport>(store, sink, out);
          number = f.descriptor.segment;
        }
        return segment->add(f);
      });
  CESS_TRY(walked);
  if (segment) CESS_TRY(segment->finish());
  CESS_TRY(emit(sink, EntryKind::manifest, text));
  CESS_TRY(sink.finish());
  return out;
}

Result<CheckedManifest> load_manifest(const StoreReader& store, const Fid& fid) {
  CheckedManifest out;
  CESS_TRY_ASSIGN(out.text, store.manifest(fid));
  auto manifest = parse_manifest(out.text, "manifest of '" + to_hex(fid) + "'");
  if (!manifest || manifest->fid != fid) {
    return fail(Code::no, "the manifest of '" + to_hex(fid) + "' is damaged in this store",
                to_hex(fid), "'cess-store repair' fetches it from other stores");
  }
  out.manifest = std::move(*manifest);
  return out;
}

}  // namespace cess
