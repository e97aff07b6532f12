// SPDX-License-Identifier: Apache-2.0
// A file's fingerprint: exact hash here, content in the sandbox.
#pragma once

#include <string>

#include "base/result.hpp"
#include "fingerprint/sandbox.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

/// A sandbox whose workers make contents. Call before any thread exists.
Result<Sandbox> start_decoders(SandboxLimits limits);

/// The fingerprint of a file, or of standard input for "-" (kept aside in an unnamed file first).
/// Safe for many threads. Code::input when it cannot be decoded, is larger than 1 TiB, or changes
/// meanwhile.
Result<Fingerprint> fingerprint_file(const Sandbox& decoders, const std::string& path,
                                     const OnProgress& progress = {});

}  // namespace cess::fp
