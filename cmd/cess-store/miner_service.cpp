// SPDX-License-Identifier: Apache-2.0
#include "miner_service.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/files/layout.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "codec/manifest.hpp"
#include "crypto/sha256.hpp"
#include "podr2/ingest.hpp"
#include "sys/random.hpp"

namespace cess {

using proto::FragmentAt;
using proto::Piece;
using proto::PutState;

namespace {

tl::unexpected<Error> refuse(std::string why) { return fail(Code::input, std::move(why)); }

/// Stops a reading past what is asked.
constexpr std::size_t kKnownMax = 10'000;
constexpr std::size_t kTaggersMax = 64;

}  // namespace

MinerService::MinerService(Store& store, client::Rpc& rpc, const Hash256& genesis,
                           const Key256& sign_seed, MinerSettings settings)
    : store_(store),
      rpc_(rpc),
      genesis_(genesis),
      seed_(sign_seed.clone()),
      miner_(AccountId::from(store.config().miner.view())),
      settings_(std::move(settings)) {}

Status MinerService::open() {
  CESS_TRY(make_dir(settings_.staging, 0700, true));
  CESS_TRY_ASSIGN(const auto names, list_dir(settings_.staging));
  for (const auto& name : names) {
    CESS_TRY_ASSIGN(const auto size, file_size(settings_.staging + "/" + name));
    staged_bytes_ += size;
  }
  return {};
}

std::string MinerService::health() {
  const std::lock_guard lock(mutex_);
  const auto info = client::synced_info(rpc_);
  return info ? "" : info.error().message;
}

std::string MinerService::metrics() {
  const std::lock_guard lock(mutex_);
  return "cess_miner_fragments_stored_total " + std::to_string(stored_count_) +
         "\ncess_miner_fragments_refused_total " + std::to_string(refused_count_) +
         "\ncess_miner_idle_bytes " + std::to_string(store_.idle_bytes()) +
         "\ncess_miner_staged_bytes " + std::to_string(staged_bytes_) + "\n";
}

/// Says why a miner waits, if it does.
Json MinerService::status() {
  const std::lock_guard lock(mutex_);
  Json out;
  out["miner"] = to_hex(miner_);
  out["idle_bytes"] = std::to_string(store_.idle_bytes());
  out["staged_bytes"] = std::to_string(staged_bytes_);
  std::string why;
  const auto info = client::synced_info(rpc_);
  if (!info) {
    why = info.error().message;
  } else {
    out["height"] = info->height;
    const auto found = client::get(rpc_, miners::kMiners, miner_);
    if (!found) {
      why = found.error().message;
    } else if (!*found) {
      why = "not registered on the chain";
    } else {
      const miners::Miner& m = **found;
      out["state"] = miners::kMinerStateNames[static_cast<std::size_t>(m.state)];
      out["service_bytes"] = std::to_string(m.service);
      if (m.sign_key != ed25519_public(seed_)) {
        why = "the chain has another sign_key for this miner";
      } else if (m.state == miners::MinerState::frozen) {
        why = "frozen: its stake is below what its declared space needs";
      } else if (m.state == miners::MinerState::not_ready) {
        why = "no idle space is shown yet";
      } else if (m.service == 0 && m.locked == 0) {
        why = "not drawn for any file yet";
      }
    }
  }
  out["waits"] = why;
  return out;
}

Status MinerService::may_write(const Ed25519Public& caller, const Fid& fid) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto owner,
                  client::get(rpc_, files::kOwners, fid, AccountId::from(caller)));
  if (owner) return {};
  // Taggers send what they have masked.
  CESS_TRY_ASSIGN(const auto taggers,
                  client::list(rpc_, "taggers.tagger", taggers::kTaggers, 10'000));
  for (const auto& [key, tagger] : taggers) {
    if (tagger.state == taggers::TaggerState::active && tagger.sign_key == caller) return {};
  }
  return fail(Code::no, "this key is neither an owner of the file nor a tagger's");
}

Status MinerService::put_manifest(const Fid& fid, ByteView text) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, fid));
  if (!file) return refuse("the chain does not know this file");
  if (sha256(text) != file->manifest) return refuse("not the manifest that was declared");
  CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(text));
  if (manifest.fid != fid) return refuse("the manifest is of another file");
  return store_.put_manifest(fid, manifest.file, text);
}

