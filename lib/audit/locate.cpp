// SPDX-License-Identifier: Apache-2.0
#include "audit/locate.hpp"

#include <algorithm>
#include <numeric>

#include "base/check.hpp"

namespace cess {
namespace {

std::vector<std::size_t> order_by_block(std::span<const Draw> draws) {
  std::vector<std::size_t> order(draws.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return draws[a].block < draws[b].block; });
  return order;
}

}  // namespace

std::optional<LocatedDraws> locate_by_openings(const Challenge& c, std::span<const Draw> draws,
                                               std::span<const Opening> openings) {
  const SumNode root{c.svc_root, c.blocks};
  LocatedDraws out;
  out.at.resize(draws.size());
  const auto order = order_by_block(draws);
  std::size_t next = 0;  // in `order`
  std::uint64_t covered = 0;
  for (const Opening& o : openings) {
    if (o.entry.blocks == 0 || o.position >= c.fragments) return std::nullopt;
    const auto before = verify_sum_path(root, c.fragments, o.position, sum_leaf(o.entry), o.path);
    if (!before || *before < covered) return std::nullopt;
    covered = *before + o.entry.blocks;
    const std::size_t first = next;
    for (; next < order.size() && draws[order[next]].block < covered; ++next) {
      const std::uint64_t block = draws[order[next]].block;
      if (block < *before) return std::nullopt;
      out.at[order[next]] = {out.entries.size(), static_cast<std::uint32_t>(block - *before)};
    }
    if (next == first) return std::nullopt;
    out.entries.push_back(o.entry);
  }
  if (next != order.size()) return std::nullopt;
  return out;
}

LocatedDraws locate_by_index(const ServiceIndex& index, std::span<const Draw> draws) {
  LocatedDraws out;
  out.at.resize(draws.size());
  std::uint64_t last_leaf = 0;
  for (const std::size_t k : order_by_block(draws)) {
    const SumTree::Hit hit = index.find(draws[k].block);
    if (out.entries.empty() || hit.leaf != last_leaf) {
      out.entries.push_back(index.entry(hit.leaf));
      last_leaf = hit.leaf;
    }
    out.at[k] = {out.entries.size() - 1, static_cast<std::uint32_t>(hit.block_in_leaf)};
  }
  return out;
}

}  // namespace cess
