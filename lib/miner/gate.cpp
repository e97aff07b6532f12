// SPDX-License-Identifier: Apache-2.0
#include "miner/gate.hpp"

#include "chain/client/state.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/taggers/taggers.hpp"

namespace cess::miner {
namespace {

using std::chrono::seconds;

constexpr seconds kBelieved(30);
/// A stranger makes us read the list this often at most.
constexpr seconds kListedAgain(1);
constexpr std::size_t kOwnersMax = 10'000;
constexpr std::size_t kTaggersMax = 10'000;

}  // namespace

Result<bool> Gate::is_tagger(const Ed25519Public& caller) {
  const std::lock_guard lock(taggers_mutex_);
  const auto age = now_() - taggers_read_;
  const bool there = taggers_.contains(caller);
  if (taggers_known_ && age < (there ? kBelieved : kListedAgain)) return there;
  CESS_TRY_ASSIGN(const auto all,
                  client::list(rpc_, "taggers.tagger", taggers::kTaggers, kTaggersMax));
  taggers_.clear();
  for (const auto& [key, tagger] : all) {
    if (tagger.state == taggers::TaggerState::active) taggers_.insert(tagger.sign_key);
  }
  taggers_known_ = true;
  taggers_read_ = now_();
  return taggers_.contains(caller);
}

Status Gate::may_write(const Ed25519Public& caller, const Fid& fid) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = owners_.find({caller, fid});
    if (it != owners_.end() && now_() < it->second) return {};
  }
  CESS_TRY_ASSIGN(const bool tagger, is_tagger(caller));
  if (tagger) return {};
  CESS_TRY_ASSIGN(const auto owner,
                  client::get(rpc_, files::kOwners, fid, AccountId::from(caller)));
  if (!owner) return fail(Code::no, "this key is neither an owner of the file nor a tagger's");
  const std::lock_guard lock(mutex_);
  if (owners_.size() >= kOwnersMax) owners_.clear();
  owners_[{caller, fid}] = now_() + kBelieved;
  return {};
}

}  // namespace cess::miner
