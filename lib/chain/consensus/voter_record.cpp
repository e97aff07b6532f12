// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/voter_record.hpp"

#include <algorithm>
#include <tuple>

#include "base/codec.hpp"
#include "chain/consensus/messages.hpp"
#include "crypto/sha256.hpp"

namespace cess::consensus {
namespace {

constexpr std::string_view kDomain = "cess.voter/1";
constexpr std::string_view kOverride =
    "do not start a second node with this key; stay an observer until the era ends, or, if no twin "
    "can be running and the record here is the last one written, take it over by hand";

Status read_vote(Reader& in, Vote& out) {
  CESS_TRY_ASSIGN(auto kind, in.le<std::uint8_t>("kind"));
  if (kind < 1 || kind > 4) return in.refuse("kind out of range");
  out.kind = static_cast<Kind>(kind);
  CESS_TRY_ASSIGN(out.era, in.le<Era>("era"));
  CESS_TRY_ASSIGN(out.height, in.le<Height>("height"));
  CESS_TRY_ASSIGN(out.round, in.le<Round>("round"));
  CESS_TRY_ASSIGN(out.digest, in.id<Digest>("digest"));
  CESS_TRY_ASSIGN(out.prepared, in.le<Round>("prepared"));
  if (out.round > kRoundMax || out.prepared > out.round) return in.refuse("round out of range");
  return {};
}

Result<VoterRecord> read_record(Reader& in) {
  VoterRecord out;
  CESS_TRY_ASSIGN(auto domain, in.raw(kDomain.size(), "domain"));
  if (as_text(domain) != kDomain) return in.refuse("no voter record");
  CESS_TRY_ASSIGN(out.sequence, in.le<std::uint64_t>("sequence"));
  CESS_TRY_ASSIGN(out.place, in.id<Hash256>("place"));
  CESS_TRY_ASSIGN(out.chain, in.id<Hash256>("chain"));
  CESS_TRY_ASSIGN(auto key, in.raw(out.key.size(), "key"));
  std::ranges::copy(key, out.key.begin());
  CESS_TRY(read_vote(in, out.last));
  CESS_TRY_ASSIGN(out.prepared, read_certificate_maybe(in));
  if (out.prepared && (out.prepared->kind != Kind::prepare ||
                       out.prepared->height != out.last.height || out.last.height == 0)) {
    return in.refuse("prepared certificate of another height or kind");
  }
  return out;
}

struct Slots {
  std::optional<VoterRecord> newest;
  std::size_t missing = 0;
  std::string why;  // of the first bad slot
};

Result<Slots> read_slots(VoterStorage& storage) {
  Slots out;
  for (std::size_t slot = 0; slot < kVoterSlots; ++slot) {
    CESS_TRY_ASSIGN(auto bytes, storage.read(slot));
    if (!bytes) {
      ++out.missing;
      continue;
    }
    auto record = decode_voter_record(*bytes);
    if (record && slot_of(record->sequence) != slot) {
      record = fail(Code::input, "voter record: in the wrong slot");
    }
    if (!record) {
      if (out.why.empty()) out.why = record.error().message;
    } else if (!out.newest || out.newest->sequence < record->sequence) {
      out.newest = std::move(*record);
    }
  }
  return out;
}

Result<VoterRecord> load(VoterStorage& storage, const Hash256& chain, const PublicKey& key,
                         bool any_place) {
  CESS_TRY_ASSIGN(auto slots, read_slots(storage));
  if (slots.missing == kVoterSlots) {
    return fail(
        Code::no, "voting refused: there is no voter record", "voter record",
        "a key that has never signed gets one when it is created; if this one has signed, " +
            std::string(kOverride));
  }
  if (!slots.newest) {
    return fail(Code::input, "voting refused: no slot is valid: " + slots.why, "voter record",
                std::string(kOverride));
  }
  const VoterRecord& r = *slots.newest;
  if (r.chain != chain) {
    return fail(Code::input, "voting refused: the voter record is of another chain", "voter record",
                "give this node the folder of its own chain");
  }
  if (r.key != key) {
    return fail(Code::input, "voting refused: the voter record is of another key", "voter record",
                "put key and record of one validator together");
  }
  if (!any_place && r.place != storage.place()) {
    return fail(Code::input, "voting refused: the voter record was copied here", "voter record",
                "a restored or cloned record may be older than the last signature; " +
                    std::string(kOverride));
  }
  return std::move(*slots.newest);
}

}  // namespace

Status VoterStorage::sync(std::size_t slot) {
  CESS_TRY_ASSIGN(auto bytes, read(slot));
  return bytes ? write(slot, *bytes) : Status();
}

bool may_sign(const Vote& last, const Vote& next) {
  if (last.height == 0) return true;
  const auto order = [](const Vote& v) { return std::tuple(v.height, v.round, v.kind); };
  return order(next) > order(last) || next == last;
}

Bytes encode_voter_record(const VoterRecord& r) {
  Writer w;
  w.raw(kDomain).le(r.sequence).id(r.place).id(r.chain).raw(ByteView(r.key));
  w.le(static_cast<std::uint8_t>(r.last.kind)).le(r.last.era).le(r.last.height).le(r.last.round);
  w.id(r.last.digest).le(r.last.prepared);
  write_certificate_maybe(w, r.prepared);
  w.id(sha256(w.bytes()));
  return w.take();
}

Result<VoterRecord> decode_voter_record(ByteView bytes) {
  if (bytes.size() > kVoterRecordSizeMax || bytes.size() < Hash256::kSize) {
    return fail(Code::input, "voter record: size out of range");
  }
  const ByteView body = bytes.first(bytes.size() - Hash256::kSize);
  if (Hash256::from(bytes.last(Hash256::kSize)) != sha256(body)) {
    return fail(Code::input, "voter record: checksum differs");
  }
  Reader in(body, "voter record");
  CESS_TRY_ASSIGN(auto record, read_record(in));
  CESS_TRY(in.end());
  return record;
}

Status create_voter_record(VoterStorage& storage, const Hash256& chain, const PublicKey& key) {
  for (std::size_t slot = 0; slot < kVoterSlots; ++slot) {
    CESS_TRY_ASSIGN(auto bytes, storage.read(slot));
    if (bytes) return fail(Code::busy, "cannot create voter record: there is one", "voter record");
  }
  VoterRecord r;
  r.place = storage.place();
  r.chain = chain;
  r.key = key;
  return storage.write(slot_of(r.sequence), encode_voter_record(r));
}

Result<VoterRecord> load_voter_record(VoterStorage& storage, const Hash256& chain,
                                      const PublicKey& key) {
  CESS_TRY_ASSIGN(auto record, load(storage, chain, key, false));
  CESS_TRY(storage.sync(slot_of(record.sequence)));
  return record;
}

std::uint64_t last_voter_sequence(VoterStorage& storage) {
  const auto slots = read_slots(storage);
  return slots && slots->newest ? slots->newest->sequence : 0;
}

Result<VoterRecord> adopt_voter_record(VoterStorage& storage, const Hash256& chain,
                                       const PublicKey& key) {
  CESS_TRY_ASSIGN(auto record, load(storage, chain, key, true));
  CESS_TRY(storage.sync(slot_of(record.sequence)));
  record.place = storage.place();
  ++record.sequence;
  CESS_TRY(storage.write(slot_of(record.sequence), encode_voter_record(record)));
  return record;
}

}  // namespace cess::consensus
