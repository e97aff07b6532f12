// SPDX-License-Identifier: Apache-2.0
#include "miner/duty.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "miner/restoral_proof.hpp"

namespace cess::miner {
namespace {

constexpr std::size_t kLaterMax = 10'000;

/// The same for one opening of an order and one miner: who claims when, and which first.
std::uint64_t lot_of(const OrderAt& at, const AccountId& me) {
  std::array<std::uint8_t, 14> place{};
  store_le<std::uint32_t>(place.data(), at.segment);
  store_le<std::uint16_t>(place.data() + 4, at.column);
  store_le<std::uint64_t>(place.data() + 6, at.order.opened);
  const Hash256 h = sha256({as_bytes("CESS-RESTORAL-LOT-v1"), at.fid.view(), place, me.view()});
  return load_le<std::uint64_t>(h.bytes.data());
}

}  // namespace

std::string order_name(const OrderAt& at) {
  return "segment " + std::to_string(at.segment) + " column " + std::to_string(at.column) +
         " of file " + to_hex(at.fid);
}

DutyReport RestoralDuty::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}
void RestoralDuty::set_doing(std::string doing) {
  const std::lock_guard lock(mutex_);
  report_.doing = std::move(doing);
}
void RestoralDuty::set_waits(std::string waits) {
  const std::lock_guard lock(mutex_);
  report_.waits = std::move(waits);
}
void RestoralDuty::bump(std::uint64_t DutyCounts::*count) {
  const std::lock_guard lock(mutex_);
  ++(report_.counts.*count);
}

void RestoralDuty::put_off(const OrderAt& at, Height until, const std::string& why) {
  if (later_.size() >= kLaterMax) later_.clear();
  Later& later = later_[key(at)];
  if (later.why != why) p_.log("leaves " + order_name(at) + ": " + why);
  later = {until, why};
}

/// Claims that were ours at the last look, are not any more, and were not completed by us.
void RestoralDuty::count_passed(const std::vector<OrderAt>& mine) {
  std::map<Key, OrderAt> now;
  for (const OrderAt& at : mine) now.emplace(key(at), at);
  for (const auto& [k, at] : had_) {
    if (now.contains(k)) continue;
    p_.log("did not finish in time: " + order_name(at));
    bump(&DutyCounts::let_pass);
  }
  had_ = std::move(now);
}

Result<bool> RestoralDuty::step() {
  CESS_TRY_ASSIGN(const Height now, p_.chain.height());
  CESS_TRY_ASSIGN(const auto orders, p_.chain.orders());
  std::vector<OrderAt> mine;
  std::vector<OrderAt> open;
  for (const OrderAt& at : orders) {
    if (at.order.claimant == p_.chain.me()) {
      mine.push_back(at);
    } else if (at.order.claimant.is_zero()) {
      open.push_back(at);
    }
  }
  count_passed(mine);
  {
    const std::lock_guard lock(mutex_);
    report_.open = open.size();
    report_.mine = mine.size();
    if (orders.empty()) report_.waits = "no restoral orders";
  }
  bool moved = work(mine, now);
  if (p_.stopped()) return false;
  CESS_TRY_ASSIGN(const bool claimed, claim_some(std::move(open), mine.size(), now));
  set_doing({});
  return moved || claimed;
}

/// What the claims need: the fragment, and word to the chain. The nearest end first.
bool RestoralDuty::work(const std::vector<OrderAt>& mine, Height now) {
  std::vector<OrderAt> todo;
  for (const OrderAt& at : mine) {
    if (!at.order.seed.is_zero() && at.order.until > now + options_.blocks_needed)
      todo.push_back(at);
  }
  std::stable_sort(todo.begin(), todo.end(),
                   [](const auto& a, const auto& b) { return a.order.until < b.order.until; });
  std::vector<Sent> sent;
  for (const OrderAt& at : todo) {
    if (p_.stopped()) break;
    set_doing("rebuilding " + order_name(at));
    auto done = restore(at);
    if (done) {
      sent.push_back(std::move(*done));
      continue;
    }
    bump(&DutyCounts::failed_makes);
    const std::string why = order_name(at) + ": " + done.error().message;
    set_waits(why);
    p_.log("cannot rebuild " + why);
  }
  for (const Sent& s : sent) {
    set_doing("completing " + order_name(s.at));
    if (const Status done = s.pending(); !done) {
      p_.log("the chain did not take " + order_name(s.at) + ": " + done.error().message);
      set_waits(order_name(s.at) + ": " + done.error().message);
      continue;
    }
    had_.erase(key(s.at));
    bump(&DutyCounts::restored);
    p_.log("restored " + order_name(s.at));
  }
  return !sent.empty();
}

