// SPDX-License-Identifier: Apache-2.0
// Placement: miners are drawn by their free space, at most one fragment of a segment to a miner,
// operator and subnet, inside the file's rule. A draw happens in the block after it was asked for,
// from chance that nobody knew when asking. First by lot from the trees of weights; if the lot
// keeps falling on miners that do not fit, by weight among all that do, if the list is short.
#include <algorithm>
#include <map>

#include "chain/state/files/internal.hpp"
#include "chain/state/miners/weights.hpp"
#include "chain/state/territory/territory.hpp"
#include "chain/types/draw.hpp"

namespace cess::files {
namespace {

constexpr std::uint32_t kSlotsMax = 256;
constexpr int kLotsPerSlot = 24;
constexpr std::uint32_t kShortList = 1024;

using miners::Miner;

struct Chosen {
  AccountId id;
  Miner miner;
};

// One file's draw: what it has taken so far, and the work it may still do.
class Placement {
 public:
  Placement(const Context& ctx, const Fid& fid, const File& file, std::uint64_t& looks)
      : ctx_(ctx),
        fid_(fid),
        file_(file),
        looks_(looks),
        draw_(seed_of(ctx, {TimerKind::deal, fid, {}, {}, file.attempt, 0}), "placement") {
    for (const auto& region : file.rule.regions) scopes_.push_back(miners::country_scope(region));
    std::sort(scopes_.begin(), scopes_.end());
    scopes_.erase(std::unique(scopes_.begin(), scopes_.end()), scopes_.end());
    if (scopes_.empty()) scopes_.push_back(miners::kEverywhere);
  }

  // A miner for `bytes` beside those of the same stripe.
  std::optional<AccountId> choose(std::uint64_t bytes, std::vector<Chosen>& beside) {
    std::optional<Chosen> c;
    if (file_.rule.allow.empty()) c = by_lot(bytes, beside);
    if (!c) c = by_list(bytes, beside);
    if (!c) return std::nullopt;
    taken_[c->id] += bytes;
    beside.push_back(*c);
    return c->id;
  }

 private:
  std::optional<Miner> look(const AccountId& id, std::uint64_t bytes,
                            const std::vector<Chosen>& beside) {
    if (looks_ == 0) return std::nullopt;
    --looks_;
    auto m = miners::kMiners.get(ctx_.state, id);
    if (!m || m->state != miners::MinerState::positive) return std::nullopt;
    const auto taken = taken_.find(id);
    const std::uint64_t spoken_for = taken == taken_.end() ? 0 : taken->second;
    if (m->idle < spoken_for || m->idle - spoken_for < bytes) return std::nullopt;
    if (!fits_rule(file_.rule, id, *m) || kLate.has(ctx_.state, fid_, id)) return std::nullopt;
    for (const auto& other : beside) {
      if (too_close(ctx_.state, id, *m, other.id, other.miner)) return std::nullopt;
    }
    return m;
  }

  std::optional<Chosen> by_lot(std::uint64_t bytes, const std::vector<Chosen>& beside) {
    std::vector<Amount> totals;
    Amount sum = 0;
    for (const auto scope : scopes_) {
      totals.push_back(miners::total_weight(ctx_.state, scope));
      sum += totals.back();
    }
    if (sum == 0) return std::nullopt;
    for (int i = 0; i < kLotsPerSlot && looks_ > 0; ++i) {
      const std::size_t s = draw_.weighted(totals);
      const auto id = miners::member_at(ctx_.state, scopes_[s],
                                        draw_.below(static_cast<std::uint64_t>(totals[s])));
      if (auto m = look(id, bytes, beside)) return Chosen{id, std::move(*m)};
    }
    return std::nullopt;
  }

