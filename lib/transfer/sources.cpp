// SPDX-License-Identifier: Apache-2.0
#include "transfer/sources.hpp"

#include "base/hex.hpp"

namespace cess::transfer {

Status Sources::refresh() {
  const std::string name = to_hex(fid_);
  CESS_TRY_ASSIGN(const auto file, chain_.file(fid_));
  if (!file) return fail(Code::no, "the chain does not know '" + name + "'", name);
  file_ = *file;
  CESS_TRY_ASSIGN(const auto slots, chain_.slots(fid_));
  if (slots.empty() || file_.stripe_segments == 0) {
    const std::string why = file_.reason.empty() ? "no miner is drawn for it yet" : file_.reason;
    return fail(Code::no, "'" + name + "' is not stored: " + why, name);
  }
  drawn_.clear();
  miners_.clear();
  for (const SlotAt& at : slots) drawn_[{at.stripe, at.column}] = at.slot.miner;
  return {};
}

Result<miners::Miner> Sources::miner(const AccountId& id) {
  const auto known = miners_.find(id);
  if (known != miners_.end()) return known->second;
  CESS_TRY_ASSIGN(const auto found, chain_.miner(id));
  if (!found) return fail(Code::no, "no miner " + to_ss58(id) + " any more", to_ss58(id));
  miners_[id] = *found;
  return *found;
}

Result<std::vector<Source>> Sources::all() {
  std::vector<Source> out;
  std::set<AccountId> seen;
  for (const auto& [slot, id] : drawn_) {
    if (!seen.insert(id).second) continue;
    if (auto m = miner(id)) out.push_back({id, std::move(*m)});
  }
  // Those who rebuilt what one of them lost.
  for (std::uint16_t c = 0; c < file_.profile.columns(); ++c) {
    CESS_TRY_ASSIGN(const auto fragment, chain_.fragment(fid_, 0, c));
    if (!fragment || !fragment->living) continue;
    CESS_TRY_ASSIGN(const auto id, chain_.holder(fragment->frag));
    if (!id || !seen.insert(*id).second) continue;
    if (auto m = miner(*id)) out.push_back({*id, std::move(*m)});
  }
  return out;
}

Result<Source> Sources::of(std::uint32_t segment, std::uint16_t column) {
  const auto drawn = drawn_.find({segment / file_.stripe_segments, column});
  if (drawn != drawn_.end() && !doubted_.contains({segment, column})) {
    if (auto m = miner(drawn->second)) return Source{drawn->second, std::move(*m)};
  }
  CESS_TRY_ASSIGN(const auto fragment, chain_.fragment(fid_, segment, column));
  if (!fragment || fragment->frag.is_zero() || !fragment->living) {
    return fail(Code::no, "nobody holds it now");
  }
  CESS_TRY_ASSIGN(const auto holder, chain_.holder(fragment->frag));
  if (!holder) return fail(Code::no, "nobody holds it now");
  CESS_TRY_ASSIGN(auto m, miner(*holder));
  return Source{*holder, std::move(m)};
}

}  // namespace cess::transfer