Result<RestoralDuty::Sent> RestoralDuty::restore(const OrderAt& at) {
  CESS_TRY_ASSIGN(const auto file, p_.chain.file(at.fid));
  CESS_TRY_ASSIGN(const auto fragment, p_.chain.fragment(at));
  if (!file || !fragment) return fail(Code::no, "the chain does not know it any more");
  CESS_TRY_ASSIGN(const auto params, p_.chain.params());
  const RestoralQuestion question{p_.chain.genesis(), p_.chain.me(), params, *file, *fragment};
  // Kept before a kill, or by an earlier claim: the proof alone is missing.
  auto call = prove_restoral(p_.shelf, question, at);
  if (!call) {
    CESS_TRY(keep(at, *file, *fragment));
    call = prove_restoral(p_.shelf, question, at);
  }
  CESS_TRY(call);
  CESS_TRY_ASSIGN(Pending pending, p_.chain.complete(*call));
  return Sent{at, std::move(pending)};
}

Status RestoralDuty::keep(const OrderAt& at, const files::File& file,
                          const files::Fragment& fragment) {
  CESS_TRY_ASSIGN(const Remade made, p_.maker.make(at, file, fragment));
  const std::uint32_t n = file.profile.n();
  // First: by it the fragment's file is known later, and readers ask whoever has a fragment for it.
  if (!made.manifest.empty()) CESS_TRY(p_.shelf.put_manifest(at.fid, file.file_id, made.manifest));
  return p_.shelf.put({file.file_id, at.segment, static_cast<std::uint16_t>(at.column % n),
                       static_cast<std::uint16_t>(at.column / n)},
                      fragment.root, made.tags, made.data);
}

/// Why this miner does not claim it now; nothing: it does.
Result<std::optional<std::string>> RestoralDuty::why_not(const OrderAt& at, Height now) {
  if (at.order.bars(p_.chain.me(), now + 1)) return "another miner's turn";
  CESS_TRY_ASSIGN(const auto file, p_.chain.file(at.fid));
  if (!file) return "the chain does not know the file";
  if (p_.shelf.idle_bytes() < files::fragment_length(*file, at.segment) + options_.room_bytes)
    return "the store has no room for it";
  CESS_TRY_ASSIGN(const auto objection, p_.chain.objection(at, *file));
  if (objection) return objection;
  if (const Status can = p_.maker.check(at); !can) return can.error().message;
  return std::optional<std::string>();
}

Result<bool> RestoralDuty::claim_some(std::vector<OrderAt> open, std::size_t mine, Height now) {
  if (open.empty() || mine >= options_.claims_max) return false;
  const AccountId me = p_.chain.me();
  std::sort(open.begin(), open.end(),
            [&](const OrderAt& a, const OrderAt& b) { return lot_of(a, me) < lot_of(b, me); });
  std::vector<Sent> sent;
  std::set<std::pair<Fid, std::uint32_t>> segments;
  std::string waits;
  for (const OrderAt& at : open) {
    if (mine + sent.size() >= options_.claims_max || p_.stopped()) break;
    if (segments.contains({at.fid, at.segment})) continue;  // one of a segment
    if (now < at.order.opened + lot_of(at, me) % (options_.spread_blocks + 1)) {
      waits = "lets others go first";
      continue;
    }
    if (const auto it = later_.find(key(at)); it != later_.end() && now < it->second.at) {
      waits = order_name(at) + ": " + it->second.why;
      continue;
    }
    set_doing("looking at " + order_name(at));
    CESS_TRY_ASSIGN(const auto why, why_not(at, now));
    if (why) {
      put_off(at, now + options_.retry_blocks, *why);
      waits = order_name(at) + ": " + *why;
      continue;
    }
    CESS_TRY_ASSIGN(Pending pending, p_.chain.claim(at));
    segments.insert({at.fid, at.segment});
    sent.push_back({at, std::move(pending)});
  }
  bool any = false;
  for (const Sent& s : sent) {
    set_doing("claiming " + order_name(s.at));
    if (const Status done = s.pending(); !done) {
      bump(&DutyCounts::failed_claims);
      put_off(s.at, now + options_.blocks_needed, done.error().message);
      waits = order_name(s.at) + ": " + done.error().message;
      continue;
    }
    any = true;
    bump(&DutyCounts::claimed);
    p_.log("claimed " + order_name(s.at));
  }
  if (any) waits.clear();
  set_waits(std::move(waits));
  return any;
}

}  // namespace cess::miner
