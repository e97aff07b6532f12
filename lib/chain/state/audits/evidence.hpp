// SPDX-License-Identifier: Apache-2.0
// A rejected proof as it is kept in the state: what was asked, what was answered, and the paths
// that tie the asked blocks to the index of that time. Everything a stranger needs to judge it
// again without a node, beside the taggers' public keys (document.hpp writes it as cess.proof/1).
#pragma once

#include "chain/state/audits/audits.hpp"

namespace cess::audits {

struct Rejected {
  std::string reason;
  Hash256 beacon;
  Hash256 svc_root;
  std::uint64_t blocks = 0;
  std::uint64_t fragments = 0;
  std::uint32_t count = 0;
  std::vector<GroupAnswer> groups;
  std::vector<LeafProof> leaves;  ///< the false one, if it was a leaf
  std::uint32_t pages = 0;
  CESS_RECORD(reason, beacon, svc_root, blocks, fragments, count, groups, leaves, pages)
};

struct RejectedHit {
  std::uint64_t position = 0;
  ServiceEntry entry;
  CESS_RECORD(position, entry)
};
struct RejectedNode {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  Hash256 hash;
  std::uint64_t sum = 0;
  CESS_RECORD(level, index, hash, sum)
};
/// Up to kRejectedPage hit entries and the siblings on their paths, each once.
struct RejectedPage {
  std::vector<RejectedHit> hits;
  std::vector<RejectedNode> nodes;  ///< ascending (level, index)
  CESS_RECORD(hits, nodes)
};
constexpr std::size_t kRejectedPage = 256;

inline constexpr StoredMap<Rejected, Epoch, AccountId> kRejected{kModule, 10, "rejected"};
inline constexpr StoredMap<RejectedPage, Epoch, AccountId, std::uint32_t> kRejectedPages{
    kModule, 11, "rejected_page"};

/// Keeps it. `positions`: the hit entries, ascending.
void keep_rejected(State& state, Epoch epoch, const AccountId& miner, Rejected rejected,
                   const std::vector<std::uint64_t>& positions, IndexView& view);
/// Path of a hit from its page, bottom up. Code::input if a node is not there.
Result<std::vector<SumNode>> path_in_page(const RejectedPage& page, std::uint64_t position,
                                          std::uint64_t fragments);

}  // namespace cess::audits
