// SPDX-License-Identifier: Apache-2.0
// The voter-safety record: what a validator's key has signed last. Safety after a crash rests on it
// alone. It is made durable before a signature leaves, in two slots by turns, so that a torn write
// costs the older slot only. Files belong to the node; here are bytes and rules.
//
// Slot file: "cess.voter/1" 12, sequence LE64, place 32, chain 32, key 96, vote (kind 1, era LE64,
//   height LE64, round LE32, digest 32, prepared LE32), 0 | 1 prepared certificate, then SHA-256
//   over all before it. The prepared certificate names its block by digest; the block is kept
//   beside.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "chain/consensus/types.hpp"

namespace cess::consensus {

struct VoterRecord {
  std::uint64_t sequence = 0;
  /// Names the place where the record is kept (VoterStorage::place). A record found elsewhere is a
  /// copy, and a copy may be old or in use by a twin.
  Hash256 place;
  Hash256 chain;
  PublicKey key{};
  /// The last vote signed. Height 0: none yet.
  Vote last;
  /// PREPARE-QC of the last prepared block of last.height, if there is one.
  std::optional<Certificate> prepared;

  friend bool operator==(const VoterRecord&, const VoterRecord&) = default;
};

constexpr std::size_t kVoterSlots = 2;
constexpr std::size_t kVoterRecordSizeMax = 512;

/// Whether a validator whose last vote is `last` may sign `next`: something later in the order
/// (height, round, kind), or the very same again.
[[nodiscard]] bool may_sign(const Vote& last, const Vote& next);

Bytes encode_voter_record(const VoterRecord& record);
/// Code::input if torn, altered or not of this form.
Result<VoterRecord> decode_voter_record(ByteView bytes);

/// Where records are kept. The node's writes files and syncs them; the simulator's loses and tears.
class VoterStorage {
 public:
  VoterStorage() = default;
  VoterStorage(const VoterStorage&) = delete;
  VoterStorage& operator=(const VoterStorage&) = delete;
  virtual ~VoterStorage() = default;
  /// A value that changes when the storage is copied to another machine or restored from a backup
  /// (of files: hash over machine id, device, inode and birth time of the folder).
  [[nodiscard]] virtual Hash256 place() = 0;
  /// nullopt: there is no such slot.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read(std::size_t slot) = 0;
  /// Returns when the bytes would survive a loss of power.
  [[nodiscard]] virtual Status write(std::size_t slot, ByteView bytes) = 0;
  /// Makes durable what read() gave: a process that was killed between writing and syncing leaves
  /// its bytes in a cache only. Must not put the slot at risk. By default it is written again,
  /// which is right only where writing the same bytes over themselves cannot tear them.
  [[nodiscard]] virtual Status sync(std::size_t slot);
};

/// The slot that a record of this sequence number goes to.
constexpr std::size_t slot_of(std::uint64_t sequence) { return sequence % kVoterSlots; }

/// Writes the first record of a key that has never signed. Code::busy if a slot exists.
Status create_voter_record(VoterStorage& storage, const Hash256& chain, const PublicKey& key);
/// The newest valid slot. Refuses (with a hint that says what to do) when both slots are missing or
/// bad (Code::no, Code::input), or when the record is of another key, chain or place (Code::input).
/// One bad slot of two is the trace of a crash and is passed over. The slot is synced, for who goes
/// on from its record may sign at once.
Result<VoterRecord> load_voter_record(VoterStorage& storage, const Hash256& chain,
                                      const PublicKey& key);
/// The highest sequence number in any readable slot, of whatever place; 0 if there is none.
std::uint64_t last_voter_sequence(VoterStorage& storage);
/// Takes over a record that was moved here on purpose: same as load, but accepts another place and
/// writes the present one. For an operator who has made sure that no twin runs.
Result<VoterRecord> adopt_voter_record(VoterStorage& storage, const Hash256& chain,
                                       const PublicKey& key);

}  // namespace cess::consensus
