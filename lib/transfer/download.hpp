// SPDX-License-Identifier: Apache-2.0
// A stored file's bytes, or a range of them, in order, from the network into a function; and into a
// file or folder that appears when it is whole, going on after a kill.
#pragma once

#include <string>

#include "codec/decode.hpp"
#include "codec/keys.hpp"
#include "transfer/fetch.hpp"

namespace cess::transfer {

struct DownloadOptions {
  FetchOptions fetch;
  std::size_t threads = 1;                            ///< that decode
  std::function<void(std::uint64_t bytes)> progress;  ///< plaintext since the last call
};

/// Bytes [from, from + size) of the plaintext, which lie inside the file. Fetches whole segments.
/// Errors of fetch_segments; Code::no, Code::input of the decoder.
Status download(const Manifest& manifest, const FileKeys& keys, std::uint64_t from,
                std::uint64_t size, ChainPort& chain, MinerLinks& links, const WriteBytes& write,
                const DownloadOptions& options);

/// The whole file into `path`, by way of `path`.FID.part, whose first bytes are kept when the
/// process ends early: the next call goes on from the last segment known to be on the disk.
/// Code::usage: `path` exists and `replace` is false. Code::busy: another process is at it.
Status download_file(const Manifest& manifest, const FileKeys& keys, const std::string& path,
                     bool replace, ChainPort& chain, MinerLinks& links,
                     const DownloadOptions& options);

/// A file that is a packed folder (codec/tree.hpp), unpacked into the new folder `path`, by way of
/// `path`.FID.part, which the next call goes on with when the process ends early. Code::usage:
/// `path` exists. Code::busy: another process is at it. Code::input: it is no packed folder.
Status download_tree(const Manifest& manifest, const FileKeys& keys, const std::string& path,
                     ChainPort& chain, MinerLinks& links, const DownloadOptions& options);

}  // namespace cess::transfer
