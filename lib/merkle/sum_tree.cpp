// SPDX-License-Identifier: Apache-2.0
// The Merkle sum tree over nodes kept elsewhere. Every level is stored, promoted nodes as copies,
// so that level l of a tree of `count` leaves holds exactly ceil(count / 2^l) nodes and a change
// walks straight up one column. Not for two threads at once: SumNodes is the caller's.
#include "merkle/sum_tree.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::uint8_t kSumLeafPrefix = 0x00;
constexpr std::uint8_t kSumNodePrefix = 0x01;

// Size of the level above a level of `size` nodes; (size + 1) / 2 without overflow.
std::uint64_t above(std::uint64_t size) { return size - size / 2; }

// Computes node `index` of level `level` + 1 from level `level`, which has `size` nodes.
Result<SumNode> parent_of(SumNodes& nodes, std::uint32_t level, std::uint64_t size,
                          std::uint64_t index) {
  CESS_TRY_ASSIGN(const SumNode left, nodes.get(level, 2 * index));
  if (2 * index + 1 >= size) return left;
  CESS_TRY_ASSIGN(const SumNode right, nodes.get(level, 2 * index + 1));
  return sum_parent(left, right);
}

// Recomputes all ancestors of leaves `first`..`last` of `count`.
Status refresh(SumNodes& nodes, std::uint64_t count, std::uint64_t first, std::uint64_t last) {
  std::uint32_t level = 0;
  for (std::uint64_t size = count; size > 1; size = above(size), ++level) {
    first /= 2;
    last /= 2;
    for (std::uint64_t i = first; i <= last; ++i) {
      CESS_TRY_ASSIGN(const SumNode node, parent_of(nodes, level, size, i));
      CESS_TRY(nodes.put(level + 1, i, node));
    }
  }
  return {};
}

}  // namespace

SumNode sum_leaf(const IndexEntry& entry) {
  std::array<std::uint8_t, 4> blocks{};
  store_le(blocks.data(), entry.blocks);
  return {sha256({ByteView(&kSumLeafPrefix, 1), entry.frag.view(), blocks, entry.tagger.view()}),
          entry.blocks};
}

SumNode sum_parent(const SumNode& left, const SumNode& right) {
  std::array<std::uint8_t, 16> sums{};
  store_le(sums.data(), left.sum);
  store_le(sums.data() + 8, right.sum);
  return {sha256({ByteView(&kSumNodePrefix, 1), left.hash.view(), right.hash.view(), sums}),
          left.sum + right.sum};
}

Result<SumNode> SumTree::root() {
  if (count_ == 0) return SumNode{};
  std::uint32_t level = 0;
  for (std::uint64_t size = count_; size > 1; size = above(size)) ++level;
  return nodes_.get(level, 0);
}

Status SumTree::append(const SumNode& leaf) { return append_all(std::span(&leaf, 1)); }

Status SumTree::append_all(std::span<const SumNode> leaves) {
  if (leaves.empty()) return {};
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    CESS_TRY(nodes_.put(0, count_ + i, leaves[i]));
  }
  const std::uint64_t count = count_ + leaves.size();
  // A promoted copy of the old last leaf lies in the columns from count_ on upwards, and all of
  // them are ancestors of the first new leaf or lie right of it.
  CESS_TRY(refresh(nodes_, count, count_, count - 1));
  count_ = count;
  return {};
}

Status SumTree::replace(std::uint64_t index, const SumNode& leaf) {
  CESS_CHECK(index < count_);
  CESS_TRY(nodes_.put(0, index, leaf));
  return refresh(nodes_, count_, index, index);
}

Status SumTree::pop_back() {
  CESS_CHECK(count_ > 0);
  const std::uint64_t count = count_ - 1;
  std::uint32_t level = 0;
  std::uint64_t after = count;
  bool over = false;  // above the root of the smaller tree nothing is left
  for (std::uint64_t before = count_;; before = above(before), after = above(after), ++level) {
    if (over || before != after) CESS_TRY(nodes_.erase(level, before - 1));
    if (before == 1) break;
    over = over || after == 1;
  }
  count_ = count;
  return count == 0 ? Status{} : refresh(nodes_, count, count - 1, count - 1);
}

Result<SumTree::Hit> SumTree::find(std::uint64_t block) {
  CESS_TRY_ASSIGN(const SumNode top, root());
  if (block >= top.sum) return fail(Code::input, "block number is past the end of the index");
  std::vector<std::uint64_t> sizes{count_};
  while (sizes.back() > 1) sizes.push_back(above(sizes.back()));
  std::uint64_t index = 0;
  for (auto level = static_cast<std::uint32_t>(sizes.size() - 1); level-- > 0;) {
    index *= 2;
    if (index + 1 >= sizes[level]) continue;  // promoted
    CESS_TRY_ASSIGN(const SumNode left, nodes_.get(level, index));
    if (block >= left.sum) {
      block -= left.sum;
      ++index;
    }
  }
  return Hit{index, block};
}

Result<std::vector<SumNode>> SumTree::path(std::uint64_t index) {
  CESS_CHECK(index < count_);
  std::vector<SumNode> path;
  std::uint32_t level = 0;
  for (std::uint64_t size = count_; size > 1; size = above(size), index /= 2, ++level) {
    const std::uint64_t sibling = index ^ 1U;
    if (sibling >= size) continue;
    CESS_TRY_ASSIGN(const SumNode node, nodes_.get(level, sibling));
    path.push_back(node);
  }
  return path;
}

std::optional<std::uint64_t> verify_sum_path(const SumNode& root, std::uint64_t count,
                                             std::uint64_t index, const SumNode& leaf,
                                             std::span<const SumNode> path) {
  if (index >= count) return std::nullopt;
  SumNode node = leaf;
  std::uint64_t before = 0;
  std::size_t used = 0;
  for (; count > 1; index /= 2, count = above(count)) {
    if ((index ^ 1U) >= count) continue;  // promoted
    if (used == path.size()) return std::nullopt;
    const SumNode& sibling = path[used++];
    const SumNode& left = index % 2 == 0 ? node : sibling;
    const SumNode& right = index % 2 == 0 ? sibling : node;
    const SumNode parent = sum_parent(left, right);
    if (parent.sum < left.sum) return std::nullopt;  // a forged sum that wraps around
    if (index % 2 == 1) before += sibling.sum;
    node = parent;
  }
  if (used != path.size() || node != root) return std::nullopt;
  return before;
}

Result<SumNode> MemorySumNodes::get(std::uint32_t level, std::uint64_t index) {
  if (level >= levels_.size() || index >= levels_[level].size()) {
    return fail(Code::no, "no such node in the index tree");
  }
  return levels_[level][index];
}

Status MemorySumNodes::put(std::uint32_t level, std::uint64_t index, const SumNode& node) {
  if (level >= levels_.size()) levels_.resize(level + std::size_t{1});
  auto& nodes = levels_[level];
  if (index >= nodes.size()) nodes.resize(index + 1);
  nodes[index] = node;
  return {};
}

Status MemorySumNodes::erase(std::uint32_t level, std::uint64_t index) {
  // SumTree erases the last node of a level only, so a level stays a plain array.
  CESS_CHECK(level < levels_.size() && index + 1 == levels_[level].size());
  levels_[level].pop_back();
  return {};
}

}  // namespace cess
