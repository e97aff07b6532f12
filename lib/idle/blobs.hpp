// SPDX-License-Identifier: Apache-2.0
// The folder in which proofs of idle space wait for whoever judges them, named by the SHA-256 of
// their bytes, in hex. Beside each lies NAME.at: when it was put there, in ms since 1970, decimal.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess::idle {

/// Keeps `bytes`, as of `now_ms`, and makes the folder if need be. Returns their SHA-256.
Result<Hash256> keep_blob(const std::string& folder, ByteView bytes, std::uint64_t now_ms);

/// Removes what has been there for `kept_ms` or longer. Without a date (a kill came between, or an
/// older program put it there): its time begins now. Other files are left alone.
Status forget_blobs(const std::string& folder, std::uint64_t now_ms, std::uint64_t kept_ms);

}  // namespace cess::idle
