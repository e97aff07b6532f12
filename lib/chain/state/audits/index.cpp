// SPDX-License-Identifier: Apache-2.0
// Changes of the service index. A list of n entries has ceil(n / 16) entry chunks; stage s >= 1 has
// ceil(n / 16^s) nodes in chunks of 16, node i of it being the root over chunk i of the stage
// below. A stage exists while it has at least two nodes.
#include "chain/state/audits/index.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "chain/state/audits/chunk.hpp"
#include "chain/state/audits/items.hpp"

namespace cess {
namespace {

// Keeps what is about to change, once per snapshot.
template <class Live, class Old, class... Parts>
void keep(State& state, Epoch now, const Live& live, const Old& old, const Parts&... parts) {
  const auto chunk = live.get(state, parts...);
  if (chunk && chunk->changed < now) old.put(state, now, parts..., *chunk);
}

class Editor {
 public:
  Editor(State& state, const AccountId& miner)
      : state_(state),
        miner_(miner),
        now_(kIndexSnapshot.get_or_default(state)),
        totals_(kIndexTotals.get_or_default(state, miner)) {
    if (totals_.changed < now_ || !kIndexTotals.has(state, miner)) {
      if (!kOldTotals.has(state, now_, miner)) kOldTotals.put(state, now_, miner, totals_);
    }
  }

  void append(const ServiceEntry& e) {
    const auto position = totals_.fragments++;
    auto chunk = entries(position / kIndexChunk);
    chunk.entries.push_back(e);
    count(e, true);
    kIndexHolders.put(state_, e.frag, {miner_, position});
    put_entries(position / kIndexChunk, chunk);
    finish(position);
  }

  void remove(std::uint64_t position) {
    const auto last = totals_.fragments - 1;
    auto tail = entries(last / kIndexChunk);
    const ServiceEntry moved = tail.entries.back();
    auto chunk =
        position / kIndexChunk == last / kIndexChunk ? tail : entries(position / kIndexChunk);
    const ServiceEntry gone = chunk.entries[position % kIndexChunk];
    if (position != last) {
      chunk.entries[position % kIndexChunk] = moved;
      kIndexHolders.put(state_, moved.frag, {miner_, position});
      put_entries(position / kIndexChunk, chunk);
      refresh(position);
      tail = entries(last / kIndexChunk);
    }
    kIndexHolders.erase(state_, gone.frag);
    tail.entries.pop_back();
    put_entries(last / kIndexChunk, tail);
    count(gone, false);
    --totals_.fragments;
    shrink();
    finish(totals_.fragments == 0 ? 0 : totals_.fragments - 1);
  }

  [[nodiscard]] const ServiceTotals& totals() const { return totals_; }

 private:
  EntryChunk entries(std::uint64_t index) const {
    return kIndexEntries.get_or_default(state_, miner_, index);
  }
  void put_entries(std::uint64_t index, EntryChunk& chunk) {
    keep(state_, now_, kIndexEntries, kOldEntries, miner_, index);
    chunk.changed = now_;
    if (chunk.entries.empty()) {
      kIndexEntries.erase(state_, miner_, index);
    } else {
      kIndexEntries.put(state_, miner_, index, chunk);
    }
  }
  void put_nodes(std::uint32_t stage, std::uint64_t index, NodeChunk& chunk) {
    keep(state_, now_, kIndexNodes, kOldNodes, miner_, stage, index);
    chunk.changed = now_;
    if (chunk.nodes.empty()) {
      kIndexNodes.erase(state_, miner_, stage, index);
    } else {
      kIndexNodes.put(state_, miner_, stage, index, chunk);
    }
  }
  // Root over chunk `index` of `stage`.
  [[nodiscard]] SumNode chunk_root(std::uint32_t stage, std::uint64_t index) const {
    if (stage == 0) return root_of_chunk(leaves_of(entries(index).entries));
    return root_of_chunk(nodes_of(kIndexNodes.get_or_default(state_, miner_, stage, index).nodes));
  }

  // Recomputes the nodes above entry `position` and returns the root.
  SumNode refresh(std::uint64_t position) {
    std::uint64_t index = position / kIndexChunk;
    std::uint64_t nodes = chunks_of(totals_.fragments);
    std::uint32_t stage = 0;
    SumNode root = chunk_root(0, index);
    while (nodes > 1) {
      ++stage;
      auto chunk = kIndexNodes.get_or_default(state_, miner_, stage, index / kIndexChunk);
      const auto at = index % kIndexChunk;
      if (chunk.nodes.empty() && at == 1) {  // a new stage: its first node was the root till now
        const auto first = chunk_root(stage - 1, 0);
        chunk.nodes.push_back({first.hash, first.sum});
      }
      CESS_CHECK(at <= chunk.nodes.size());
      if (at == chunk.nodes.size()) chunk.nodes.emplace_back();
      chunk.nodes[at] = {root.hash, root.sum};
      put_nodes(stage, index / kIndexChunk, chunk);
      root = root_of_chunk(nodes_of(chunk.nodes));
      index /= kIndexChunk;
      nodes = chunks_of(nodes);
    }
    return root;
  }

