// SPDX-License-Identifier: Apache-2.0
// Work that is spread over blocks: clearing away files, emptying miners that leave and territories
// that expired, timers, and chance for what was asked in the last block.
#include <algorithm>

#include "chain/state/files/internal.hpp"
#include "chain/state/territory/territory.hpp"
#include "chain/types/draw.hpp"

namespace cess::files {
namespace {

constexpr std::size_t kLeavingMax = 8;
constexpr std::size_t kPurgingMax = 4;

// Every owner of a lost file gets back what is ahead. False: the block's work is used up.
bool compensate_owners(Context& ctx, const Fid& fid, File& file, std::uint32_t& work) {
  while (file.owner_count > 0) {
    if (work == 0) return false;
    --work;
    const auto keys = kOwners.keys(ctx.state, 1, fid);
    CESS_CHECK(!keys.empty());
    const AccountId who = std::get<1>(keys[0]);
    const auto owner = kOwners.get(ctx.state, fid, who);
    territory::compensate(ctx, owner->territory, file.stored_bytes);
    remove_owner(ctx, fid, file, who);
  }
  return true;
}

void clear_fragment(Context& ctx, const Fid& fid, const File& file, std::uint32_t segment,
                    std::uint16_t column, const Fragment& f) {
  if (f.living) {
    const auto holder = index_holder(ctx.state, f.frag);
    CESS_CHECK(holder.has_value());
    auto ok = index_remove(ctx.state, f.frag);
    CESS_CHECK(ok.has_value());
    ok = miners::free_space(ctx, holder->miner, fragment_length(file, segment));
    CESS_CHECK(ok.has_value());
  }
  if (!f.frag.is_zero()) kFragmentPlaces.erase(ctx.state, f.frag);
  drop_restoral(ctx, fid, file, segment, column);
  if (column + 1U == file.profile.columns()) kMissing.erase(ctx.state, fid, segment);
}

// Page by page, column by column. False: the block's work is used up.
bool clear_fragments(Context& ctx, const Fid& fid, File& file, std::uint32_t& work) {
  while (file.purged_columns < file.profile.columns()) {
    const auto column = static_cast<std::uint16_t>(file.purged_columns);
    while (file.purged_segments < file.segment_count) {
      if (work == 0) return false;
      const std::uint32_t first = file.purged_segments;
      const auto page = kPages.get(ctx.state, fid, column, first / kPageFragments);
      CESS_CHECK(page.has_value());
      for (std::size_t i = 0; i < page->fragments.size(); ++i) {
        clear_fragment(ctx, fid, file, first + static_cast<std::uint32_t>(i), column,
                       page->fragments[i]);
      }
      const auto count = static_cast<std::uint32_t>(page->fragments.size());
      work -= std::min(work, count);
      kPages.erase(ctx.state, fid, column, first / kPageFragments);
      file.purged_segments += count;
    }
    file.purged_segments = 0;
    ++file.purged_columns;
  }
  return true;
}

void clear_rest(Context& ctx, const Fid& fid) {
  for (const auto& [f, stripe, column] : kSlots.keys(ctx.state, ~std::size_t{0}, fid)) {
    kSlots.erase(ctx.state, fid, stripe, column);
  }
  for (const auto& key : kLate.keys(ctx.state, ~std::size_t{0}, fid)) {
    kLate.erase(ctx.state, fid, std::get<1>(key));
  }
}

// True when nothing of the file is left to clear.
bool purge_file(Context& ctx, const Fid& fid, std::uint32_t& work) {
  auto file = kFiles.get(ctx.state, fid);
  CESS_CHECK(file.has_value());
  const bool done =
      compensate_owners(ctx, fid, *file, work) && clear_fragments(ctx, fid, *file, work);
  if (!done) {
    kFiles.put(ctx.state, fid, *file);
    return false;
  }
  clear_rest(ctx, fid);
  if (file->state == FileState::deleting) {
    kFiles.erase(ctx.state, fid);
    ctx.events.emit(kModule, kForgotten, Forgotten{fid});
  } else {
    file->due = ctx.block.height + kParams.get_or_default(ctx.state).kept_blocks;
    set_timer(ctx, file->due, {TimerKind::kept, fid, {}, {}, 0, 0});
    kFiles.put(ctx.state, fid, *file);
  }
  return true;
}

// Fragments of miners that leave count as lost, last ones first.
void empty_miners(Context& ctx, std::uint32_t& work) {
  for (const auto& miner : miners::leaving(ctx.state, kLeavingMax)) {
    while (work > 0) {
      FragId last;
      {
        IndexView view(ctx.state, miner, std::nullopt);
        if (view.totals().fragments == 0) break;
        last = view.entry(view.totals().fragments - 1).frag;
      }
      fragment_lost(ctx, last);
      --work;
    }
  }
}

void empty_territories(Context& ctx, std::uint32_t& work) {
  for (const auto& key : territory::kPurging.keys(ctx.state, kPurgingMax)) {
    const std::uint64_t id = std::get<0>(key);
    for (const auto& file_key : kTerritoryFiles.keys(ctx.state, work, id)) {
      const Fid fid = std::get<1>(file_key);
      const auto who = kTerritoryFiles.get(ctx.state, id, fid);
      auto file = kFiles.get(ctx.state, fid);
      CESS_CHECK(file && who);
      --work;
      if (file->state == FileState::placing) {
        fail_deal(ctx, fid, *file, "its territory expired");
        continue;
      }
      if (file->state != FileState::active) continue;  // lost: being cleared
      territory::release(ctx, id, file->stored_bytes);
      remove_owner(ctx, fid, *file, *who);
      if (file->owner_count == 0) {
        enter(ctx, fid, *file, FileState::deleting, "its territory expired");
        queue_purge(ctx, fid);
      }
      kFiles.put(ctx.state, fid, *file);
    }
    const auto t = territory::kTerritories.get(ctx.state, id);
    // Open declarations and challenges end by themselves.
    if (t && t->used + t->locked == 0) territory::emptied(ctx, id);
  }
}

void run_timer(Context& ctx, const Subject& s) {
  switch (s.kind) {
    case TimerKind::deal:
      run_deal_timer(ctx, s.fid);
      break;
    case TimerKind::claim:
      run_claim_timer(ctx, s);
      break;
    case TimerKind::draft:
      drop_draft(ctx, s.a, s.fid);
      break;
    case TimerKind::join:
      run_join_timer(ctx, s.fid, s.a);
      break;
    case TimerKind::offer: {
      const auto offer = kOffers.get(ctx.state, s.fid, s.a, s.b);
      if (offer && offer->until <= ctx.block.height) kOffers.erase(ctx.state, s.fid, s.a, s.b);
      break;
    }
    case TimerKind::kept: {
      const auto file = kFiles.get(ctx.state, s.fid);
      const bool over = file && file->due != 0 && file->due <= ctx.block.height;
      if (!over || (file->state != FileState::failed && file->state != FileState::lost)) break;
      kFiles.erase(ctx.state, s.fid);
      ctx.events.emit(kModule, kForgotten, Forgotten{s.fid});
      break;
    }
  }
}

}  // namespace

std::vector<LeafPlace> restoral_leaves(const State& state, const File& file, std::uint32_t segment,
                                       const Hash256& seed) {
  DrawStream draw(seed, "restoral");
  const std::uint64_t count = fragment_leaf(file, segment, 0).count;
  std::vector<LeafPlace> out;
  for (std::uint32_t i = kParams.get_or_default(state).restoral_leaves; i > 0; --i) {
    out.push_back(fragment_leaf(file, segment, draw.below(count)));
  }
  return out;
}

void queue_purge(Context& ctx, const Fid& fid) {
  kPurgeQueue.put(ctx.state, next_number(ctx.state), fid);
}

void run_purges(Context& ctx) {
  std::uint32_t work = kParams.get_or_default(ctx.state).purges_per_block;
  empty_miners(ctx, work);
  empty_territories(ctx, work);
  while (work > 0) {
    const auto next = kPurgeQueue.keys(ctx.state, 1);
    if (next.empty()) return;
    const std::uint64_t number = std::get<0>(next[0]);
    const auto fid = kPurgeQueue.get(ctx.state, number);
    if (!purge_file(ctx, *fid, work)) return;
    kPurgeQueue.erase(ctx.state, number);
    work -= std::min(work, 1U);
  }
}

void run_timers(Context& ctx) {
  const std::size_t most = kParams.get_or_default(ctx.state).timers_per_block;
  std::vector<std::pair<Height, std::uint64_t>> due;
  std::vector<Subject> subjects;
  kTimers.scan(ctx.state, [&](const auto& key, const Subject& s) {
    if (std::get<0>(key) > ctx.block.height || due.size() == most) return false;
    due.emplace_back(std::get<0>(key), std::get<1>(key));
    subjects.push_back(s);
    return true;
  });
  for (std::size_t i = 0; i < due.size(); ++i) {
    kTimers.erase(ctx.state, due[i].first, due[i].second);
    run_timer(ctx, subjects[i]);
  }
}

void run_seeds(Context& ctx) {
  for (const auto& key : kSeedQueue.keys(ctx.state, ~std::size_t{0})) {
    const auto subject = kSeedQueue.get(ctx.state, std::get<0>(key));
    kSeedQueue.erase(ctx.state, std::get<0>(key));
    const Hash256 seed = seed_of(ctx, *subject);
    if (subject->kind == TimerKind::claim) {
      seed_restoral(ctx, *subject, seed);
    } else if (auto joining = kJoining.get(ctx.state, subject->fid, subject->a)) {
      joining->seed = seed;
      kJoining.put(ctx.state, subject->fid, subject->a, *joining);
      ctx.events.emit(kModule, kChallenged,
                      Challenged{subject->fid, subject->a, seed, joining->until});
    }
  }
}

}  // namespace cess::files
