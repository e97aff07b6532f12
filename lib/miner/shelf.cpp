// SPDX-License-Identifier: Apache-2.0
#include "miner/shelf.hpp"

#include <algorithm>

#include "chain/state/files/files.hpp"
#include "podr2/ingest.hpp"
#include "podr2/tag.hpp"
#include "sys/random.hpp"

namespace cess::miner {
namespace {

tl::unexpected<Error> refuse_tags(std::string why) { return fail(Code::input, std::move(why)); }

/// Checking a key takes a quarter of a second, keeping it a megabyte or so.
constexpr std::size_t kKeysMax = 64;
/// Fragments whose tags are compared at once: what is kept of each has 0.5 MB.
constexpr std::size_t kGroupMax = 64;
/// What is forgotten is only compared again.
constexpr std::size_t kComparedMax = 100'000;

}  // namespace

Result<std::optional<FragId>> Shelf::find(const ShelfPlace& p) const {
  return store_.fragment_at(p.file, p.segment, p.index, p.replica);
}

Result<std::shared_ptr<const TaggerPublic>> Shelf::tagger(const TaggerId& id) {
  const std::lock_guard lock(keys_mutex_);
  if (const auto it = keys_.find(id); it != keys_.end()) return it->second;
  if (!store_.has_tagger(id)) return refuse_tags("send the tagger's public file first");
  CESS_TRY_ASSIGN(const Bytes file, store_.tagger_public(id));
  CESS_TRY_ASSIGN(TaggerPublic parsed, parse_tagger_public(file));
  return keep_key(id, std::move(parsed));
}

Result<std::shared_ptr<const TaggerPublic>> Shelf::keep_key(const TaggerId& id,
                                                            TaggerPublic parsed) {
  CheckSeed seed;
  system_random().fill(seed);
  if (const Status good = check_key(parsed, seed); !good)
    return refuse_tags("the tagger's key is wrong: " + good.error().message);
  if (keys_.size() >= kKeysMax) keys_.clear();
  auto shared = std::make_shared<const TaggerPublic>(std::move(parsed));
  keys_.emplace(id, shared);
  return shared;
}

Status Shelf::check_tags(const TagFile& tags, ByteView data) {
  CESS_TRY_ASSIGN(const auto shared, tagger(tags.descriptor.tagger));
  CheckSeed seed;
  system_random().fill(seed);
  IngestCheck check(*shared, seed);
  if (const Status added = check.add(tags, data); !added)
    return refuse_tags("the tags are refused: " + added.error().message);
  if (!check.finish().empty()) return refuse_tags("the tags do not fit the bytes");
  return {};
}

Result<Shelf::Chosen> Shelf::choose_tags(const ShelfPlace& place, ByteView tags, ByteView data,
                                         TagCheck when) {
  Chosen out;
  if (tags.empty()) return out;
  CESS_TRY_ASSIGN(auto all, parse_tag_files(tags, files::kColumnsMax));
  const auto is_own = [&](const TagFile& t) {
    return t.descriptor.fragment == place.index && t.descriptor.replica == place.replica;
  };
  for (const TagFile& t : all) {
    if (t.descriptor.file != place.file || t.descriptor.segment != place.segment)
      return refuse_tags("a tag file is of another segment");
  }
  const auto own = std::find_if(all.begin(), all.end(), is_own);
  if (own == all.end()) return refuse_tags("the fragment's own tag file is not among those sent");
  std::shared_ptr<const TaggerPublic>& by = out.by;
  if (own->descriptor.suite == AuditSuite::sw_kzg) {
    CESS_TRY_ASSIGN(by, tagger(own->descriptor.tagger));
    {
      const std::lock_guard lock(compared_mutex_);
      out.compared = when == TagCheck::now || distrusted_.contains(own->descriptor.tagger);
    }
    if (out.compared) {
      CESS_TRY(check_tags(*own, data));
    } else if (!verify_tag_signature(*own, by->head)) {
      return refuse_tags("the tags are refused: the descriptor's signature is wrong");
    }
  }
  for (TagFile& t : all) {
    // Those of others are not worth a refusal: a repair checks them against the bytes.
    if (&t == &*own || is_own(t) || !by || !verify_tag_signature(t, by->head)) continue;
    out.tags.push_back(std::move(t));
  }
  out.tags.push_back(std::move(*own));
  return out;
}

Status Shelf::put(const ShelfPlace& place, const Hash256& root, ByteView tags, ByteView data,
                  TagCheck when) {
  CESS_TRY_ASSIGN(const Chosen chosen, choose_tags(place, tags, data, when));
  FragId id;
  {
    const std::lock_guard lock(write_);
    SegmentPut put(store_, place.file, place.segment);
    for (const TagFile& t : chosen.tags)
      CESS_TRY(put.add_tags(t.descriptor.fragment, t.descriptor.replica, encode_tag_file(t)));
    CESS_TRY(put.add_fragment(place.index, place.replica, root, data));
    CESS_TRY_ASSIGN(const auto stored, put.commit());
    id = stored.front().id;
    {
      // It may have been removed since it was compared, and these be other tags.
      const std::lock_guard also(compared_mutex_);
      compared_.erase(id);
    }
    if (chosen.compared) {
      if (chosen.tags.empty()) return {};
      return note_if_kept({id, tags_digest(chosen.tags.back())});
    }
  }
  std::vector<FragId> bad;
  // The store has compared the root, so these are the bytes that lie there now.
  if (const Status fit = waiting_.add(id, chosen.by, chosen.tags.back(), data); !fit) {
    const FragId ids[] = {id};
    CESS_TRY(drop_bad(chosen.by->head.id, ids));
    return refuse_tags("the tags are refused: " + fit.error().message);
  }
  if (waiting_.count() >= kGroupMax) CESS_TRY(settle_waiting(waiting_.take_all(), bad));
  if (std::ranges::find(bad, id) != bad.end()) return refuse_tags("the tags do not fit the bytes");
  return {};
}

void Shelf::note_compared(const FragId& id) {
  const std::lock_guard lock(compared_mutex_);
  if (compared_.size() >= kComparedMax) compared_.clear();
  compared_.insert(id);
}

// The store keeps the tags that came first, whatever comes again under the same name.
Status Shelf::note_if_kept(const TagQueue::Entry& entry) {
  const auto stored = store_.fragment(entry.id);
  if (!stored && stored.error().code == Code::no) return {};
  CESS_TRY(stored);
  const auto kept = store_.tag_file(*stored);
  if (kept && tags_digest(*kept) == entry.tags) note_compared(entry.id);
  return {};
}

Result<std::vector<FragId>> Shelf::settle(std::span<const FragId> ids) {
  std::map<TaggerId, std::vector<StoredFragment>> groups;
  std::vector<FragId> bad;
  CESS_TRY(settle_waiting(waiting_.take(ids), bad));
  for (const FragId& id : ids) {
    {
      const std::lock_guard lock(compared_mutex_);
      if (compared_.contains(id)) continue;
    }
    const auto stored = store_.fragment(id);
    if (!stored && stored.error().code == Code::no) continue;
    CESS_TRY(stored);
    if (stored->descriptor.suite != AuditSuite::sw_kzg) {
      note_compared(id);
      continue;
    }
    auto& group = groups[stored->descriptor.tagger];
    group.push_back(*stored);
    if (group.size() < kGroupMax) continue;
    CESS_TRY(settle_group(stored->descriptor.tagger, group, bad));
    group.clear();
  }
  for (const auto& [tagger, group] : groups) CESS_TRY(settle_group(tagger, group, bad));
  return bad;
}

Status Shelf::settle_group(const TaggerId& id, std::span<const StoredFragment> group,
                           std::vector<FragId>& bad) {
  if (group.empty()) return {};
  CESS_TRY_ASSIGN(const auto key, tagger(id));
  CheckSeed seed;
  system_random().fill(seed);
  IngestCheck check(*key, seed);
  std::vector<TagQueue::Entry> added;
  std::vector<FragId> failed;
  for (const StoredFragment& f : group) {
    CESS_TRY_ASSIGN(const TagFile tags, store_.tag_file(f));
    // The store has compared the root when it took the bytes.
    Status unread;
    const Status taken = check.add_known(tags, [&](std::uint64_t offset, MutByteView out) {
      unread = store_.read(f.id, offset, out);
      return unread;
    });
    CESS_TRY(unread);
    if (taken) {
      added.push_back({f.id, tags_digest(tags)});
    } else {
      failed.push_back(f.id);
    }
  }
  return judge(id, check, added, std::move(failed), bad);
}

Status Shelf::judge(const TaggerId& id, IngestCheck& check,
                    std::span<const TagQueue::Entry> entries, std::vector<FragId> failed,
                    std::vector<FragId>& bad) {
  std::vector<bool> wrong(entries.size());
  for (const std::size_t i : check.finish()) wrong[i] = true;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (wrong[i]) {
      failed.push_back(entries[i].id);
      continue;
    }
    const std::lock_guard lock(write_);
    CESS_TRY(note_if_kept(entries[i]));
  }
  CESS_TRY(drop_bad(id, failed));
  bad.insert(bad.end(), failed.begin(), failed.end());
  return {};
}

