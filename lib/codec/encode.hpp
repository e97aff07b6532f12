// SPDX-License-Identifier: Apache-2.0
// Encoding a stream: read, encode, write, three stages side by side, at most two segments in each
// of the two kinds of buffer, so that memory does not depend on the size of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "codec/bundle.hpp"
#include "codec/keys.hpp"
#include "codec/manifest.hpp"

namespace cess {

struct EncodeOptions {
  std::size_t threads = 1;  ///< that encode; reading and writing have one each beside them
  std::string name;         ///< original file name for the manifest, may be empty
  std::function<void(std::uint64_t bytes)> progress;  ///< plaintext bytes done since the last call
  /// Asked once after the input's end, before the manifest: was that all of it?
  std::function<Status()> source_status;
};

/// Reads `fd` (`fd_name` in messages) to its end and gives header, fragments and manifest to
/// `sink`, which it finishes. Code::system for I/O and a file that changes meanwhile, Code::input
/// for a stream over the limits.
Result<Manifest> encode_stream(int fd, const std::string& fd_name, const FileHeader& header,
                               const FileKeys& keys, BundleSink& sink,
                               const EncodeOptions& options);

/// Bytes of memory that encode_stream uses for buffers.
std::uint64_t encode_memory_bytes(const Profile& profile, bool masked);

}  // namespace cess