  // Takes off what the list of totals_.fragments entries no longer has above the entries.
  void shrink() {
    std::uint64_t before = chunks_of(totals_.fragments + 1);
    std::uint64_t after = chunks_of(totals_.fragments);
    for (std::uint32_t stage = 1; before > 1; ++stage) {
      if (before != after) {
        const auto index = (before - 1) / kIndexChunk;
        auto chunk = kIndexNodes.get_or_default(state_, miner_, stage, index);
        chunk.nodes.pop_back();
        if (after == 1) chunk.nodes.clear();
        put_nodes(stage, index, chunk);
      }
      before = chunks_of(before);
      after = chunks_of(after);
    }
  }

  void count(const ServiceEntry& e, bool more) {
    auto& shares = totals_.shares;
    auto it =
        std::lower_bound(shares.begin(), shares.end(), e.tagger,
                         [](const TaggerShare& s, const TaggerId& t) { return s.tagger < t; });
    if (more && (it == shares.end() || it->tagger != e.tagger)) it = shares.insert(it, {e.tagger});
    const auto blocks = block_count(e.length);
    if (more) {
      totals_.blocks += blocks;
      totals_.bytes += e.length;
      it->bytes += e.length;
      ++it->fragments;
      return;
    }
    totals_.blocks -= blocks;
    totals_.bytes -= e.length;
    it->bytes -= e.length;
    if (--it->fragments == 0) shares.erase(it);
  }

  void finish(std::uint64_t position) {
    totals_.root = totals_.fragments == 0 ? Hash256{} : refresh(position).hash;
    totals_.changed = now_;
    kIndexTotals.put(state_, miner_, totals_);
  }

  State& state_;
  AccountId miner_;
  Epoch now_;
  ServiceTotals totals_;
};

template <class Old>
std::size_t purge(State& state, const Old& old, Epoch epoch, std::size_t count_max) {
  const auto keys = old.keys(state, count_max);
  std::size_t gone = 0;
  for (const auto& key : keys) {
    if (std::get<0>(key) >= epoch) break;
    std::apply([&](const auto&... p) { old.erase(state, p...); }, key);
    ++gone;
  }
  return gone;
}

}  // namespace

Status index_append(State& state, const AccountId& miner, const ServiceEntry& entry) {
  const auto refuse = [&](const char* why) {
    return fail(Code::no, "cannot index fragment '" + to_hex(entry.frag) + "': " + why,
                to_hex(entry.frag));
  };
  if (kIndexHolders.has(state, entry.frag)) return refuse("somebody holds it already");
  if (entry.length == 0 || entry.length > kBlockSize * 0xffffffffU) return refuse("wrong length");
  const auto totals = service_totals(state, miner);
  const auto known = std::any_of(totals.shares.begin(), totals.shares.end(),
                                 [&](const TaggerShare& s) { return s.tagger == entry.tagger; });
  if (!known && totals.shares.size() == kTaggersPerMinerMax) {
    return refuse("the miner has fragments of too many taggers");
  }
  Editor(state, miner).append(entry);
  return {};
}

Status index_remove(State& state, const FragId& frag) {
  const auto place = kIndexHolders.get(state, frag);
  if (!place) {
    return fail(Code::no, "cannot take fragment '" + to_hex(frag) + "' off: nobody holds it",
                to_hex(frag));
  }
  Editor(state, place->miner).remove(place->position);
  return {};
}

std::optional<IndexPlace> index_holder(const State& state, const FragId& frag) {
  return kIndexHolders.get(state, frag);
}

std::optional<ServiceEntry> index_last(const State& state, const AccountId& miner) {
  const auto count = service_totals(state, miner).fragments;
  if (count == 0) return std::nullopt;
  return kIndexEntries.get_or_default(state, miner, (count - 1) / kIndexChunk)
      .entries.at((count - 1) % kIndexChunk);
}

ServiceTotals service_totals(const State& state, const AccountId& miner) {
  return kIndexTotals.get_or_default(state, miner);
}

void index_snapshot(State& state, Epoch epoch) {
  CESS_CHECK(epoch > kIndexSnapshot.get_or_default(state));
  kIndexSnapshot.put(state, epoch);
}

std::size_t index_purge(State& state, Epoch epoch, std::size_t count_max) {
  std::size_t gone = purge(state, kOldTotals, epoch, count_max);
  gone += purge(state, kOldEntries, epoch, count_max - gone);
  gone += purge(state, kOldNodes, epoch, count_max - gone);
  return gone;
}

}  // namespace cess
