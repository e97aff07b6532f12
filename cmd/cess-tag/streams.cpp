// SPDX-License-Identifier: Apache-2.0
#include "streams.hpp"

#include <filesystem>

namespace cess {

Result<BundleInput> open_bundle(cli::Context& ctx, const std::string& path) {
  BundleInput in;
  if (path.empty() || path == "-") {
    in.source = bundle_reader(ctx.in, "stdin");
    return in;
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    CESS_TRY_ASSIGN(in.source, folder_reader(path));
    return in;
  }
  CESS_TRY_ASSIGN(in.fd, open_read(path));
  in.source = bundle_reader(in.fd.get(), path);
  return in;
}

Result<BundleOutput> create_bundle(cli::Context& ctx, const std::string& path, bool force) {
  BundleOutput out;
  if (path.empty() || path == "-") {
    CESS_TRY(ctx.binary_to_stdout_ok(path == "-"));
    out.sink = bundle_writer(ctx.out, "stdout");
    return out;
  }
  CESS_TRY_ASSIGN(out.file, NewFile::create(path, {0644, force}));
  out.sink = bundle_writer(out.file->fd(), path);
  return out;
}

Status BundleOutput::commit() { return file ? file->commit() : Status{}; }

}  // namespace cess
