// SPDX-License-Identifier: Apache-2.0
// Where a bundle comes from (stdin, a file, a folder) and where it goes (stdout, a file that
// appears whole or not at all).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/program.hpp"
#include "codec/bundle.hpp"
#include "sys/file.hpp"

namespace cess {

struct BundleInput {
  Fd fd;  ///< empty for stdin and folders
  std::unique_ptr<BundleSource> source;
};
/// `path` empty or "-": stdin.
Result<BundleInput> open_bundle(cli::Context& ctx, const std::string& path);

struct BundleOutput {
  std::optional<NewFile> file;  ///< empty for stdout
  std::unique_ptr<BundleSink> sink;
  /// After the sink has finished: a file gets its name.
  Status commit();
};
/// `path` empty or "-": stdout.
Result<BundleOutput> create_bundle(cli::Context& ctx, const std::string& path, bool force);

}  // namespace cess
