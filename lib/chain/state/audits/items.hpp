// SPDX-License-Identifier: Apache-2.0
// Stored items of the service index (items 16 to 31 of module audits). See index.hpp.
#pragma once

#include "chain/state/audits/index.hpp"
#include "chain/state/kernel/storage.hpp"

namespace cess {

inline constexpr ModuleId kAuditsModule = 9;

/// Entries 16 i to 16 i + 15 of a list.
struct EntryChunk {
  Epoch changed = 0;
  std::vector<ServiceEntry> entries;
  CESS_RECORD(changed, entries)
};

struct IndexNode {
  Hash256 hash;
  std::uint64_t sum = 0;
  CESS_RECORD(hash, sum)
};

/// Sixteen nodes of level 4 s of the tree, s >= 1.
struct NodeChunk {
  Epoch changed = 0;
  std::vector<IndexNode> nodes;
  CESS_RECORD(changed, nodes)
};

inline constexpr StoredValue<Epoch> kIndexSnapshot{kAuditsModule, 16, "index_snapshot"};
inline constexpr StoredMap<ServiceTotals, AccountId> kIndexTotals{kAuditsModule, 17,
                                                                  "index_totals"};
inline constexpr StoredMap<EntryChunk, AccountId, std::uint64_t> kIndexEntries{kAuditsModule, 18,
                                                                               "index_entries"};
inline constexpr StoredMap<NodeChunk, AccountId, std::uint32_t, std::uint64_t> kIndexNodes{
    kAuditsModule, 19, "index_nodes"};
inline constexpr StoredMap<IndexPlace, FragId> kIndexHolders{kAuditsModule, 20, "index_holder"};
// Copies as of the snapshot of an epoch.
inline constexpr StoredMap<ServiceTotals, Epoch, AccountId> kOldTotals{kAuditsModule, 21,
                                                                       "old_index_totals"};
inline constexpr StoredMap<EntryChunk, Epoch, AccountId, std::uint64_t> kOldEntries{
    kAuditsModule, 22, "old_index_entries"};
inline constexpr StoredMap<NodeChunk, Epoch, AccountId, std::uint32_t, std::uint64_t> kOldNodes{
    kAuditsModule, 23, "old_index_nodes"};

}  // namespace cess
