// SPDX-License-Identifier: Apache-2.0
// Who owns a file: giving it up, moving it, passing it on, letting others read, and becoming an
// owner of what is stored already. The last needs possession: leaves of the fragments, drawn after
// the question was asked. It shows that the caller can read the stored bytes now, not that it keeps
// them; it pays for them as every owner does.
#include "chain/state/files/internal.hpp"
#include "chain/state/gateways/gateways.hpp"
#include "chain/state/territory/territory.hpp"
#include "chain/types/draw.hpp"
#include "merkle/tree.hpp"

namespace cess::files {
namespace {

Status check_capsule(const Bytes& capsule) {
  if (capsule.size() > kCapsuleSizeMax) return refuse("capsule is over 1024 bytes");
  return {};
}

Result<File> active_file(const State& state, const Fid& fid) {
  CESS_TRY_ASSIGN(File file, stored_file(state, fid));
  if (file.state != FileState::active) return refuse("the file is not active");
  return file;
}

// Takes room for one owner more.
Status take_room(Context& ctx, const File& file, std::uint64_t territory) {
  CESS_TRY(territory::lock(ctx, territory, file.stored_bytes));
  territory::use(ctx, territory, file.stored_bytes);
  return {};
}

// One owner less of an active file; the last one takes the file along.
void drop_owner(Context& ctx, const Fid& fid, File& file, const AccountId& who,
                std::uint64_t territory) {
  territory::release(ctx, territory, file.stored_bytes);
  remove_owner(ctx, fid, file, who);
  if (file.owner_count == 0) {
    enter(ctx, fid, file, FileState::deleting, "");
    queue_purge(ctx, fid);
  }
  kFiles.put(ctx.state, fid, file);
}

}  // namespace

Status run_delete(Context& ctx, const Delete& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, c.owner, ctx.origin.account));
  CESS_TRY_ASSIGN(File file, stored_file(ctx.state, c.fid));
  CESS_TRY_ASSIGN(const Owner owner, stored_owner(ctx.state, c.fid, c.owner));
  if (file.state == FileState::placing) {
    fail_deal(ctx, c.fid, file, "cancelled by its owner");
    return {};
  }
  if (file.state != FileState::active) return refuse("the file is not active");
  drop_owner(ctx, c.fid, file, c.owner, owner.territory);
  return {};
}

Status run_move(Context& ctx, const Move& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, c.owner, ctx.origin.account));
  CESS_TRY_ASSIGN(const File file, active_file(ctx.state, c.fid));
  CESS_TRY_ASSIGN(Owner owner, stored_owner(ctx.state, c.fid, c.owner));
  CESS_TRY_ASSIGN(const auto to, territory_of(ctx.state, c.owner, c.territory));
  if (to == owner.territory) return refuse("the file is there already");
  CESS_TRY(take_room(ctx, file, to));
  territory::release(ctx, owner.territory, file.stored_bytes);
  kTerritoryFiles.erase(ctx.state, owner.territory, c.fid);
  kTerritoryFiles.put(ctx.state, to, c.fid, c.owner);
  owner.territory = to;
  kOwners.put(ctx.state, c.fid, c.owner, owner);
  return {};
}

Status run_offer(Context& ctx, const Offer& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  CESS_TRY(active_file(ctx.state, c.fid));
  CESS_TRY(stored_owner(ctx.state, c.fid, who));
  CESS_TRY(check_capsule(c.capsule));
  if (c.to == who) return refuse("giver and receiver are the same");
  if (kOffers.has(ctx.state, c.fid, who, c.to)) return refuse("this is offered already");
  const Height until = ctx.block.height + kParams.get_or_default(ctx.state).offer_blocks;
  kOffers.put(ctx.state, c.fid, who, c.to, {c.capsule, until});
  set_timer(ctx, until, {TimerKind::offer, c.fid, who, c.to, 0, 0});
  ctx.events.emit(kModule, kOffered, Offered{c.fid, who, c.to, until});
  return {};
}

Status run_accept(Context& ctx, const Accept& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  const auto offer = kOffers.get(ctx.state, c.fid, c.from, who);
  if (!offer || offer->until <= ctx.block.height) return refuse("nothing is offered");
  CESS_TRY_ASSIGN(File file, active_file(ctx.state, c.fid));
  CESS_TRY_ASSIGN(const Owner from, stored_owner(ctx.state, c.fid, c.from));
  if (kOwners.has(ctx.state, c.fid, who)) return refuse("the receiver owns this file already");
  if (kJoining.has(ctx.state, c.fid, who)) return refuse("the receiver is joining its owners");
  CESS_TRY_ASSIGN(const auto territory, territory_of(ctx.state, who, c.territory));
  CESS_TRY(take_room(ctx, file, territory));
  kOffers.erase(ctx.state, c.fid, c.from, who);
  add_owner(ctx, c.fid, file, who, {territory, offer->capsule, 0, 0});
  drop_owner(ctx, c.fid, file, c.from, from.territory);
  return {};
}