Status MinerService::put_tagger(const TaggerId& id, ByteView file) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto record, client::get(rpc_, taggers::kTaggers, id));
  if (!record) return refuse("the chain does not know this tagger");
  CESS_TRY_ASSIGN(const TaggerPublic key, parse_tagger_public(file));
  if (key.head.id != id) return refuse("the public key of another tagger");
  return store_.put_tagger(id, file);
}

Result<Bytes> MinerService::manifest(const Fid& fid) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto stored, store_.file(fid));
  if (!stored) return fail(Code::no, "no manifest of this file");
  return store_.manifest(fid);
}

Result<MinerService::Known> MinerService::known(const Fid& fid) {
  if (const auto it = known_.find(fid); it != known_.end()) return it->second;
  Known k;
  CESS_TRY_ASSIGN(const auto stored, store_.file(fid));
  if (stored) {
    CESS_TRY_ASSIGN(const Bytes text, store_.manifest(fid));
    CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(text));
    k = {manifest.file, std::uint32_t{manifest.profile().k} + manifest.profile().m};
  } else {
    CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, fid));
    if (!file) return fail(Code::no, "the file is not known");
    k = {file->file_id, file->profile.n()};
  }
  if (known_.size() >= kKnownMax) known_.clear();
  known_.emplace(fid, k);
  return k;
}

Result<std::optional<FragId>> MinerService::find(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const Known k, known(at.fid));
  return store_.fragment_at(k.file, at.segment, static_cast<std::uint16_t>(at.column % k.n),
                            static_cast<std::uint16_t>(at.column / k.n));
}

Result<StoredFragment> MinerService::require(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const auto id, find(at));
  if (!id) return fail(Code::no, "this fragment is not here");
  return store_.fragment(*id);
}

Result<std::vector<bool>> MinerService::held(const Fid& fid, std::uint16_t column,
                                             std::uint32_t first, std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  std::vector<bool> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    CESS_TRY_ASSIGN(const auto id, find({fid, first + i, column}));
    out.push_back(id.has_value());
  }
  return out;
}

Result<files::File> MinerService::expected(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, at.fid));
  if (!file) return refuse("the chain does not know this file");
  if (file->state != files::FileState::placing || file->stripe_segments == 0)
    return refuse("the file is not being placed");
  if (at.segment >= file->segment_count || at.column >= file->profile.columns())
    return refuse("the file has no such fragment");
  CESS_TRY_ASSIGN(const auto slot, client::get(rpc_, files::kSlots, at.fid,
                                               at.segment / file->stripe_segments, at.column));
  if (!slot || slot->miner != miner_) return refuse("another miner is drawn for this fragment");
  return *file;
}

std::string MinerService::staged(const FragmentAt& at) const {
  return settings_.staging + "/" + to_hex(at.fid) + "-" + std::to_string(at.segment) + "-" +
         std::to_string(at.column);
}

Status MinerService::drop_staged(const FragmentAt& at) {
  for (const char* end : {".part", ".tags"}) {
    const std::string path = staged(at) + end;
    if (!path_exists(path)) continue;
    CESS_TRY_ASSIGN(const auto size, file_size(path));
    if (::unlink(path.c_str()) != 0) return system_error("cannot remove", path, errno);
    staged_bytes_ -= std::min(staged_bytes_, size);
  }
  return {};
}

Result<PutState> MinerService::put_state(const FragmentAt& at) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto id, find(at));
  if (id) return PutState{0, true};
  const std::string part = staged(at) + ".part";
  if (!path_exists(part)) return PutState{};
  CESS_TRY_ASSIGN(const auto size, file_size(part));
  return PutState{size, false};
}