Status Shelf::settle_waiting(std::vector<TagQueue::Group> groups, std::vector<FragId>& bad) {
  for (TagQueue::Group& g : groups) CESS_TRY(judge(g.key->head.id, g.check, g.entries, {}, bad));
  return {};
}

Status Shelf::drop_bad(const TaggerId& id, std::span<const FragId> bad) {
  if (bad.empty()) return {};
  {
    const std::lock_guard lock(compared_mutex_);
    if (distrusted_.size() >= kKeysMax) distrusted_.clear();
    distrusted_.insert(id);
  }
  return remove_left(bad).map([](std::size_t) {});
}

Status Shelf::put_tagger(const TaggerId& id, ByteView file) {
  const std::lock_guard lock(write_);
  return store_.put_tagger(id, file);
}

Status Shelf::put_tagger(const TaggerId& id, ByteView file, TaggerPublic parsed) {
  {
    const std::lock_guard lock(keys_mutex_);
    if (!keys_.contains(id)) CESS_TRY(keep_key(id, std::move(parsed)));
  }
  return put_tagger(id, file);
}

Status Shelf::put_manifest(const Fid& fid, const FileId& file, ByteView text) {
  const std::lock_guard lock(write_);
  return store_.put_manifest(fid, file, text);
}

Status Shelf::promise(std::span<const FragId> ids) {
  const std::lock_guard lock(write_);
  for (const FragId& id : ids) CESS_TRY(store_.fragment(id));
  for (const FragId& id : ids) promised_[id] = look_;
  return {};
}

void Shelf::begin_look() {
  const std::lock_guard lock(write_);
  ++look_;
  std::erase_if(promised_, [this](const auto& p) { return p.second + 1 < look_; });
}

Result<std::size_t> Shelf::remove_left(std::span<const FragId> ids) {
  const std::lock_guard lock(write_);
  std::vector<FragId> there;
  std::size_t count = 0;
  const auto flush = [&]() -> Status {
    if (!there.empty()) CESS_TRY(store_.remove_fragments(there));
    count += there.size();
    there.clear();
    return {};
  };
  for (const FragId& id : ids) {
    if (promised_.contains(id)) continue;
    const auto stored = store_.fragment(id);
    if (!stored && stored.error().code == Code::no) continue;
    CESS_TRY(stored);
    there.push_back(id);
    if (there.size() == Store::kBatchMax) CESS_TRY(flush());
  }
  CESS_TRY(flush());
  return count;
}

Status Shelf::remove_manifest(const Fid& fid) {
  const std::lock_guard lock(write_);
  return store_.remove_manifest(fid);
}

Result<bool> Shelf::claim_filler(std::span<const Store::ClaimedFile> files) {
  const std::lock_guard lock(write_);
  return store_.claim_filler(files);
}

}  // namespace cess::miner
