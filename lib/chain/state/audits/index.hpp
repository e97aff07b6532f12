// SPDX-License-Identifier: Apache-2.0
// The service index of every miner, on chain: the ordered list of fragments it must hold, committed
// as the Merkle sum tree of merkle/sum_tree.hpp, so that paths and roots are those of a miner's own
// store. Insertion at the end, removal by moving the last entry into the gap: the order of calls
// alone decides the root.
//
// A snapshot for epoch e costs nothing when it is taken: `index_snapshot` only notes e. The first
// change of a chunk after it keeps the chunk as it was, under e, until `index_purge`. So the index
// as of a snapshot can be read as long as its copies are kept, whatever happens meanwhile.
//
// 16 entries or 16 nodes to a stored chunk: an append rewrites one chunk per 16-fold of the list.
// Pure. Costs: append and remove O(log16 n) chunks, find the same.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "chain/state/kernel/state.hpp"
#include "chain/types/ids.hpp"
#include "chain/types/record.hpp"
#include "merkle/sum_tree.hpp"
#include "podr2/descriptor.hpp"

namespace cess {

/// One fragment a miner must hold.
struct ServiceEntry {
  FragId frag;
  std::uint64_t length = 0;  ///< bytes stored, at least 1, at most 2^32 - 1 blocks
  TaggerId tagger;           ///< zero: untagged, audited by Merkle sampling
  CESS_RECORD(frag, length, tagger)
  friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

/// The leaf of the sum tree.
inline IndexEntry index_entry(const ServiceEntry& e) {
  return {e.frag, block_count(e.length), e.tagger};
}

/// What of a miner's index is under one tagger's key.
struct TaggerShare {
  TaggerId tagger;
  std::uint64_t fragments = 0;
  std::uint64_t bytes = 0;
  CESS_RECORD(tagger, fragments, bytes)
};

struct ServiceTotals {
  Epoch changed = 0;  ///< newest snapshot when last changed
  Hash256 root;       ///< zero if empty
  std::uint64_t fragments = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::vector<TaggerShare> shares;  ///< ascending tagger
  CESS_RECORD(changed, root, fragments, blocks, bytes, shares)
};

/// Who must hold a fragment, and where it stands in the list.
struct IndexPlace {
  AccountId miner;
  std::uint64_t position = 0;
  CESS_RECORD(miner, position)
};

/// Distinct tagger keys in one miner's index: each is a group of its proof.
constexpr std::size_t kTaggersPerMinerMax = 64;

/// Adds a fragment to the end. Code::no: somebody holds it already, a length of zero or past the
/// limit, or one tagger too many.
Status index_append(State& state, const AccountId& miner, const ServiceEntry& entry);
/// Takes a fragment off whoever holds it. Code::no if nobody does.
Status index_remove(State& state, const FragId& frag);
std::optional<IndexPlace> index_holder(const State& state, const FragId& frag);
/// The last entry of a miner's list: what takes a leaving miner's list apart with least work.
std::optional<ServiceEntry> index_last(const State& state, const AccountId& miner);
/// As of now; empty for an unknown miner.
ServiceTotals service_totals(const State& state, const AccountId& miner);

/// From now on the index as it is can be read as that of `epoch`, which must be greater than that
/// of any earlier snapshot.
void index_snapshot(State& state, Epoch epoch);
/// Forgets up to `count_max` kept copies of snapshots before `epoch`; returns how many.
std::size_t index_purge(State& state, Epoch epoch, std::size_t count_max);

/// A miner's index as of a snapshot whose copies are kept, or as it is now. Borrows the state,
/// which must not change meanwhile.
class IndexView {
 public:
  /// `snapshot` nullopt: now.
  IndexView(const State& state, const AccountId& miner, std::optional<Epoch> snapshot);
  [[nodiscard]] const ServiceTotals& totals() const { return totals_; }
  struct Hit {
    std::uint64_t position = 0;
    ServiceEntry entry;
    std::uint32_t block = 0;  ///< number inside the fragment
  };
  /// block < totals().blocks. Fastest in ascending order.
  Hit find(std::uint64_t block);
  /// position < totals().fragments.
  ServiceEntry entry(std::uint64_t position);
  /// Siblings bottom up, as verify_sum_path takes them.
  std::vector<SumNode> path(std::uint64_t position);

 private:
  struct Chunk {
    std::uint64_t index = ~std::uint64_t{0};
    std::vector<ServiceEntry> entries;  // stage 0
    std::vector<SumNode> nodes;
  };
  const Chunk& chunk(std::uint32_t stage, std::uint64_t index);
  [[nodiscard]] std::uint32_t top() const;

  const State& state_;
  AccountId miner_;
  std::optional<Epoch> snapshot_;
  ServiceTotals totals_;
  std::vector<Chunk> last_;  // by stage: the chunk read last
};

}  // namespace cess
