// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "base/hex.hpp"
#include "commands.hpp"
#include "ingest.hpp"

namespace cess {
namespace {

struct PutOptions {
  std::string input;
  std::string columns;
  std::uint64_t wait_s = 0;
};

bool is_folder(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

/// A folder shows its manifest before it is read.
Status check_folder(const Ingest& ingest, const std::string& path) {
  const std::string name = path + "/manifest.json";
  if (!path_exists(name)) return {};
  CESS_TRY_ASSIGN(const Bytes text, read_file(name, kManifestSizeMax));
  CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(text, name));
  return ingest.check_room(manifest);
}

Result<int> put(const CommonOptions& common, const PutOptions& own, cli::Context& ctx) {
  Columns columns;
  if (!own.columns.empty()) {
    CESS_TRY_ASSIGN(columns, parse_columns(own.columns));
  }
  CESS_TRY_ASSIGN(const auto store, Store::open(common.store, own.wait_s));
  Ingest ingest(*store, columns,
                [&ctx](const StoredFragment& f) { return ctx.print(ack_document(f)); });
  Fd opened;
  std::unique_ptr<BundleSource> source;
  if (own.input.empty() || own.input == "-") {
    source = bundle_reader(ctx.in, "standard input");
  } else if (is_folder(own.input)) {
    CESS_TRY(check_folder(ingest, own.input));
    CESS_TRY_ASSIGN(source, folder_reader(own.input));
  } else {
    CESS_TRY_ASSIGN(opened, open_read(own.input));
    source = bundle_reader(opened.get(), own.input);
  }
  CESS_TRY_ASSIGN(const Ingest::Done done, ingest.run(*source));
  Json doc;
  doc["schema"] = "cess.stored/1";
  doc["fid"] = to_hex(done.fid);
  doc["file_id"] = to_hex(done.file);
  doc["length"] = std::to_string(done.length);
  doc["fragments"] = done.fragment_count;
  CESS_TRY(ctx.print(doc));
  return 0;
}

}  // namespace

cli::Command put_command(const Common& common) {
  const auto own = std::make_shared<PutOptions>();
  cli::Command c;
  c.name = "put";
  c.summary = "keep the fragments of a bundle; prints one line for each that is safe";
  c.declare = [own](cli::Options& o) {
    o.text("--column", "LIST", own->columns, "keep only these columns, e.g. 3,7 or 0-5");
    o.number("--wait", "SECONDS", own->wait_s, 0, 86400, "wait for another writer to finish");
    o.positional("BUNDLE", own->input, "a bundle file or folder; stdin by default");
  };
  c.run = [common, own](cli::Context& ctx) { return put(*common, *own, ctx); };
  return c;
}

}  // namespace cess
