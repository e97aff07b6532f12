// SPDX-License-Identifier: Apache-2.0
// Reads everything a store keeps and compares it with its name: fragments with their roots,
// sidecars and tagger keys with their ids, manifests with their fids, the service index with its
// root. Works beside a writer; what it finds it checks a second time in a fresh view, then marks.
#pragma once

#include <functional>
#include <string>

#include "store/backend.hpp"
#include "store/store.hpp"
#include "sys/clock.hpp"

namespace cess {

struct ScrubFinding {
  std::string kind;  ///< "fragment", "tags", "manifest", "tagger", "index"
  std::string id;    ///< hex; empty for the index
  std::string path;
  std::string reason;
  bool marked = false;  ///< `get` will refuse it; only fragments
};

struct ScrubOptions {
  std::uint64_t rate_bytes_s = 0;  ///< 0: as fast as the disk
  bool resume = false;             ///< from where the last one stopped
  /// Whether `text` is a manifest with this fid; the store itself does not know manifests.
  std::function<bool(const Fid&, ByteView text)> check_manifest;
  std::function<Status(const ScrubFinding&)> found;
  std::function<void(std::uint64_t bytes)> progress;
  Clock* clock = nullptr;
};

struct ScrubResult {
  std::uint64_t checked_count = 0;
  std::uint64_t checked_bytes = 0;
  std::uint64_t damaged_count = 0;
};

/// Code::busy when another scrub of this store runs. On a read-only disk it neither marks nor
/// remembers.
Result<ScrubResult> scrub(StoreReader& store, const ScrubOptions& options);

/// Where a scrub stands: the kind of blob ('f', 't', 'm', 'k') and the last id checked.
struct ScrubCursor {
  char phase = 'f';
  Hash256 after;
  friend bool operator==(const ScrubCursor&, const ScrubCursor&) = default;
};
std::string encode_cursor(const ScrubCursor& cursor);
/// Code::input when it is not a cursor: the scrub then starts at the beginning.
Result<ScrubCursor> parse_cursor(std::string_view text, const std::string& name);

}  // namespace cess
