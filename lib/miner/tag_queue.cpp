// SPDX-License-Identifier: Apache-2.0
#include "miner/tag_queue.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"
#include "podr2/tag.hpp"
#include "sys/random.hpp"

namespace cess::miner {

Hash256 tags_digest(const TagFile& tags) { return sha256(encode_tag_file(tags)); }

Status TagQueue::add(const FragId& id, std::shared_ptr<const TaggerPublic> key, const TagFile& tags,
                     ByteView data) {
  const std::lock_guard lock(mutex_);
  const TaggerId& tagger = key->head.id;
  auto at = groups_.find(tagger);
  if (at == groups_.end()) {
    CheckSeed seed;
    system_random().fill(seed);
    Group fresh{key, IngestCheck(*key, seed), {}};
    at = groups_.emplace(tagger, std::move(fresh)).first;
  }
  Group& group = at->second;
  CESS_TRY(group.check.add_known(tags, data));
  group.entries.push_back({id, tags_digest(tags)});
  return {};
}

std::size_t TagQueue::count() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [tagger, group] : groups_) sum += group.entries.size();
  return sum;
}

std::vector<TagQueue::Group> TagQueue::take(std::span<const FragId> ids) {
  const std::lock_guard lock(mutex_);
  std::vector<Group> out;
  for (auto at = groups_.begin(); at != groups_.end();) {
    const bool asked = std::ranges::any_of(at->second.entries, [ids](const Entry& e) {
      return std::ranges::find(ids, e.id) != ids.end();
    });
    if (!asked) {
      ++at;
      continue;
    }
    out.push_back(std::move(at->second));
    at = groups_.erase(at);
  }
  return out;
}

std::vector<TagQueue::Group> TagQueue::take_all() {
  const std::lock_guard lock(mutex_);
  std::vector<Group> out;
  for (auto& [tagger, group] : groups_) out.push_back(std::move(group));
  groups_.clear();
  return out;
}

}  // namespace cess::miner