  std::optional<Chosen> by_list(std::uint64_t bytes, const std::vector<Chosen>& beside) {
    std::vector<AccountId> list = file_.rule.allow;
    if (list.empty()) {
      std::uint32_t count = 0;
      for (const auto s : scopes_) {
        count += miners::kMemberCounts.get_or_default(ctx_.state, s);
      }
      if (count > kShortList) return std::nullopt;
      for (const auto s : scopes_) {
        const auto members = miners::kMemberCounts.get_or_default(ctx_.state, s);
        for (std::uint32_t i = 0; i < members; ++i) {
          list.push_back(*miners::kMembers.get(ctx_.state, s, i));
        }
      }
    } else {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
    std::vector<Chosen> fit;
    std::vector<Amount> weights;
    for (const auto& id : list) {
      auto m = look(id, bytes, beside);
      if (!m) continue;
      weights.push_back(m->idle);
      fit.push_back({id, std::move(*m)});
    }
    if (fit.empty()) return std::nullopt;
    return fit[draw_.weighted(weights)];
  }

  const Context& ctx_;
  const Fid& fid_;
  const File& file_;
  std::uint64_t& looks_;
  DrawStream draw_;
  std::vector<miners::Scope> scopes_;
  std::map<AccountId, std::uint64_t> taken_;
};

struct Assignment {
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  AccountId miner;
};

// Miners for every slot that has none; nullopt if one can not be filled.
std::optional<std::vector<Assignment>> assign(const Context& ctx, const Fid& fid, const File& file,
                                              std::uint64_t& looks) {
  std::vector<Assignment> out;
  Placement placement(ctx, fid, file, looks);
  const auto columns = static_cast<std::uint16_t>(file.profile.columns());
  for (std::uint32_t stripe = 0; stripe < stripe_count(file); ++stripe) {
    const std::uint64_t bytes = slot_bytes(file, stripe);
    std::vector<Chosen> beside;
    std::vector<std::uint16_t> open;
    for (std::uint16_t c = 0; c < columns; ++c) {
      const auto slot = kSlots.get(ctx.state, fid, stripe, c);
      if (!slot) {
        open.push_back(c);
      } else if (auto m = miners::kMiners.get(ctx.state, slot->miner)) {
        beside.push_back({slot->miner, std::move(*m)});
      }
    }
    for (const auto c : open) {
      const auto id = placement.choose(bytes, beside);
      if (!id) return std::nullopt;
      out.push_back({stripe, c, *id});
    }
  }
  return out;
}

// The whole file in one stripe if miners have the room, else in ever shorter ones.
std::optional<std::vector<Assignment>> assign_first(const Context& ctx, const Fid& fid, File& file,
                                                    std::uint64_t& looks) {
  const std::uint32_t columns = file.profile.columns();
  for (std::uint32_t segments = file.segment_count;; segments = (segments + 1) / 2) {
    file.stripe_segments = segments;
    if (stripe_count(file) * columns > kSlotsMax) break;
    if (auto found = assign(ctx, fid, file, looks)) return found;
    if (segments == 1) break;
  }
  file.stripe_segments = 0;
  return std::nullopt;
}

// False: the block's work is used up by files before this one; nothing was changed.
bool draw_file(Context& ctx, const Fid& fid, std::uint64_t& looks) {
  auto file = kFiles.get(ctx.state, fid);
  if (!file || file->state != FileState::placing || file->due != 0) return true;
  const Params params = kParams.get_or_default(ctx.state);
  const bool had_all = looks == params.looks_per_block;
  ++file->attempt;
  const bool first = file->stripe_segments == 0;
  const auto found = first ? assign_first(ctx, fid, *file, looks) : assign(ctx, fid, *file, looks);
  if (!found && looks == 0 && !had_all) return false;
  file->due = ctx.block.height + params.deal_blocks;
  set_timer(ctx, file->due, {TimerKind::deal, fid, {}, {}, 0, 0});
  if (!found) {
    file->reason = "not enough miners with room fit the rule";
    ctx.events.emit(kModule, kDrawFailed, DrawFailed{fid, file->attempt, file->reason});
    kFiles.put(ctx.state, fid, *file);
    return true;
  }
  file->slot_count = stripe_count(*file) * file->profile.columns();
  for (const auto& a : *found) {
    const auto ok = miners::lock_space(ctx, a.miner, slot_bytes(*file, a.stripe));
    CESS_CHECK(ok.has_value());
    kSlots.put(ctx.state, fid, a.stripe, a.column, {a.miner, false});
    ctx.events.emit(kModule, kAssigned,
                    Assigned{fid, file->deal, a.stripe, a.column, a.miner, file->due});
  }
  kFiles.put(ctx.state, fid, *file);
  return true;
}

// Takes back what miners have not reported. Returns the name of one of them.
std::optional<AccountId> give_back(Context& ctx, const Fid& fid, const File& file, bool late) {
  std::optional<AccountId> one;
  for (const auto& [f, stripe, column] : kSlots.keys(ctx.state, kSlotsMax, fid)) {
    const auto slot = kSlots.get(ctx.state, fid, stripe, column);
    if (slot->reported) continue;
    const auto ok = miners::unlock_space(ctx, slot->miner, slot_bytes(file, stripe));
    CESS_CHECK(ok.has_value());
    if (late) {
      miners::note_late(ctx, slot->miner);
      kLate.put(ctx.state, fid, slot->miner, true);
      one = slot->miner;
    }
    kSlots.erase(ctx.state, fid, stripe, column);
  }
  return one;
}

}  // namespace

bool fits_rule(const RegionRule& rule, const AccountId& id, const Miner& m) {
  const auto listed = [&](const std::vector<AccountId>& list) {
    return std::find(list.begin(), list.end(), id) != list.end();
  };
  if (!rule.allow.empty() && !listed(rule.allow)) return false;
  if (listed(rule.deny)) return false;
  if (!rule.regions.empty() &&
      std::none_of(rule.regions.begin(), rule.regions.end(),
                   [&](const std::string& wanted) { return region_contains(wanted, m.region); })) {
    return false;
  }
  if (rule.polygon.empty()) return true;
  if (!m.place) return false;
  std::vector<EarthPoint> corners;
  for (const auto& p : rule.polygon) corners.push_back({p.longitude, p.latitude});
  return polygon_contains(corners, {m.place->longitude, m.place->latitude});
}

bool too_close(const State& state, const AccountId& id, const Miner& m, const AccountId& other_id,
               const Miner& other) {
  if (id == other_id) return true;
  const Params p = kParams.get_or_default(state);
  if (p.distinct_operators && m.operator_id == other.operator_id) return true;
  return p.distinct_subnets && miners::subnet_of(m.ip) == miners::subnet_of(other.ip);
}

void queue_draw(Context& ctx, const Fid& fid) {
  kDrawQueue.put(ctx.state, next_number(ctx.state), fid);
}

void run_draws(Context& ctx) {
  std::uint64_t looks = kParams.get_or_default(ctx.state).looks_per_block;
  while (looks > 0) {
    const auto next = kDrawQueue.keys(ctx.state, 1);
    if (next.empty()) return;
    const auto fid = kDrawQueue.get(ctx.state, std::get<0>(next[0]));
    if (!draw_file(ctx, *fid, looks)) return;
    kDrawQueue.erase(ctx.state, std::get<0>(next[0]));
  }
}

void run_deal_timer(Context& ctx, const Fid& fid) {
  auto file = kFiles.get(ctx.state, fid);
  if (!file || file->state != FileState::placing || file->due > ctx.block.height ||
      file->due == 0) {
    return;
  }
  const auto late = give_back(ctx, fid, *file, true);
  if (late) {
    file->reason = "miner " + to_ss58(*late) + " did not report in time";
    ctx.events.emit(kModule, kDrawFailed, DrawFailed{fid, file->attempt, file->reason});
  }
  if (file->attempt > kParams.get_or_default(ctx.state).redraws_max) {
    fail_deal(ctx, fid, *file, file->reason);
    return;
  }
  file->due = 0;
  kFiles.put(ctx.state, fid, *file);
  queue_draw(ctx, fid);
}

void fail_deal(Context& ctx, const Fid& fid, File& file, const std::string& reason) {
  give_back(ctx, fid, file, false);
  for (const auto& key : kOwners.keys(ctx.state, 1, fid)) {
    const auto owner = kOwners.get(ctx.state, fid, std::get<1>(key));
    territory::unlock(ctx, owner->territory, file.stored_bytes);
    remove_owner(ctx, fid, file, std::get<1>(key));
  }
  enter(ctx, fid, file, FileState::failed, reason);
  file.due = 0;
  kFiles.put(ctx.state, fid, file);
  queue_purge(ctx, fid);
}

}  // namespace cess::files
