// SPDX-License-Identifier: Apache-2.0
// Reading the service index as of a snapshot. A chunk that was not changed since is the live one;
// else it was kept under the snapshot, or, if it changed only after a later one, under that.
#include "base/check.hpp"
#include "chain/state/audits/chunk.hpp"
#include "chain/state/audits/index.hpp"
#include "chain/state/audits/items.hpp"

namespace cess {
namespace {

// The value as of `snapshot`: the first copy kept at or after it, else the live value.
template <class V, class Live, class Old, class... Parts>
V as_of(const State& state, std::optional<Epoch> snapshot, const Live& live, const Old& old,
        const Parts&... parts) {
  if (snapshot) {
    const Epoch newest = kIndexSnapshot.get_or_default(state);
    for (Epoch e = *snapshot; e <= newest; ++e) {
      if (auto kept = old.get(state, e, parts...)) return std::move(*kept);
    }
  }
  return live.get_or_default(state, parts...);
}

}  // namespace

IndexView::IndexView(const State& state, const AccountId& miner, std::optional<Epoch> snapshot)
    : state_(state),
      miner_(miner),
      snapshot_(snapshot),
      totals_(as_of<ServiceTotals>(state, snapshot, kIndexTotals, kOldTotals, miner)),
      last_(top() + std::size_t{1}) {}

// The stage whose one chunk holds everything below the root.
std::uint32_t IndexView::top() const {
  std::uint32_t stage = 0;
  for (auto nodes = totals_.fragments; nodes > kIndexChunk; nodes = chunks_of(nodes)) ++stage;
  return stage;
}

const IndexView::Chunk& IndexView::chunk(std::uint32_t stage, std::uint64_t index) {
  Chunk& c = last_[stage];
  if (c.index == index) return c;
  c.index = index;
  if (stage == 0) {
    c.entries =
        as_of<EntryChunk>(state_, snapshot_, kIndexEntries, kOldEntries, miner_, index).entries;
    c.nodes.clear();
  } else {
    c.nodes = nodes_of(
        as_of<NodeChunk>(state_, snapshot_, kIndexNodes, kOldNodes, miner_, stage, index).nodes);
  }
  return c;
}

IndexView::Hit IndexView::find(std::uint64_t block) {
  CESS_CHECK(block < totals_.blocks);
  std::uint64_t index = 0;
  for (std::uint32_t stage = top(); stage > 0; --stage) {
    const auto& nodes = chunk(stage, index).nodes;
    std::uint64_t at = 0;
    while (block >= nodes.at(at).sum) block -= nodes[at++].sum;
    index = index * kIndexChunk + at;
  }
  const auto& entries = chunk(0, index).entries;
  std::uint64_t at = 0;
  for (; block >= block_count(entries.at(at).length); ++at)
    block -= block_count(entries[at].length);
  return {index * kIndexChunk + at, entries[at], static_cast<std::uint32_t>(block)};
}

ServiceEntry IndexView::entry(std::uint64_t position) {
  CESS_CHECK(position < totals_.fragments);
  return chunk(0, position / kIndexChunk).entries.at(position % kIndexChunk);
}

std::vector<SumNode> IndexView::path(std::uint64_t position) {
  CESS_CHECK(position < totals_.fragments);
  std::vector<SumNode> out;
  for (std::uint32_t stage = 0; stage <= top(); ++stage, position /= kIndexChunk) {
    const auto& c = chunk(stage, position / kIndexChunk);
    auto level = stage == 0 ? leaves_of(c.entries) : c.nodes;
    for (auto at = position % kIndexChunk; level.size() > 1; at /= 2, level = level_above(level)) {
      if ((at ^ 1U) < level.size()) out.push_back(level[at ^ 1U]);
    }
  }
  return out;
}

}  // namespace cess
