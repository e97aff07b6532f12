// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "base/hex.hpp"
#include "commands.hpp"
#include "export.hpp"

namespace cess {
namespace {

struct GetOptions {
  std::string id;
  std::string fragment;
  std::string range;
  std::string folder;
  std::string output;
  bool no_verify = false;
};

struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  ///< included
};

/// "A-B": first and last byte, counted from 0, both included, as in HTTP.
Result<Range> parse_range(const std::string& text) {
  Range r;
  const char* end = text.data() + text.size();
  const auto a = std::from_chars(text.data(), end, r.first);
  if (a.ec == std::errc() && a.ptr != end && *a.ptr == '-') {
    const auto b = std::from_chars(a.ptr + 1, end, r.last);
    if (b.ec == std::errc() && b.ptr == end && r.first <= r.last) return r;
  }
  return fail(Code::usage, "--range: '" + text + "' is not FIRST-LAST", text);
}

Result<Fid> as_fid(const std::string& id) {
  auto fid = parse_id<Fid>(id, "FID");
  if (!fid) return fail(Code::usage, "'" + id + "' is not an id of 64 hex digits", id);
  return *fid;
}

/// By id, or by position in the file `fid`.
Result<StoredFragment> find_fragment(const StoreReader& store, const GetOptions& own) {
  const std::string& name = own.fragment.empty() ? own.id : own.fragment;
  if (const auto pos = parse_fragment_name(name)) {
    CESS_TRY_ASSIGN(const Fid fid, as_fid(own.id));
    CESS_TRY_ASSIGN(const auto file, store.file(fid));
    if (!file) return fail(Code::no, "there is no file '" + own.id + "' in this store", own.id);
    CESS_TRY_ASSIGN(const auto id,
                    store.fragment_at(file->file, pos->segment, pos->index, pos->replica));
    if (!id)
      return fail(Code::no, "fragment " + name + " of '" + own.id + "' is not in this store", name);
    return store.fragment(*id);
  }
  const auto id = parse_id<FragId>(name, "fragment");
  if (!id) {
    return fail(Code::usage,
                "'" + name + "' is neither a fragment id nor a position like 00000000-003-000",
                name);
  }
  return store.fragment(*id);
}

Result<int> get_fragment(const StoreReader& store, const GetOptions& own, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const StoredFragment f, find_fragment(store, own));
  Range range{0, f.descriptor.length - 1};
  if (!own.range.empty()) {
    CESS_TRY_ASSIGN(range, parse_range(own.range));
  }
  if (range.last >= f.descriptor.length) {
    return fail(Code::no,
                "fragment '" + to_hex(f.id) + "' has " + std::to_string(f.descriptor.length) +
                    " bytes, the range ends at " + std::to_string(range.last),
                own.range);
  }
  const std::size_t size = range.last - range.first + 1;
  Bytes data;
  if (own.no_verify) {
    data.resize(size);
    CESS_TRY(store.read(f.id, range.first, data));
  } else {
    if (store.is_damaged(f.id)) {
      return fail(Code::no, "fragment '" + to_hex(f.id) + "' is damaged: a scrub found it so",
                  to_hex(f.id), "'cess-store repair' rebuilds it from other stores");
    }
    CESS_TRY_ASSIGN(data, store.read_verified(f));
  }
  const ByteView out = own.no_verify ? ByteView(data) : ByteView(data).subspan(range.first, size);
  if (!own.output.empty() && own.output != "-") {
    CESS_TRY(write_file(own.output, out, {}));
    return 0;
  }
  CESS_TRY(ctx.binary_to_stdout_ok(own.output == "-"));
  CESS_TRY(write_full(ctx.out, out, "standard output"));
  return 0;
}

Result<int> get_file(const StoreReader& store, const Fid& fid, const GetOptions& own,
                     cli::Context& ctx) {
  CESS_TRY_ASSIGN(const CheckedManifest m, load_manifest(store, fid));
  std::unique_ptr<BundleSink> sink;
  std::optional<NewFile> file;
  if (!own.folder.empty()) {
    CESS_TRY_ASSIGN(sink, folder_writer(own.folder, false));
  } else if (!own.output.empty() && own.output != "-") {
    CESS_TRY_ASSIGN(NewFile made, NewFile::create(own.output, {}));
    file.emplace(std::move(made));
    sink = bundle_writer(file->fd(), own.output);
  } else {
    CESS_TRY(ctx.binary_to_stdout_ok(own.output == "-"));
    sink = bundle_writer(ctx.out, "standard output");
  }
  CESS_TRY_ASSIGN(const Exported done, export_file(store, m.manifest, m.text, *sink));
  if (file) CESS_TRY(file->commit());
  for (const FragId& id : done.damaged) ctx.warn("left out damaged fragment '" + to_hex(id) + "'");
  return 0;
}

Result<int> get(const CommonOptions& common, const GetOptions& own, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Fid fid, as_fid(own.id));
  if (!own.folder.empty() && !own.output.empty()) {
    return fail(Code::usage, "-d and -o exclude each other");
  }
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(common.store));
  CESS_TRY_ASSIGN(const auto file, store->file(fid));
  const bool whole_file = own.fragment.empty() && file;
  if (whole_file && (!own.range.empty() || own.no_verify)) {
    return fail(Code::usage, "--range and --no-verify need --fragment", {},
                "'cess-encode decode --range' reads a range of the file");
  }
  if (whole_file) return get_file(*store, fid, own, ctx);
  if (own.fragment.empty() && !store->fragment(FragId::from(fid.view()))) {
    return fail(Code::no, "there is neither a file nor a fragment '" + own.id + "' in this store",
                own.id);
  }
  if (!own.folder.empty()) return fail(Code::usage, "-d is for whole files, use -o for a fragment");
  return get_fragment(*store, own, ctx);
}

}  // namespace

cli::Command get_command(const Common& common) {
  const auto own = std::make_shared<GetOptions>();
  cli::Command c;
  c.name = "get";
  c.summary = "give a file as a bundle, or a fragment's bytes";
  c.declare = [own](cli::Options& o) {
    o.text("--fragment", "POS|ID", own->fragment,
           "one fragment: its id, or 00000000-003-000 of FID");
    o.text("--range", "A-B", own->range,
           "bytes A to B of the fragment, counted from 0, both included");
    o.flag("--no-verify", own->no_verify, "read only the range, do not check the fragment's root");
    o.text("-d,--directory", "DIR", own->folder,
           "write the bundle's entries as files of a new folder");
    o.text("-o,--output", "FILE", own->output,
           "write to a new file, - for stdout even on a terminal");
    o.positional("ID", own->id, "a fid, or a frag_id", true);
  };
  c.run = [common, own](cli::Context& ctx) { return get(*common, *own, ctx); };
  return c;
}

}  // namespace cess
