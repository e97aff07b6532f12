// SPDX-License-Identifier: Apache-2.0
// The live set and its accounting. What depends on a snapshot reads space_at: whoever changes a
// space first after one keeps the old copy under its number.
#include <algorithm>

#include "base/check.hpp"
#include "chain/state/idle/internal.hpp"

namespace cess::idle_space {
namespace {

Epoch snapshot_of(const State& state) { return kIndexSnapshot.get_or_default(state); }

void set_range(Space& space, const MmrPeaks& range) {
  space.rear = range.count();
  space.peaks.assign(range.peaks().begin(), range.peaks().end());
}

// From `before` to what this one is: the part of the snapshot's live set that still lives.
bool owes(const State& state, const AccountId& miner, const Space& now) {
  const Space old = space_at(state, snapshot_of(state), miner);
  if (now.front >= old.rear) return false;
  Space both = now;
  both.rear = old.rear;
  std::erase_if(both.holes, [&](const Hole& h) { return h.first >= old.rear; });
  for (Hole& h : both.holes) h.end = std::min(h.end, old.rear);
  return live_of(both).count() != 0;
}

}  // namespace

std::vector<Hole> holes_from(const std::vector<Hole>& holes, std::uint64_t front) {
  std::vector<Hole> out;
  for (const Hole& h : holes) {
    if (h.end > front) out.push_back({std::max(h.first, front), h.end});
  }
  return out;
}

pois::LiveSet live_of(const Space& space) {
  pois::LiveSet live;
  live.front = space.front;
  live.rear = space.rear;
  for (const Hole& h : space.holes) live.holes.push_back({h.first, h.end});
  return live;
}

MmrPeaks range_of(const Space& space) {
  Bytes bytes(8);
  store_le(bytes.data(), space.rear);
  for (const Hash256& peak : space.peaks) append(bytes, peak.view());
  auto range = MmrPeaks::parse(bytes);
  CESS_CHECK(range.has_value());
  return std::move(*range);
}

Unfilled unfilled_of(const Params& params, const miners::Params& rules,
                     const miners::Miner& miner) {
  const std::uint64_t room = miners::slack(rules, miner);
  const std::uint64_t slack = room % params.filler_bytes();
  return {room - slack, slack};
}

Space space_at(const State& state, Epoch epoch, const AccountId& miner) {
  for (const Epoch last = snapshot_of(state); epoch <= last; ++epoch) {
    if (const auto old = kOldSpaces.get(state, epoch, miner)) return *old;
  }
  return kSpaces.get_or_default(state, miner);
}

void put_space(Context& ctx, const AccountId& id, const Space& before, const Space& after,
               std::uint64_t proven) {
  const Epoch snapshot = snapshot_of(ctx.state);
  if (before.changed < snapshot && !kOldSpaces.has(ctx.state, snapshot, id)) {
    kOldSpaces.put(ctx.state, snapshot, id, before);
  }
  Space stored = after;
  stored.changed = snapshot;
  kSpaces.put(ctx.state, id, stored);
  const auto miner = miners::kMiners.get(ctx.state, id);
  CESS_CHECK(miner.has_value());
  const std::uint64_t size = kParams.get_or_default(ctx.state).filler_bytes();
  const Epoch from = owes(ctx.state, id, stored) ? miner->proof_from : snapshot + 1;
  miners::set_shown(ctx, id, {proven, live_of(stored).count() * size, from});
}

void grow(Context& ctx, const AccountId& id, const std::vector<Hash256>& comms) {
  const auto miner = miners::kMiners.get(ctx.state, id);
  CESS_CHECK(miner.has_value());
  const Space before = kSpaces.get_or_default(ctx.state, id);
  Space after = before;
  MmrPeaks range = range_of(before);
  for (const Hash256& comm : comms) range.append(pois::file_leaf(range.count(), comm));
  set_range(after, range);
  const std::uint64_t size = kParams.get_or_default(ctx.state).filler_bytes();
  const std::uint64_t taken = live_of(after).count() * size + miner->locked + miner->service;
  put_space(ctx, id, before, after, std::max(miner->proven, taken));
}

Status make_hole(Context& ctx, const AccountId& id, const DeclareHole& hole) {
  const auto miner = miners::kMiners.get(ctx.state, id);
  CESS_CHECK(miner.has_value());
  const Space before = kSpaces.get_or_default(ctx.state, id);
  if (hole.first < before.front || hole.end <= hole.first || hole.end > before.rear) {
    return refuse("hole: not inside [" + std::to_string(before.front) + ", " +
                  std::to_string(before.rear) + ")");
  }
  Space after = before;
  Hole joined{hole.first, hole.end};
  std::erase_if(after.holes, [&](const Hole& h) {
    if (h.end < joined.first || h.first > joined.end) return false;
    joined = {std::min(h.first, joined.first), std::max(h.end, joined.end)};
    return true;
  });
  after.holes.push_back(joined);
  std::ranges::sort(after.holes, {}, &Hole::first);
  if (after.holes.size() > pois::kHoleRangesMax) {
    return refuse("hole: there are " + std::to_string(pois::kHoleRangesMax) + " already");
  }
  const std::uint64_t lost = live_of(before).count() - live_of(after).count();
  if (lost == 0) return refuse("hole: known already");
  const std::uint64_t size = kParams.get_or_default(ctx.state).filler_bytes();
  put_space(ctx, id, before, after, miner->proven - std::min(miner->proven, lost * size));
  ctx.events.emit(kModule, 3, HoleDeclared{id, joined.first, joined.end});
  return {};
}

void give_way(Context& ctx) {
  const std::uint64_t size = kParams.get_or_default(ctx.state).filler_bytes();
  const auto rules = miners::kParams.get_or_default(ctx.state);
  for (const AccountId& id : miners::crowded(ctx.state)) {
    const auto miner = miners::kMiners.get(ctx.state, id);
    CESS_CHECK(miner.has_value());
    const std::uint64_t room = miners::capacity(rules, *miner);
    const std::uint64_t used = miner->locked + miner->service;
    const Space before = kSpaces.get_or_default(ctx.state, id);
    const pois::LiveSet live = live_of(before);
    const std::uint64_t keep = std::min((room - std::min(room, used)) / size, live.count());
    const std::uint64_t gone = live.count() - keep;
    Space after = before;
    after.front = keep == 0 ? before.rear : live.number(gone);
    after.holes = holes_from(before.holes, after.front);
    put_space(ctx, id, before, after, miner->proven);
    ctx.events.emit(kModule, 2, GaveWay{id, after.front, gone});
  }
}

}  // namespace cess::idle_space
