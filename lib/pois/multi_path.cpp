// SPDX-License-Identifier: Apache-2.0
#include "pois/multi_path.hpp"

#include "base/check.hpp"
#include "crypto/sha256.hpp"

namespace cess::pois {

std::vector<std::vector<Hash256>> tree_levels(std::vector<Hash256> leaves) {
  CESS_CHECK(!leaves.empty());
  std::vector<std::vector<Hash256>> levels;
  levels.push_back(std::move(leaves));
  while (levels.back().size() > 1) {
    const std::vector<Hash256>& below = levels.back();
    std::vector<Hash256> level(below.size() / 2);
    sha256_pairs(level, std::span(below).first(2 * level.size()));
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels.push_back(std::move(level));
  }
  return levels;
}

std::vector<Hash256> multi_path(const std::vector<std::vector<Hash256>>& levels,
                                std::span<const std::uint64_t> indices) {
  return multi_path(levels.front().size(), indices,
                    [&](unsigned level, std::uint64_t index) { return levels[level][index]; });
}

std::vector<Hash256> multi_path(std::uint64_t count, std::span<const std::uint64_t> indices,
                                const std::function<Hash256(unsigned, std::uint64_t)>& node) {
  std::vector<Hash256> path;
  std::vector<std::uint64_t> known(indices.begin(), indices.end());
  unsigned level = 0;
  for (std::uint64_t width = count; width > 1; width = (width + 1) / 2, ++level) {
    std::vector<std::uint64_t> above;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const std::uint64_t sibling = known[i] ^ 1U;
      const bool both = i + 1 < known.size() && known[i + 1] == sibling;
      if (!both && sibling < width) path.push_back(node(level, sibling));
      above.push_back(known[i] / 2);
      if (both) ++i;
    }
    known = std::move(above);
  }
  return path;
}

std::optional<Hash256> multi_root(std::uint64_t count, std::span<const Leaf> leaves,
                                  std::span<const Hash256> path) {
  if (leaves.empty() || leaves.back().index >= count) return std::nullopt;
  for (std::size_t i = 1; i < leaves.size(); ++i) {
    if (leaves[i].index <= leaves[i - 1].index) return std::nullopt;
  }
  std::vector<Leaf> known(leaves.begin(), leaves.end());
  for (std::uint64_t width = count; width > 1; width = (width + 1) / 2) {
    std::vector<Leaf> above;
    std::vector<Hash256> pairs;  // left and right of each node that is hashed
    std::vector<std::size_t> hashed;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const Leaf& node = known[i];
      const std::uint64_t sibling = node.index ^ 1U;
      if (sibling >= width) {  // rises unchanged
        above.push_back({node.index / 2, node.hash});
        continue;
      }
      Hash256 other;
      if (i + 1 < known.size() && known[i + 1].index == sibling) {
        other = known[++i].hash;
      } else {
        if (path.empty()) return std::nullopt;
        other = path.front();
        path = path.subspan(1);
      }
      const bool is_left = node.index % 2 == 0;
      pairs.push_back(is_left ? node.hash : other);
      pairs.push_back(is_left ? other : node.hash);
      hashed.push_back(above.size());
      above.push_back({node.index / 2, {}});
      // `node` is a reference into `known`, which does not change here.
    }
    std::vector<Hash256> parents(hashed.size());
    sha256_pairs(parents, pairs);
    for (std::size_t i = 0; i < hashed.size(); ++i) above[hashed[i]].hash = parents[i];
    known = std::move(above);
  }
  if (!path.empty()) return std::nullopt;
  return known.front().hash;
}

}  // namespace cess::pois
