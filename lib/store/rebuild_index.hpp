// SPDX-License-Identifier: Apache-2.0
// The index made again from the files: descriptors in the tag sidecars name the fragments. The old
// order of the service index is kept as far as the old index can still be read; fragments it does
// not know follow by id.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "store/store.hpp"

namespace cess {

/// What a manifest says it is: the store itself does not know manifests. nullopt: it is none.
using ManifestReader = std::function<std::optional<StoredFile>(ByteView text)>;

struct RebuiltIndex {
  std::uint64_t fragment_count = 0;
  std::uint64_t file_count = 0;
  std::uint64_t kept_order_count = 0;  ///< fragments that keep their place in the service index
  std::uint64_t unnamed_count = 0;     ///< fragment files no sidecar describes: orphans from now on
  std::uint64_t missing_count =
      0;  ///< fragments the old index knew that have no file; repair cannot see them
};

/// Takes the writer's lock. The old index stays until the new one is complete.
Result<RebuiltIndex> rebuild_index(const std::string& path, std::uint64_t wait_s,
                                   const ManifestReader& read_manifest);

}  // namespace cess
