// SPDX-License-Identifier: Apache-2.0
// A file's fingerprint: exact hash here, content in the sandbox.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "fingerprint/sandbox.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// A sandbox whose workers make contents. Call before any thread exists.
Result<Sandbox> start_decoders(SandboxLimits limits);

/// Whether small files like this share a worker where that is allowed: it takes less than a
/// worker's start, and nothing reads it but our own code, ICU, libxml2 and the decoders of these
/// pictures (doc/decisions/1661-workers-in-series.md, 1663-texts-in-series.md).
bool goes_in_series(const Detected& detected);

/// A file that can be read anywhere in and mapped.
struct InputFile {
  Fd fd;
  FileStamp stamp;
};
/// The file at a path, or standard input for "-". What cannot be mapped, such as a pipe, is kept
/// aside in an unnamed file first. Code::input if it is larger than 1 TiB.
Result<InputFile> open_input(const std::string& path);

/// The fingerprint of a file. Safe for many threads. A film or a long sound is decoded by at most
/// `lanes` workers at once; their number changes nothing in it. Code::input when it cannot be
/// decoded; Code::system when it changes meanwhile, or as Sandbox::run.
Result<Fingerprint> fingerprint_input(const Sandbox& decoders, const InputFile& file,
                                      const std::string& name, unsigned lanes,
                                      const OnProgress& progress = {});
/// Both.
Result<Fingerprint> fingerprint_file(const Sandbox& decoders, const std::string& path,
                                     unsigned lanes, const OnProgress& progress = {});

}  // namespace cess::fp
