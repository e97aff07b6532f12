// SPDX-License-Identifier: Apache-2.0
#include "merkle/range.hpp"

#include "base/check.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

// The level above `below`; an odd node is promoted.
std::vector<Hash256> range_parents(std::span<const Hash256> below) {
  std::vector<Hash256> above((below.size() + 1) / 2);
  const std::size_t pairs = below.size() / 2;
  if (pairs > 0) sha256_pairs(std::span(above).first(pairs), below.first(2 * pairs));
  if (below.size() % 2 == 1) above.back() = below.back();
  return above;
}

}  // namespace

std::vector<Hash256> merkle_range_path(std::span<const Hash256> leaves, std::uint64_t first,
                                       std::uint64_t count) {
  CESS_CHECK(count > 0 && first < leaves.size() && count <= leaves.size() - first);
  std::vector<Hash256> path;
  std::vector<Hash256> level;
  std::span<const Hash256> below = leaves;
  std::uint64_t end = first + count;
  for (; below.size() > 1; first /= 2, end = (end + 1) / 2) {
    if (first % 2 == 1) path.push_back(below[first - 1]);
    if (end % 2 == 1 && end < below.size()) path.push_back(below[end]);
    level = range_parents(below);
    below = level;
  }
  return path;
}

bool verify_merkle_range(const Hash256& root, std::uint64_t count, std::uint64_t first,
                         std::span<const Hash256> range, std::span<const Hash256> path) {
  if (range.empty() || first >= count || range.size() > count - first) return false;
  std::vector<Hash256> nodes(range.begin(), range.end());
  for (; count > 1; first /= 2, count -= count / 2) {
    const bool before = first % 2 == 1;
    const bool behind = (first + nodes.size()) % 2 == 1 && first + nodes.size() < count;
    if (path.size() < std::size_t{before} + std::size_t{behind}) return false;
    if (before) nodes.insert(nodes.begin(), path.front());
    if (behind) nodes.push_back(path[before ? 1 : 0]);
    path = path.subspan(std::size_t{before} + std::size_t{behind});
    nodes = range_parents(nodes);
  }
  return path.empty() && nodes.size() == 1 && nodes.front() == root;
}

}  // namespace cess
