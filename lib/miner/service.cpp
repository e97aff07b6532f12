// SPDX-License-Identifier: Apache-2.0
#include "miner/service.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/files/layout.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "codec/manifest.hpp"
#include "crypto/sha256.hpp"
#include "miner/room.hpp"
#include "miner/standing.hpp"
#include "podr2/range_proof.hpp"
#include "sys/file.hpp"

namespace cess::miner {

using proto::FragmentAt;
using proto::Piece;
using proto::PutState;

namespace {

tl::unexpected<Error> refuse(std::string why) { return fail(Code::input, std::move(why)); }

constexpr std::size_t kKnownMax = 10'000;
constexpr std::size_t kIdleBlobMax = 32U << 20U;

}  // namespace

MinerService::MinerService(Shelf& shelf, client::Rpc& rpc, const Hash256& genesis,
                           const Key256& sign_seed, const MinerSettings& settings)
    : shelf_(shelf),
      rpc_(rpc),
      genesis_(genesis),
      seed_(sign_seed.clone()),
      miner_(AccountId::from(shelf.reader().config().miner.view())),
      gate_(rpc),
      staging_(settings.staging, settings.staging_bytes),
      idle_blobs_(settings.idle_blobs),
      till_(rpc, genesis, miner_, settings.till) {}

Status MinerService::open() {
  CESS_TRY(staging_.open());
  return till_.open();
}

Result<proto::Toll> MinerService::toll(const proto::Reader& reader, std::uint64_t bytes) {
  return till_.toll(reader, bytes);
}

void MinerService::set_duties(std::function<DutyReport()> restoral,
                              std::function<HoldingReport()> holding) {
  duty_ = std::move(restoral);
  holding_ = std::move(holding);
}

Result<Bytes> MinerService::idle_blob(const Hash256& digest) {
  if (idle_blobs_.empty()) return FragmentService::idle_blob(digest);
  auto blob = read_file(idle_blobs_ + "/" + to_hex(digest), kIdleBlobMax);
  if (!blob) return FragmentService::idle_blob(digest);
  return blob;
}

Result<Bytes> MinerService::prove_range(const FragId& frag, std::uint64_t offset,
                                        std::uint64_t size) {
  CESS_TRY_ASSIGN(const StoredFragment fragment, shelf_.reader().fragment(frag));
  Bytes data(fragment.descriptor.length);
  CESS_TRY(shelf_.reader().read(frag, 0, data));
  ++probed_count_;
  return make_range_proof(fragment.descriptor, data, offset, size);
}

std::string MinerService::health() {
  const auto info = client::synced_info(rpc_);
  return info ? "" : info.error().message;
}

std::string MinerService::metrics() {
  std::string out;
  const auto line = [&](const char* name, std::uint64_t value) {
    out += "cess_miner_" + std::string(name) + " " + std::to_string(value) + "\n";
  };
  line("fragments_stored_total", stored_count_);
  line("fragments_refused_total", refused_count_);
  line("ranges_proven_total", probed_count_);
  line("idle_bytes", shelf_.idle_bytes());
  line("staged_bytes", staging_.bytes());
  const TillReport t = till_.report();
  line("channels", t.channels);
  line("paid_bytes_total", t.paid_bytes);
  line("unpaid_bytes_total", t.unpaid_bytes);
  line("vouchers_refused_total", t.refused);
  line("vouchers_settled_total", t.settled);
  line("channel_books_damaged", t.damaged);
  if (!duty_) return out;
  const DutyReport d = duty_();
  line("restorals_claimed_total", d.counts.claimed);
  line("restorals_completed_total", d.counts.restored);
  line("restorals_failed_total", d.counts.failed_makes);
  line("restorals_refused_total", d.counts.failed_claims);
  line("restorals_passed_total", d.counts.let_pass);
  line("restorals_open", d.open);
  line("restorals_claimed", d.mine);
  const HoldingReport h = holding_();
  line("fragments_lost", h.lost);
  line("fragments_left", h.left);
  line("losses_reported_total", h.reported);
  line("fragments_removed_total", h.removed);
  return out;
}

/// Says why a miner waits, if it does.
Json MinerService::status() {
  Json out = standing_json(stand(rpc_, miner_, ed25519_public(seed_)));
  out["price_per_mib"] = to_tokens(till_.settings().price_per_mib);
  out["idle_bytes"] = std::to_string(shelf_.idle_bytes());
  out["disk_free_bytes"] = std::to_string(disk_free_bytes(shelf_.reader()));
  if (const auto why = why_no_room(shelf_.reader(), shelf_.idle_bytes(), 0); !why.empty())
    out["waits"] = why;
  out["staged_bytes"] = std::to_string(staging_.bytes());
  if (duty_) {
    const DutyReport d = duty_();
    out["restoral"] = {{"open", d.open},
                       {"claimed", d.mine},
                       {"completed", d.counts.restored},
                       {"doing", d.doing},
                       {"waits", d.waits}};
    const HoldingReport h = holding_();
    out["holding"] = {{"lost", h.lost},         {"left", h.left},       {"unknown", h.unknown},
                      {"reported", h.reported}, {"removed", h.removed}, {"waits", h.waits}};
  }
  return out;
}

Status MinerService::may_write(const Ed25519Public& caller, const Fid& fid) {
  return gate_.may_write(caller, fid);
}

Status MinerService::put_manifest(const Fid& fid, ByteView text) {
  CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, fid));
  if (!file) return refuse("the chain does not know this file");
  if (sha256(text) != file->manifest) return refuse("not the manifest that was declared");
  CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(text));
  if (manifest.fid != fid) return refuse("the manifest is of another file");
  return shelf_.put_manifest(fid, manifest.file, text);
}

