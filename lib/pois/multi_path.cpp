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

namespace {

bool in_order(std::span<const Leaf> leaves, std::uint64_t count) {
  if (leaves.empty() || leaves.back().index >= count) return false;
  for (std::size_t i = 1; i < leaves.size(); ++i) {
    if (leaves[i].index <= leaves[i - 1].index) return false;
  }
  return true;
}

// Both children of the next nodes of a level, and where their parents go.
class Hashing {
 public:
  // Room for so many at once.
  void reserve(std::size_t count) {
    pairs_.resize(2 * count);
    parents_.resize(count);
    made_.resize(count);
  }
  void add(const Hash256& left, const Hash256& right, Hash256& parent) {
    pairs_[2 * count_] = left;
    pairs_[2 * count_ + 1] = right;
    parents_[count_++] = &parent;
  }
  void run() {
    sha256_pairs(std::span(made_).first(count_), std::span(pairs_).first(2 * count_));
    for (std::size_t i = 0; i < count_; ++i) *parents_[i] = made_[i];
    count_ = 0;
  }

 private:
  std::size_t count_ = 0;
  std::vector<Hash256> pairs_;  // left and right of each
  std::vector<Hash256*> parents_;
  std::vector<Hash256> made_;
};

// The nodes known of a level of `width` become those of the next, in place: none is written before
// it was read. False when the path ends too early.
bool rise(PathTree& tree, std::uint64_t width, Hashing& hashing) {
  std::vector<Leaf>& known = tree.leaves;
  std::size_t to = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::uint64_t index = known[i].index;
    const std::uint64_t sibling = index ^ 1U;
    if (sibling >= width) {  // rises unchanged
      known[to++] = {index / 2, known[i].hash};
      continue;
    }
    Leaf& parent = known[to++];
    const Hash256* own = &known[i].hash;
    const Hash256* other = nullptr;
    if (i + 1 < known.size() && known[i + 1].index == sibling) {
      other = &known[++i].hash;
    } else {
      if (tree.path.empty()) return false;
      other = tree.path.data();
      tree.path = tree.path.subspan(1);
    }
    const bool is_left = index % 2 == 0;
    hashing.add(is_left ? *own : *other, is_left ? *other : *own, parent.hash);
    parent.index = index / 2;
  }
  known.resize(to);
  return true;
}

}  // namespace

bool multi_roots(std::uint64_t count, std::span<PathTree> trees, std::vector<Hash256>& roots) {
  // So many at a time that what is hashed stays in the cache, and fills all lanes.
  constexpr std::size_t kLeavesAtOnce = 1024;
  Hashing hashing;
  roots.clear();
  while (!trees.empty()) {
    std::size_t some = 0;
    std::size_t leaves = 0;
    for (; some < trees.size() && leaves < kLeavesAtOnce; ++some) {
      if (!in_order(trees[some].leaves, count)) return false;
      leaves += trees[some].leaves.size();
    }
    hashing.reserve(leaves);
    for (std::uint64_t width = count; width > 1; width = (width + 1) / 2) {
      for (PathTree& tree : trees.first(some)) {
        if (!rise(tree, width, hashing)) return false;
      }
      hashing.run();
    }
    for (const PathTree& tree : trees.first(some)) {
      if (!tree.path.empty()) return false;
      roots.push_back(tree.leaves.front().hash);
    }
    trees = trees.subspan(some);
  }
  return true;
}

std::optional<Hash256> multi_root(std::uint64_t count, std::span<const Leaf> leaves,
                                  std::span<const Hash256> path) {
  PathTree tree{{leaves.begin(), leaves.end()}, path};
  std::vector<Hash256> roots;
  if (!multi_roots(count, std::span(&tree, 1), roots)) return std::nullopt;
  return roots.front();
}

}  // namespace cess::pois