Result<PutState> MinerService::put_piece(const FragmentAt& at, const proto::ByteRange& range,
                                         ByteView tags, ByteView data) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto id, find(at));
  if (id) return PutState{range.total, true};
  CESS_TRY_ASSIGN(const files::File file, expected(at));
  const std::uint64_t length = files::fragment_length(file, at.segment);
  if (range.total != length)
    return refuse("a fragment of this segment has " + std::to_string(length) + " bytes");
  if (range.offset == 0) CESS_TRY(drop_staged(at));
  if (range.size == range.total) {
    CESS_TRY(keep(at, file, tags, data));
    return PutState{range.total, true};
  }
  const std::string part = staged(at) + ".part";
  std::uint64_t have = 0;
  if (path_exists(part)) {
    CESS_TRY_ASSIGN(have, file_size(part));
  }
  if (have != range.offset)
    return refuse("the next byte is " + std::to_string(have) + ", not " +
                  std::to_string(range.offset));
  if (staged_bytes_ + tags.size() + data.size() > settings_.staging_bytes)
    return fail(Code::busy, "too many fragments are half sent");
  if (range.offset == 0 && !tags.empty()) {
    CESS_TRY(write_file(staged(at) + ".tags", tags, {.mode = 0600, .replace = true}));
    staged_bytes_ += tags.size();
  }
  {
    const Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd.valid()) return system_error("cannot open", part, errno);
    CESS_TRY(write_full(fd.get(), data, part));
    CESS_TRY(sync_file(fd.get(), part));
    staged_bytes_ += data.size();
  }
  if (range.offset == 0) CESS_TRY(sync_dir(settings_.staging));
  have += data.size();
  if (have < length) return PutState{have, false};
  CESS_TRY_ASSIGN(const Bytes whole, read_file(part, length));
  Bytes tag_file;
  if (path_exists(staged(at) + ".tags")) {
    CESS_TRY_ASSIGN(tag_file, read_file(staged(at) + ".tags", proto::kTagsSizeMax));
  }
  const Status kept = keep(at, file, tag_file, whole);
  // Wrong bytes are not worth keeping; what only waits for room is.
  if (kept || kept.error().code == Code::input) CESS_TRY(drop_staged(at));
  CESS_TRY(kept);
  return PutState{have, true};
}

Status MinerService::check_tags(const TagFile& tags, ByteView data) {
  const TaggerId& id = tags.descriptor.tagger;
  if (!taggers_.contains(id)) {
    if (!store_.has_tagger(id)) return refuse("send the tagger's public file first");
    CESS_TRY_ASSIGN(const Bytes file, store_.tagger_public(id));
    CESS_TRY_ASSIGN(TaggerPublic key, parse_tagger_public(file));
    CheckSeed seed;
    system_random().fill(seed);
    if (const Status good = check_key(key, seed); !good)
      return refuse("the tagger's key is wrong: " + good.error().message);
    if (taggers_.size() >= kTaggersMax) taggers_.clear();
    taggers_.emplace(id, std::move(key));
  }
  CheckSeed seed;
  system_random().fill(seed);
  IngestCheck check(taggers_.at(id), seed);
  if (const Status added = check.add(tags, data); !added)
    return refuse("the tags are refused: " + added.error().message);
  if (!check.finish().empty()) return refuse("the tags do not fit the bytes");
  return {};
}

