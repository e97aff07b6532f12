// SPDX-License-Identifier: Apache-2.0
#include "ingest.hpp"

#include <charconv>

#include "base/hex.hpp"

namespace cess {
namespace {

constexpr std::uint32_t kColumnMax = 255U * 255U - 1;

Result<std::uint32_t> parse_column(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kColumnMax) {
    return fail(Code::usage, "--column: '" + std::string(text) + "' is not a column number",
                std::string(text), "columns are numbers or ranges: 3,7 or 0-5");
  }
  return value;
}

}  // namespace

Result<Columns> parse_columns(std::string_view text) {
  std::set<std::uint32_t> out;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const std::size_t dash = item.find('-');
    CESS_TRY_ASSIGN(const std::uint32_t first, parse_column(item.substr(0, dash)));
    std::uint32_t last = first;
    if (dash != std::string_view::npos) {
      CESS_TRY_ASSIGN(last, parse_column(item.substr(dash + 1)));
      if (last < first) {
        return fail(Code::usage, "--column: '" + std::string(item) + "' runs backwards",
                    std::string(item));
      }
    }
    for (std::uint32_t column = first; column <= last; ++column) out.insert(column);
    if (comma == std::string_view::npos) return Columns(std::move(out));
    text.remove_prefix(comma + 1);
  }
}

Ingest::Ingest(Store& store, Columns columns, Ack ack)
    : store_(store), columns_(std::move(columns)), ack_(std::move(ack)) {}
Ingest::~Ingest() = default;

Result<Ingest::Done> Ingest::run(BundleSource& source) {
  BundleEntry entry;
  for (;;) {
    CESS_TRY_ASSIGN(const bool more, source.next(entry));
    if (!more) break;
    CESS_TRY(take(entry));
  }
  CESS_TRY(flush());
  if (!manifest_) return fail(Code::input, "bundle: the manifest is missing");
  CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(*manifest_));
  CESS_TRY(judge(manifest));
  CESS_TRY(store_.put_manifest(manifest.fid, manifest.file, *manifest_));
  return Done{manifest.fid, manifest.file, manifest.length, kept_count_};
}

Status Ingest::take(const BundleEntry& entry) {
  switch (entry.kind) {
    case EntryKind::header:
      return take_header(entry);
    case EntryKind::tagger:
      CESS_TRY(flush());
      return store_.put_tagger(entry.tagger, entry.data);
    case EntryKind::fragment:
      return take_fragment(entry);
    case EntryKind::tags:
      CESS_TRY(enter_segment(entry.pos.segment));
      return group_->add_tags(entry.pos.index, entry.pos.replica, entry.data);
    case EntryKind::manifest: {
      const bool early = !manifest_;
      manifest_ = entry.data;
      if (!early || last_segment_) return {};
      CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(entry.data));
      return check_room(manifest);
    }
  }
  return {};
}

Status Ingest::take_header(const BundleEntry& entry) {
  CESS_TRY_ASSIGN(header_, parse_header(entry.data));
  file_ = file_id(*header_);
  if (columns_ && *columns_->rbegin() >= header_->profile.columns()) {
    return fail(Code::usage, "--column: there is no column " + std::to_string(*columns_->rbegin()) +
                                 ", the file has " + std::to_string(header_->profile.columns()));
  }
  return {};
}

Status Ingest::take_fragment(const BundleEntry& entry) {
  if (!header_ || entry.file != file_) {
    return fail(Code::input,
                "bundle: fragment " + fragment_name(entry.pos) + " belongs to another file",
                fragment_name(entry.pos));
  }
  CESS_TRY(enter_segment(entry.pos.segment));
  const std::uint32_t column = entry.pos.replica * header_->profile.n() + entry.pos.index;
  if (!keeps(column)) return {};
  ++kept_count_;
  return group_->add_fragment(entry.pos.index, entry.pos.replica, entry.root, entry.data);
}

Status Ingest::enter_segment(std::uint32_t segment) {
  if (group_ && group_->segment() == segment) return {};
  CESS_TRY(flush());
  if (last_segment_ && segment < *last_segment_) {
    return fail(Code::input,
                "bundle: segment " + std::to_string(segment) + " comes after segment " +
                    std::to_string(*last_segment_),
                std::to_string(segment));
  }
  last_segment_ = segment;
  group_ = std::make_unique<SegmentPut>(store_, file_, segment);
  return {};
}

Status Ingest::flush() {
  if (!group_) return {};
  CESS_TRY_ASSIGN(const auto stored, group_->commit());
  group_.reset();
  for (const StoredFragment& f : stored) CESS_TRY(ack_(f));
  return {};
}

/// Every fragment of the file that is here must be what the manifest says.
Status Ingest::judge(const Manifest& manifest) const {
  if (manifest.file != file_) return fail(Code::input, "bundle: the manifest is of another file");
  return store_.each_fragment_of(file_, [&](const StoredFragment& f) -> Status {
    const Descriptor& d = f.descriptor;
    const std::uint32_t column = d.replica * manifest.profile().n() + d.fragment;
    if (d.segment < manifest.segments.size() &&
        column < manifest.segments[d.segment].roots.size()) {
      const SegmentInfo& s = manifest.segments[d.segment];
      if (s.roots[column] == d.root && s.fragment_length == d.length) return {};
    }
    return fail(
        Code::input,
        "fragment " + fragment_name({d.segment, d.fragment, d.replica}) +
            " is not what the manifest says",
        to_hex(f.id),
        "the file was not stored; 'cess-store delete " + to_hex(file_) + "' removes its fragments");
  });
}

Status Ingest::check_room(const Manifest& manifest) const {
  std::uint64_t need = 0;
  const std::uint32_t n = manifest.profile().n();
  for (std::size_t s = 0; s < manifest.segments.size(); ++s) {
    for (std::uint32_t column = 0; column < manifest.profile().columns(); ++column) {
      if (!keeps(column)) continue;
      CESS_TRY_ASSIGN(const auto there,
                      store_.fragment_at(manifest.file, static_cast<std::uint32_t>(s),
                                         static_cast<std::uint16_t>(column % n),
                                         static_cast<std::uint16_t>(column / n)));
      if (!there) need += manifest.segments[s].fragment_length;
    }
  }
  if (need <= store_.idle_bytes()) return {};
  return fail(Code::system,
              "store '" + store_.path() + "' is full: the file needs " + std::to_string(need) +
                  " bytes, " + std::to_string(store_.idle_bytes()) + " of " +
                  std::to_string(store_.config().capacity_bytes) + " are idle",
              store_.path(), "delete something, keep fewer columns, or put into another store");
}

Json ack_document(const StoredFragment& f) {
  const Descriptor& d = f.descriptor;
  Json doc;
  doc["schema"] = "cess.ack/1";
  doc["frag_id"] = to_hex(f.id);
  doc["file_id"] = to_hex(d.file);
  doc["segment"] = d.segment;
  doc["index"] = d.fragment;
  doc["replica"] = d.replica;
  doc["length"] = d.length;
  doc["root"] = to_hex(d.root);
  doc["tagger"] = to_hex(d.tagger);
  return doc;
}

}  // namespace cess