Status MinerService::put_tagger(const TaggerId& id, ByteView file) {
  // The id is a digest of the whole file, whose 8,457 points take a quarter of a second to read.
  if (shelf_.reader().has_tagger(id)) return {};
  CESS_TRY_ASSIGN(const auto record, client::get(rpc_, taggers::kTaggers, id));
  if (!record) return refuse("the chain does not know this tagger");
  CESS_TRY_ASSIGN(TaggerPublic key, parse_tagger_public(file));
  if (key.head.id != id) return refuse("the public key of another tagger");
  return shelf_.put_tagger(id, file, std::move(key));
}

Result<Bytes> MinerService::manifest(const Fid& fid) {
  CESS_TRY_ASSIGN(const auto stored, shelf_.reader().file(fid));
  if (!stored) return fail(Code::no, "no manifest of this file");
  return shelf_.reader().manifest(fid);
}

Result<MinerService::Known> MinerService::known(const Fid& fid) {
  {
    const std::lock_guard lock(known_mutex_);
    if (const auto it = known_.find(fid); it != known_.end()) return it->second;
  }
  Known k;
  CESS_TRY_ASSIGN(const auto stored, shelf_.reader().file(fid));
  if (stored) {
    CESS_TRY_ASSIGN(const Bytes text, shelf_.reader().manifest(fid));
    CESS_TRY_ASSIGN(const Manifest manifest, parse_manifest(text));
    k = {manifest.file, std::uint32_t{manifest.profile().k} + manifest.profile().m};
  } else {
    CESS_TRY_ASSIGN(const auto file, client::get(rpc_, files::kFiles, fid));
    if (!file) return fail(Code::no, "the file is not known");
    k = {file->file_id, file->profile.n()};
  }
  const std::lock_guard lock(known_mutex_);
  if (known_.size() >= kKnownMax) known_.clear();
  known_.emplace(fid, k);
  return k;
}

Result<std::optional<FragId>> MinerService::find(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const Known k, known(at.fid));
  return shelf_.reader().fragment_at(k.file, at.segment,
                                     static_cast<std::uint16_t>(at.column % k.n),
                                     static_cast<std::uint16_t>(at.column / k.n));
}

Result<StoredFragment> MinerService::require(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const auto id, find(at));
  if (!id) return fail(Code::no, "this fragment is not here");
  return shelf_.reader().fragment(*id);
}

Result<std::vector<bool>> MinerService::held(const Fid& fid, std::uint16_t column,
                                             std::uint32_t first, std::uint32_t count) {
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

Result<PutState> MinerService::put_state(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const auto id, find(at));
  if (id) return PutState{0, true};
  const auto hold = staging_.hold(at);
  CESS_TRY_ASSIGN(const std::uint64_t received, staging_.received(at));
  return PutState{received, false};
}

Result<PutState> MinerService::put_piece(const FragmentAt& at, const proto::ByteRange& range,
                                         ByteView tags, ByteView data,
                                         const std::optional<Hash256>& root) {
  // Before this fragment is held: others are held one after the other meanwhile.
  if (range.size != range.total && !staging_.has_room(tags.size() + data.size()))
    CESS_TRY(clear_staged());
  const auto hold = staging_.hold(at);
  CESS_TRY_ASSIGN(const auto id, find(at));
  if (id) return PutState{range.total, true};
  CESS_TRY_ASSIGN(const files::File file, expected(at));
  // By the manifest the fragment's file is known later, when it may have to go.
  CESS_TRY_ASSIGN(const auto manifest, shelf_.reader().file(at.fid));
  if (!manifest) return refuse("send the file's manifest first");
  const std::uint64_t length = files::fragment_length(file, at.segment);
  if (range.total != length)
    return refuse("a fragment of this segment has " + std::to_string(length) + " bytes");
  CESS_TRY_ASSIGN(const auto whole, staging_.add(at, range, tags, data));
  if (!whole) return PutState{range.offset + range.size, false};
  Status kept = keep(at, file, whole->tags, whole->data, root);
  if (!kept && kept.error().code == Code::system) {
    PutState full{0, false, why_no_room(shelf_.reader(), shelf_.idle_bytes(), length)};
    if (!full.no_room.empty()) return full;
  }
  // Wrong bytes are not worth keeping; what only waits for room is.
  if (kept || kept.error().code == Code::input) CESS_TRY(staging_.drop(at));
  CESS_TRY(kept);
  return PutState{range.total, true};
}

