// SPDX-License-Identifier: Apache-2.0
#include "chain/state/files/internal.hpp"
#include "chain/state/territory/territory.hpp"
#include "crypto/sha256.hpp"

namespace cess::files {

std::uint64_t next_number(State& state) {
  const std::uint64_t n = kNextNumber.get_or_default(state);
  kNextNumber.put(state, n + 1);
  return n;
}

void set_timer(Context& ctx, Height at, const Subject& subject) {
  kTimers.put(ctx.state, at, next_number(ctx.state), subject);
}

Hash256 seed_of(const Context& ctx, const Subject& subject) {
  return sha256({as_bytes("CESS-FILES-SEED-v1"), ctx.block.vrf_output.view(),
                 ctx.block.parent.view(), encode_scale(subject)});
}

Result<File> stored_file(const State& state, const Fid& fid) {
  auto f = kFiles.get(state, fid);
  if (!f) return refuse("no such file");
  return std::move(*f);
}

Result<Owner> stored_owner(const State& state, const Fid& fid, const AccountId& who) {
  auto o = kOwners.get(state, fid, who);
  if (!o) return refuse(to_ss58(who) + " does not own this file");
  return std::move(*o);
}

Result<std::uint64_t> territory_of(const State& state, const AccountId& owner,
                                   const std::string& name) {
  const auto id = territory::find(state, owner, name);
  if (!id) return refuse("no territory '" + name.substr(0, 63) + "' of the owner");
  return *id;
}

std::optional<Fragment> fragment_at(const State& state, const Fid& fid, std::uint32_t segment,
                                    std::uint16_t column) {
  const auto page = kPages.get(state, fid, column, segment / kPageFragments);
  const std::size_t at = segment % kPageFragments;
  if (!page || at >= page->fragments.size()) return std::nullopt;
  return page->fragments[at];
}

Fragment get_fragment(const State& state, const Fid& fid, std::uint32_t segment,
                      std::uint16_t column) {
  auto f = fragment_at(state, fid, segment, column);
  CESS_CHECK(f.has_value());
  return *f;
}

void put_fragment(State& state, const Fid& fid, std::uint32_t segment, std::uint16_t column,
                  const Fragment& fragment) {
  auto page = kPages.get(state, fid, column, segment / kPageFragments);
  const std::size_t at = segment % kPageFragments;
  CESS_CHECK(page && at < page->fragments.size());
  page->fragments[at] = fragment;
  kPages.put(state, fid, column, segment / kPageFragments, *page);
}

void enter(Context& ctx, const Fid& fid, File& file, FileState state, std::string reason) {
  file.state = state;
  file.reason = std::move(reason);
  ctx.events.emit(kModule, kStateChanged, StateChanged{fid, state, file.reason});
}

void add_owner(Context& ctx, const Fid& fid, File& file, const AccountId& who, Owner owner) {
  owner.since = ctx.block.height;
  kOwners.put(ctx.state, fid, who, owner);
  kTerritoryFiles.put(ctx.state, owner.territory, fid, who);
  ++file.owner_count;
  ctx.events.emit(kModule, kOwnerAdded, OwnerAdded{fid, who});
}

void remove_owner(Context& ctx, const Fid& fid, File& file, const AccountId& who) {
  const auto owner = kOwners.get(ctx.state, fid, who);
  CESS_CHECK(owner && file.owner_count > 0);
  for (const auto& key : kGrants.keys(ctx.state, owner->grant_count, fid, who)) {
    kGrants.erase(ctx.state, fid, who, std::get<2>(key));
  }
  kOwners.erase(ctx.state, fid, who);
  kTerritoryFiles.erase(ctx.state, owner->territory, fid);
  --file.owner_count;
  ctx.events.emit(kModule, kOwnerRemoved, OwnerRemoved{fid, who});
}

}  // namespace cess::files