Status run_grant(Context& ctx, const Grant& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  CESS_TRY_ASSIGN(Owner owner, stored_owner(ctx.state, c.fid, who));
  CESS_TRY(check_capsule(c.capsule));
  if (!kGrants.has(ctx.state, c.fid, who, c.to)) {
    const auto most = kParams.get_or_default(ctx.state).grants_max;
    if (owner.grant_count >= most) return refuse("at most " + std::to_string(most) + " grants");
    ++owner.grant_count;
    kOwners.put(ctx.state, c.fid, who, owner);
  }
  kGrants.put(ctx.state, c.fid, who, c.to, c.capsule);
  return {};
}

Status run_ungrant(Context& ctx, const Ungrant& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  CESS_TRY_ASSIGN(Owner owner, stored_owner(ctx.state, c.fid, who));
  if (!kGrants.has(ctx.state, c.fid, who, c.to)) return refuse("nothing was granted");
  kGrants.erase(ctx.state, c.fid, who, c.to);
  --owner.grant_count;
  kOwners.put(ctx.state, c.fid, who, owner);
  return {};
}

Status run_join(Context& ctx, const Join& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, c.owner, ctx.origin.account));
  CESS_TRY_ASSIGN(const File file, active_file(ctx.state, c.fid));
  CESS_TRY(check_capsule(c.capsule));
  if (kOwners.has(ctx.state, c.fid, c.owner)) return refuse("owns this file already");
  if (kJoining.has(ctx.state, c.fid, c.owner)) return refuse("is joining already");
  const Params params = kParams.get_or_default(ctx.state);
  if (file.owner_count >= params.owners_max) {
    return refuse("at most " + std::to_string(params.owners_max) + " owners");
  }
  CESS_TRY_ASSIGN(const auto territory, territory_of(ctx.state, c.owner, c.territory));
  CESS_TRY(territory::lock(ctx, territory, file.stored_bytes));
  const Height until = ctx.block.height + params.proof_blocks;
  kJoining.put(ctx.state, c.fid, c.owner, {territory, c.capsule, file.stored_bytes, {}, until});
  const Subject subject{TimerKind::join, c.fid, c.owner, {}, 0, 0};
  kSeedQueue.put(ctx.state, next_number(ctx.state), subject);
  set_timer(ctx, until, subject);
  return {};
}

bool verify_opening(const Fragment& fragment, const LeafPlace& place, const LeafOpening& opening) {
  return opening.data.size() == place.size &&
         verify_merkle_path(fragment.root, place.count, place.leaf, merkle_leaf(opening.data),
                            opening.path);
}

Status run_prove(Context& ctx, const Prove& c) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(gateways::check_may_act(ctx.state, c.owner, ctx.origin.account));
  const auto joining = kJoining.get(ctx.state, c.fid, c.owner);
  if (!joining || joining->seed.is_zero()) return refuse("nothing was asked yet");
  if (joining->until <= ctx.block.height) return refuse("the time to answer is over");
  CESS_TRY_ASSIGN(File file, active_file(ctx.state, c.fid));
  const auto drawn = drawn_leaves(ctx.state, file, joining->seed);
  if (c.leaves.size() != drawn.size()) {
    return refuse(std::to_string(drawn.size()) + " leaves are asked for");
  }
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const auto fragment = get_fragment(ctx.state, c.fid, drawn[i].place.segment, drawn[i].column);
    if (!verify_opening(fragment, drawn[i].place, c.leaves[i])) {
      return refuse("leaf " + std::to_string(i) + " is not what is stored");
    }
  }
  kJoining.erase(ctx.state, c.fid, c.owner);
  territory::use(ctx, joining->territory, joining->bytes);
  add_owner(ctx, c.fid, file, c.owner, {joining->territory, joining->capsule, 0, 0});
  kFiles.put(ctx.state, c.fid, file);
  return {};
}

std::vector<DrawnLeaf> drawn_leaves(const State& state, const File& file, const Hash256& seed) {
  DrawStream draw(seed, "possession");
  std::vector<DrawnLeaf> out;
  const std::uint32_t count = kParams.get_or_default(state).possession_leaves;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto column = static_cast<std::uint16_t>(draw.below(file.profile.columns()));
    out.push_back({column, column_leaf(file, draw.below(column_leaves(file)))});
  }
  return out;
}

void run_join_timer(Context& ctx, const Fid& fid, const AccountId& who) {
  const auto joining = kJoining.get(ctx.state, fid, who);
  if (!joining || joining->until > ctx.block.height) return;
  kJoining.erase(ctx.state, fid, who);
  territory::unlock(ctx, joining->territory, joining->bytes);
}

}  // namespace cess::files
