// SPDX-License-Identifier: Apache-2.0
#include "chain/state/audits/evidence.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cess::audits {
namespace {

// Calls visit(level, index) for each sibling on the way from leaf `position` to the root.
template <class Visit>
void siblings(std::uint64_t position, std::uint64_t count, const Visit& visit) {
  std::uint8_t level = 0;
  for (; count > 1; ++level, position /= 2, count = count - count / 2) {
    if ((position ^ 1U) < count) visit(level, position ^ 1U);
  }
}

}  // namespace

void keep_rejected(State& state, Epoch epoch, const AccountId& miner, Rejected rejected,
                   const std::vector<std::uint64_t>& positions, IndexView& view) {
  for (std::size_t first = 0; first < positions.size(); first += kRejectedPage) {
    RejectedPage page;
    std::map<std::pair<std::uint8_t, std::uint64_t>, SumNode> nodes;
    for (auto i = first; i < std::min(positions.size(), first + kRejectedPage); ++i) {
      page.hits.push_back({positions[i], view.entry(positions[i])});
      const auto path = view.path(positions[i]);
      std::size_t at = 0;
      siblings(positions[i], rejected.fragments, [&](std::uint8_t level, std::uint64_t index) {
        nodes.emplace(std::pair{level, index}, path.at(at++));
      });
    }
    for (const auto& [key, node] : nodes) {
      page.nodes.push_back({key.first, key.second, node.hash, node.sum});
    }
    kRejectedPages.put(state, epoch, miner, rejected.pages++, page);
  }
  kRejected.put(state, epoch, miner, rejected);
}

Result<std::vector<SumNode>> path_in_page(const RejectedPage& page, std::uint64_t position,
                                          std::uint64_t fragments) {
  std::vector<SumNode> out;
  bool whole = true;
  siblings(position, fragments, [&](std::uint8_t level, std::uint64_t index) {
    const auto it = std::lower_bound(page.nodes.begin(), page.nodes.end(), std::pair{level, index},
                                     [](const RejectedNode& n, const auto& key) {
                                       return std::pair{n.level, n.index} < key;
                                     });
    if (it == page.nodes.end() || it->level != level || it->index != index) {
      whole = false;
    } else {
      out.push_back({it->hash, it->sum});
    }
  });
  if (!whole) return fail(Code::input, "rejected proof: a page lacks nodes of its paths");
  return out;
}

}  // namespace cess::audits