// Of uploads that were given up, or whose places went to other miners. While the chain does not
// answer, all of it stays.
Status MinerService::clear_staged() {
  CESS_TRY_ASSIGN(const auto half_sent, staging_.list());
  for (const FragmentAt& at : half_sent) {
    const auto hold = staging_.hold(at);
    const auto wanted = expected(at);
    if (!wanted && wanted.error().code == Code::input) CESS_TRY(staging_.drop(at));
  }
  return {};
}

// The store compares the bytes with the chain's root, and so with the sender's.
Status MinerService::keep(const FragmentAt& at, const files::File& file, ByteView tags,
                          ByteView data, const std::optional<Hash256>& root) {
  CESS_TRY_ASSIGN(const auto page, client::get(rpc_, files::kPages, at.fid, at.column,
                                               at.segment / files::kPageFragments));
  const std::size_t number = at.segment % files::kPageFragments;
  if (!page || number >= page->fragments.size())
    return refuse("the chain has no root for this fragment");
  if (root && *root != page->fragments[number].root)
    return refuse("the chain has another root for this fragment");
  const std::uint32_t n = file.profile.n();
  const Status done =
      shelf_.put({file.file_id, at.segment, static_cast<std::uint16_t>(at.column % n),
                  static_cast<std::uint16_t>(at.column / n)},
                 page->fragments[number].root, tags, data, TagCheck::later);
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
  CESS_TRY(shelf_.reader().read(fragment.id, piece.range.offset, piece.data));
  return piece;
}

Result<Piece> MinerService::read(const FragmentAt& at, std::string_view range) {
  CESS_TRY_ASSIGN(const StoredFragment fragment, require(at));
  return read_stored(fragment, range);
}
Result<Piece> MinerService::read(const FragId& frag, std::string_view range) {
  CESS_TRY_ASSIGN(const StoredFragment fragment, shelf_.reader().fragment(frag));
  return read_stored(fragment, range);
}
Result<Bytes> MinerService::tags(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const StoredFragment fragment, require(at));
  CESS_TRY_ASSIGN(const TagFile file, shelf_.reader().tag_file(fragment));
  return encode_tag_file(file);
}
Result<Bytes> MinerService::tags(const FragId& frag) {
  CESS_TRY_ASSIGN(const StoredFragment fragment, shelf_.reader().fragment(frag));
  CESS_TRY_ASSIGN(const TagFile file, shelf_.reader().tag_file(fragment));
  return encode_tag_file(file);
}

Result<Bytes> MinerService::segment_tags(const Fid& fid, std::uint32_t segment) {
  for (std::uint16_t column = 0; column < files::kColumnsMax; ++column) {
    CESS_TRY_ASSIGN(const auto id, find({fid, segment, column}));
    if (!id) continue;
    CESS_TRY_ASSIGN(const StoredFragment fragment, shelf_.reader().fragment(*id));
    return shelf_.reader().sidecar(fragment);
  }
  return fail(Code::no, "no fragment of this segment is here");
}

Result<Bytes> MinerService::tagger(const TaggerId& id) {
  if (!shelf_.reader().has_tagger(id)) return fail(Code::no, "no tags of this tagger are here");
  return shelf_.reader().tagger_public(id);
}

/// Signs exactly when all fragments of the slot are stored here under the names of the receipt,
/// with tags that fit.
Result<Ed25519Signature> MinerService::sign_receipt(ByteView text) {
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
  std::vector<FragId> promised;
  for (std::uint64_t s = first; s < end; ++s) {
    const FragmentAt at{receipt.fid, static_cast<std::uint32_t>(s), receipt.column};
    CESS_TRY_ASSIGN(const auto id, find(at));
    if (!id) return refuse("segment " + std::to_string(s) + " of the slot is not here yet");
    CESS_TRY_ASSIGN(const StoredFragment fragment, shelf_.reader().fragment(*id));
    if (fragment.descriptor.tagger != receipt.tagger ||
        (tagged && fragment.descriptor.nonce != receipt.nonces[s - first]))
      return refuse("segment " + std::to_string(s) + " has other tags than the receipt says");
    promised.push_back(*id);
  }
  CESS_TRY_ASSIGN(const auto bad, shelf_.settle(promised));
  if (!bad.empty()) {
    const auto at = std::find(promised.begin(), promised.end(), bad.front()) - promised.begin();
    refused_count_ += bad.size();
    return refuse("the tags of segment " + std::to_string(first + static_cast<std::uint64_t>(at)) +
                  " do not fit its bytes");
  }
  if (!shelf_.promise(promised)) return refuse("a fragment of the slot is not here any more");
  return ed25519_sign(seed_, files::receipt_message(genesis_, miner_, receipt));
}

}  // namespace cess::miner
