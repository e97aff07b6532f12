// SPDX-License-Identifier: Apache-2.0
#include "miner/holding.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "chain/state/files/calls.hpp"

namespace cess::miner {
namespace {

std::string count_of(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

HoldingReport HoldingDuty::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void HoldingDuty::publish() {
  now_.lost = lost_.size();
  const std::lock_guard lock(mutex_);
  report_ = now_;
}

bool HoldingDuty::is_whole(const FragId& frag) const {
  const StoreReader& store = p_.shelf.reader();
  const auto stored = store.fragment(frag);
  // Whatever else goes wrong with the index is no word about the fragment.
  if (!stored) return stored.error().code != Code::no;
  return !store.is_damaged(frag) && store.looks_whole(*stored);
}

Status HoldingDuty::step() {
  CESS_TRY_ASSIGN(const auto clock, p_.chain.clock());
  snapshot_ = std::max(snapshot_, clock.snapshot);
  if (!looked_ || *looked_ < clock.epoch) {
    CESS_TRY(look_at_all());
    looked_ = clock.epoch;
  } else {
    CESS_TRY(look_at_marks());
  }
  const Status told = tell_chain();
  publish();
  return told;
}

Status HoldingDuty::look_at_all() {
  p_.shelf.begin_look();
  CESS_TRY_ASSIGN(const auto index, p_.chain.index());
  // A snapshot that was taken while the index was read may have what it does not.
  CESS_TRY_ASSIGN(const auto clock, p_.chain.clock());
  snapshot_ = std::max(snapshot_, clock.snapshot);
  held_count_ = index.size();
  CESS_TRY(find_lost(index));
  CESS_TRY(clear(index));
  return clear_manifests();
}

/// Between two looks at everything, a scrub or the prover may have found something.
Status HoldingDuty::look_at_marks() {
  CESS_TRY_ASSIGN(const auto marks, p_.shelf.reader().damaged());
  std::set<FragId> seen;
  for (const FragId& frag : marks) {
    seen.insert(frag);
    if (marks_.contains(frag)) continue;
    CESS_TRY_ASSIGN(const bool held, p_.chain.holds(frag));
    if (held) lost_.insert(frag);
  }
  marks_ = std::move(seen);
  return {};
}

Status HoldingDuty::find_lost(const std::vector<ServiceEntry>& index) {
  lost_.clear();
  for (const ServiceEntry& e : index) {
    if (p_.stopped()) return {};
    if (is_whole(e.frag)) continue;
    CESS_TRY_ASSIGN(const bool held, p_.chain.holds(e.frag));
    if (held) lost_.insert(e.frag);
  }
  return {};
}

/// Drawn for it, or making it again: it will be the chain's, or its place is open still.
Result<bool> HoldingDuty::is_wanted(const StoredFragment& stored, const Fid& fid) {
  const Descriptor& d = stored.descriptor;
  CESS_TRY_ASSIGN(const bool expected, p_.chain.expects(fid, d.segment, d.fragment, d.replica));
  if (expected) return true;
  return p_.chain.holds(stored.id);
}

/// Fragments that are not the chain's: noted first, removed when no audit can ask for them.
Status HoldingDuty::clear(const std::vector<ServiceEntry>& index) {
  std::set<FragId> held;
  for (const ServiceEntry& e : index) held.insert(e.frag);
  std::vector<FragId> left;
  const StoreReader& store = p_.shelf.reader();
  CESS_TRY(store.each_entry([&](std::uint64_t, const IndexEntry& e) -> Status {
    if (!held.contains(e.frag)) left.push_back(e.frag);
    return {};
  }));
  std::map<FragId, Epoch> noted;
  std::vector<FragId> over;
  now_.unknown = 0;
  CESS_TRY_ASSIGN(const auto clock, p_.chain.clock());
  for (const FragId& frag : left) {
    if (p_.stopped()) return {};
    const auto before = noted_.find(frag);
    if (before != noted_.end() && !clock.is_over(before->second)) {
      noted.insert(*before);
      continue;
    }
    const auto stored = store.fragment(frag);
    if (!stored) continue;
    CESS_TRY_ASSIGN(const auto fid, store.fid_of(stored->descriptor.file));
    if (!fid) {
      ++now_.unknown;
      continue;
    }
    CESS_TRY_ASSIGN(const bool wanted, is_wanted(*stored, *fid));
    if (wanted) continue;
    if (before == noted_.end()) {
      noted.emplace(frag, snapshot_);
    } else {
      over.push_back(frag);
    }
  }
  noted_ = std::move(noted);
  CESS_TRY_ASSIGN(const std::size_t removed, p_.shelf.remove_left(over));
  now_.removed += removed;
  now_.left = left.size() - removed;
  if (removed != 0)
    p_.log("removed " + count_of(removed, "fragment") + " that the chain does not give this miner");
  return {};
}

/// Manifests whose last fragment went, or whose fragments never came.
Status HoldingDuty::clear_manifests() {
  const StoreReader& store = p_.shelf.reader();
  std::vector<StoredFile> files;
  CESS_TRY(store.each_file([&](const StoredFile& f) -> Status {
    files.push_back(f);
    return {};
  }));
  std::set<Fid> kept;
  for (const StoredFile& f : files) {
    if (p_.stopped()) return {};
    bool any = false;
    CESS_TRY(store.each_fragment_of(f.file, [&](const StoredFragment&) -> Status {
      any = true;
      return {};
    }));
    if (any) continue;
    CESS_TRY_ASSIGN(const bool expected, p_.chain.expects_any(f.fid));
    if (expected) continue;
    if (manifests_.contains(f.fid)) {
      CESS_TRY(p_.shelf.remove_manifest(f.fid));
    } else {
      kept.insert(f.fid);
    }
  }
  manifests_ = std::move(kept);
  return {};
}

Status HoldingDuty::tell_chain() {
  if (lost_.empty()) {
    now_.waits.clear();
    return {};
  }
  if (!options_.report_any && lost_.size() > options_.lost_max && lost_.size() > held_count_ / 2) {
    now_.waits = std::to_string(lost_.size()) + " of " + count_of(held_count_, "fragment") +
                 " are gone: is this the right store? 'report_any' reports them all the same";
    if (said_ != now_.waits) p_.log(now_.waits);
    said_ = now_.waits;
    return {};
  }
  CESS_TRY_ASSIGN(const Height height, p_.chain.height());
  if (height < retry_at_) return {};
  now_.waits.clear();
  while (!lost_.empty() && !p_.stopped()) {
    std::vector<FragId> batch;
    for (const FragId& frag : std::set<FragId>(lost_)) {
      if (batch.size() == files::kLostMax) break;
      // Others may have found it lost meanwhile, or a repair brought it back.
      CESS_TRY_ASSIGN(const bool held, p_.chain.holds(frag));
      if (!held || is_whole(frag)) {
        lost_.erase(frag);
      } else {
        batch.push_back(frag);
      }
    }
    if (batch.empty()) break;
    CESS_TRY_ASSIGN(const Pending pending, p_.chain.report_lost(batch));
    if (const Status done = pending(); !done) {
      retry_at_ = height + options_.retry_blocks;
      now_.waits = "the chain did not take the report of " +
                   count_of(batch.size(), "lost fragment") + ": " + done.error().message;
      p_.log(now_.waits);
      return {};
    }
    for (const FragId& frag : batch) {
      lost_.erase(frag);
      p_.log("reported lost: fragment " + to_hex(frag));
    }
    now_.reported += batch.size();
  }
  return {};
}

}  // namespace cess::miner
