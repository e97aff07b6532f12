// SPDX-License-Identifier: Apache-2.0
// Declarations. All roots are here before a deal begins, and they must give the fid: nobody can
// take a name for other contents.
#include <algorithm>

#include "chain/state/files/internal.hpp"
#include "chain/state/gateways/gateways.hpp"
#include "chain/state/rights/rights.hpp"
#include "chain/state/territory/territory.hpp"

namespace cess::files {
namespace {

constexpr std::size_t kRegionsMax = 32;
constexpr std::size_t kCornersMax = 64;

Status check_rule(const RegionRule& rule) {
  if (rule.regions.size() > kRegionsMax || rule.allow.size() > kListedMax ||
      rule.deny.size() > kListedMax || rule.polygon.size() > kCornersMax) {
    return refuse("the region rule is too long");
  }
  for (const auto& region : rule.regions) {
    if (!valid_region(region)) return refuse("regions must be like 'DE' or 'DE-BY'");
  }
  if (!rule.polygon.empty() && rule.polygon.size() < 3) {
    return refuse("a polygon has at least 3 corners");
  }
  for (const auto& p : rule.polygon) {
    if (!valid_point({p.longitude, p.latitude})) return refuse("a corner is not on earth");
  }
  return {};
}

Status check_new(const State& state, const Fid& fid) {
  const auto old = kFiles.get(state, fid);
  if (!old) return {};
  if (old->state == FileState::active) {
    return refuse("already stored: join its owners by showing possession");
  }
  if (old->state == FileState::placing) return refuse("somebody else is storing it just now");
  if (old->due == 0) return refuse("its earlier fragments are being cleared away, try later");
  return {};
}

Result<File> make_file(const Context& ctx, const Declare& c) {
  CESS_TRY(check_profile(c.profile));
  CESS_TRY(check_rule(c.rule));
  if (c.capsule.size() > kCapsuleSizeMax) return refuse("capsule is over 1024 bytes");
  File f;
  f.file_id = c.file_id;
  f.length = c.length;
  f.profile = c.profile;
  f.segment_count = segments_of(c.profile, c.length);
  if (f.segment_count == 0) {
    return refuse("more than " + std::to_string(kSegmentsMax) + " segments");
  }
  f.stored_bytes = stored_bytes(f);
  f.manifest = c.manifest;
  f.visibility = c.visibility;
  f.rule = c.rule;
  f.certificate = c.certificate;
  f.declared_at = ctx.block.height;
  return f;
}

// Takes whole segments from `roots`, in order, into the draft.
Status take_roots(Context& ctx, const AccountId& owner, const Fid& fid, Draft& draft,
                  const std::vector<Hash256>& roots) {
  const std::size_t columns = draft.file.profile.columns();
  const std::size_t count = roots.size() / columns;
  if (count == 0 || roots.size() % columns != 0) {
    return refuse("roots must be " + std::to_string(columns) + " a segment");
  }
  if (count > draft.file.segment_count - draft.received) return refuse("more roots than segments");
  for (std::size_t i = 0; i < count; ++i) {
    const std::span part(&roots[i * columns], columns);
    draft.leaves.push_back(segment_leaf(draft.file, draft.received, part));
    kDraftRoots.put(ctx.state, owner, fid, draft.received, {part.begin(), part.end()});
    ++draft.received;
  }
  return {};
}

// Turns the segments' roots into columns of pages.
void write_pages(Context& ctx, const AccountId& owner, const Fid& fid, const File& file) {
  const auto columns = static_cast<std::uint16_t>(file.profile.columns());
  for (std::uint32_t first = 0; first < file.segment_count; first += kPageFragments) {
    std::vector<FragmentPage> pages(columns);
    const auto end = std::min(file.segment_count, first + kPageFragments);
    for (std::uint32_t s = first; s < end; ++s) {
      const auto roots = kDraftRoots.get(ctx.state, owner, fid, s);
      CESS_CHECK(roots && roots->size() == columns);
      kDraftRoots.erase(ctx.state, owner, fid, s);
      for (std::uint16_t c = 0; c < columns; ++c) {
        pages[c].fragments.push_back({(*roots)[c], {}, {}, false});
      }
    }
    for (std::uint16_t c = 0; c < columns; ++c) {
      kPages.put(ctx.state, fid, c, first / kPageFragments, pages[c]);
    }
  }
}

// All roots are here: the deal begins.
Status finish(Context& ctx, const AccountId& owner, const Fid& fid, Draft& draft) {
  File& file = draft.file;
  if (compute_fid(file, draft.leaves) != fid) return refuse("the fid does not fit the roots");
  CESS_TRY(check_new(ctx.state, fid));
  write_pages(ctx, owner, fid, file);
  file.deal = next_number(ctx.state);
  add_owner(ctx, fid, file, owner, {draft.territory, draft.capsule, 0, 0});
  kFiles.put(ctx.state, fid, file);
  ctx.events.emit(kModule, kDeclared, Declared{fid, owner, file.deal, file.stored_bytes});
  queue_draw(ctx, fid);
  return {};
}

}  // namespace

Status run_declare(Context& ctx, const Declare& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, c.owner, ctx.origin.account));
  CESS_TRY(check_new(ctx.state, c.fid));
  CESS_TRY(rights::check_link(ctx.state, c.owner, c.certificate));
  if (kDrafts.has(ctx.state, c.owner, c.fid)) {
    return refuse("its declaration is open already: extend it");
  }
  Draft draft;
  CESS_TRY_ASSIGN(draft.file, make_file(ctx, c));
  CESS_TRY_ASSIGN(draft.territory, territory_of(ctx.state, c.owner, c.territory));
  draft.capsule = c.capsule;
  CESS_TRY(territory::lock(ctx, draft.territory, draft.file.stored_bytes));
  CESS_TRY(take_roots(ctx, c.owner, c.fid, draft, c.roots));
  if (draft.received == draft.file.segment_count) return finish(ctx, c.owner, c.fid, draft);
  draft.until = ctx.block.height + kParams.get_or_default(ctx.state).deal_blocks;
  kDrafts.put(ctx.state, c.owner, c.fid, draft);
  Subject subject{TimerKind::draft, c.fid, c.owner, {}, 0, 0};
  set_timer(ctx, draft.until, subject);
  return {};
}

Status run_extend(Context& ctx, const Extend& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, c.owner, ctx.origin.account));
  auto draft = kDrafts.get(ctx.state, c.owner, c.fid);
  if (!draft) return refuse("no open declaration of this file");
  if (c.first_segment != draft->received) {
    return refuse("segment " + std::to_string(draft->received) + " is next");
  }
  CESS_TRY(take_roots(ctx, c.owner, c.fid, *draft, c.roots));
  if (draft->received < draft->file.segment_count) {
    kDrafts.put(ctx.state, c.owner, c.fid, *draft);
    return {};
  }
  kDrafts.erase(ctx.state, c.owner, c.fid);
  return finish(ctx, c.owner, c.fid, *draft);
}

void drop_draft(Context& ctx, const AccountId& owner, const Fid& fid) {
  const auto draft = kDrafts.get(ctx.state, owner, fid);
  if (!draft || draft->until > ctx.block.height) return;
  for (std::uint32_t s = 0; s < draft->received; ++s) kDraftRoots.erase(ctx.state, owner, fid, s);
  kDrafts.erase(ctx.state, owner, fid);
  territory::unlock(ctx, draft->territory, draft->file.stored_bytes);
}

}  // namespace cess::files
