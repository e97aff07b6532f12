// SPDX-License-Identifier: Apache-2.0
// The arithmetic of chunks of 16 in a Merkle sum tree. Within a chunk the tree is built as in
// merkle/sum_tree.hpp, an odd node being promoted; chunks being aligned, four levels of it are four
// levels of the whole.
#pragma once

#include "chain/state/audits/items.hpp"

namespace cess {

constexpr std::uint64_t kIndexChunk = 16;

constexpr std::uint64_t chunks_of(std::uint64_t count) {
  return count / kIndexChunk + (count % kIndexChunk != 0 ? 1 : 0);
}

inline std::vector<SumNode> leaves_of(const std::vector<ServiceEntry>& entries) {
  std::vector<SumNode> out;
  out.reserve(entries.size());
  for (const auto& e : entries) out.push_back(sum_leaf(index_entry(e)));
  return out;
}

inline std::vector<SumNode> nodes_of(const std::vector<IndexNode>& nodes) {
  std::vector<SumNode> out;
  out.reserve(nodes.size());
  for (const auto& n : nodes) out.push_back({n.hash, n.sum});
  return out;
}

/// One level up.
inline std::vector<SumNode> level_above(const std::vector<SumNode>& level) {
  std::vector<SumNode> out;
  for (std::size_t i = 0; i < level.size(); i += 2) {
    out.push_back(i + 1 < level.size() ? sum_parent(level[i], level[i + 1]) : level[i]);
  }
  return out;
}

/// The root over the nodes of one chunk, 1 to 16 of them.
inline SumNode root_of_chunk(std::vector<SumNode> level) {
  while (level.size() > 1) level = level_above(level);
  return level.at(0);
}

}  // namespace cess