Status MinerService::keep(const FragmentAt& at, const files::File& file, ByteView tags,
                          ByteView data) {
  CESS_TRY_ASSIGN(const auto page, client::get(rpc_, files::kPages, at.fid, at.column,
                                               at.segment / files::kPageFragments));
  const std::size_t number = at.segment % files::kPageFragments;
  if (!page || number >= page->fragments.size())
    return refuse("the chain has no root for this fragment");
  const auto index = static_cast<std::uint16_t>(at.column % file.profile.n());
  const auto replica = static_cast<std::uint16_t>(at.column / file.profile.n());
  SegmentPut put(store_, file.file_id, at.segment);
  Status done = [&]() -> Status {
    if (!tags.empty()) {
      CESS_TRY_ASSIGN(const TagFile parsed, parse_tag_file(tags));
      if (parsed.descriptor.suite == AuditSuite::sw_kzg) CESS_TRY(check_tags(parsed, data));
      CESS_TRY(put.add_tags(index, replica, tags));
    }
    CESS_TRY(put.add_fragment(index, replica, page->fragments[number].root, data));
    CESS_TRY(put.commit());
    return {};
  }();
  ++(done ? stored_count_ : refused_count_);
  return done;
}

Result<Piece> MinerService::read_stored(const StoredFragment& fragment,
                                        std::string_view range) const {
  const std::uint64_t total = fragment.descriptor.length;
  CESS_TRY_ASSIGN(const auto wanted, proto::parse_range(range, total));
  Piece piece;
  piece.range = wanted.value_or(proto::ByteRange{0, total, total});
  piece.data.resize(piece.range.size);
  CESS_TRY(store_.read(fragment.id, piece.range.offset, piece.data));
  return piece;
}

Result<Piece> MinerService::read(const FragmentAt& at, std::string_view range) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const StoredFragment fragment, require(at));
  return read_stored(fragment, range);
}
Result<Piece> MinerService::read(const FragId& frag, std::string_view range) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const StoredFragment fragment, store_.fragment(frag));
  return read_stored(fragment, range);
}
Result<Bytes> MinerService::tags(const FragmentAt& at) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const StoredFragment fragment, require(at));
  CESS_TRY_ASSIGN(const TagFile file, store_.tag_file(fragment));
  return encode_tag_file(file);
}
Result<Bytes> MinerService::tags(const FragId& frag) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const StoredFragment fragment, store_.fragment(frag));
  CESS_TRY_ASSIGN(const TagFile file, store_.tag_file(fragment));
  return encode_tag_file(file);
}

/// Signs exactly when all fragments of the slot are stored here under the names of the receipt.
Result<Ed25519Signature> MinerService::sign_receipt(ByteView text) {
  const std::lock_guard lock(mutex_);
  CESS_TRY_ASSIGN(const auto receipt, decode_scale<files::SlotReceipt>(text, "receipt"));
  if (!receipt.signature.empty()) return refuse("the receipt is signed already");
  CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, receipt.fid));
  if (!file || file->deal != receipt.deal || file->stripe_segments == 0)
    return refuse("no such deal is open");
  CESS_TRY_ASSIGN(const auto slot,
                  client::get(rpc_, files::kSlots, receipt.fid, receipt.stripe, receipt.column));
  if (!slot || slot->miner != miner_) return refuse("another miner is drawn for this slot");
  const auto first = std::uint64_t{receipt.stripe} * file->stripe_segments;
  const auto end = std::min<std::uint64_t>(first + file->stripe_segments, file->segment_count);
  const bool tagged = !receipt.tagger.is_zero();
  if (first >= end || receipt.nonces.size() != (tagged ? end - first : 0))
    return refuse("the receipt has another number of fragments");
  for (std::uint64_t s = first; s < end; ++s) {
    const FragmentAt at{receipt.fid, static_cast<std::uint32_t>(s), receipt.column};
    CESS_TRY_ASSIGN(const auto id, find(at));
    if (!id) return refuse("segment " + std::to_string(s) + " of the slot is not here yet");
    CESS_TRY_ASSIGN(const StoredFragment fragment, store_.fragment(*id));
    if (fragment.descriptor.tagger != receipt.tagger ||
        (tagged && fragment.descriptor.nonce != receipt.nonces[s - first]))
      return refuse("segment " + std::to_string(s) + " has other tags than the receipt says");
  }
  return ed25519_sign(seed_, files::receipt_message(genesis_, miner_, receipt));
}

}  // namespace cess
