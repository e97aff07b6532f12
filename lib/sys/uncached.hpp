// SPDX-License-Identifier: Apache-2.0
// Writing much that nobody reads soon: past the page cache, where the file system says that it can
// (statx, STATX_DIOALIGN: ext4, xfs; not tmpfs). A page of the cache costs more than its copy, as
// it must be found, dirtied and written back; and it pushes out what somebody does read.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess {

/// Less than this goes through the cache.
constexpr std::size_t kUncachedMin = 256U << 10U;

/// As write_full() to the descriptor of an empty file, which has the same bytes afterwards. Durable
/// no sooner: sync_file() follows, and finds little to do.
Status write_uncached(int fd, ByteView data, std::string_view name);

}  // namespace cess
