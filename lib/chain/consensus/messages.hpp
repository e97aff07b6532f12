// SPDX-License-Identifier: Apache-2.0
// What validators say to each other, as values and as bytes. Integers are little-endian; decoding
// is strict: one value has one encoding, to the last byte, and every size is limited before it is
// used.
//
// Signed bytes (100, the same for every kind):
//   0  "cess.vote/1"  11    43  era     LE64    63  kind       1
//   11 chain id       32    51  height  LE64    64  digest    32
//                           59  round   LE32    96  prepared  LE32
// Signed vote (107): kind 1, era 8, height 8, round 4, digest 32, prepared 4, signer LE16,
// signature 48. Certificate: kind 1, era 8, height 8, round 4, digest 32, committee size LE16,
// ⌈n/8⌉ bytes of bit
//   map (validator i is bit i%8 of byte i/8, spare bits zero), aggregate 48.
// Message: one byte of type, then
//   1 proposal      signed vote, LE32 block size, block, LE16 count, signed votes, 0 | 1
//   certificate 2 vote          signed vote, and of a PREPARE 0 | 1 proposer's signature 3
//   certificate   certificate 4 round change  signed vote, 0 | 1 certificate
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/codec.hpp"
#include "base/result.hpp"
#include "chain/consensus/types.hpp"

namespace cess::consensus {

constexpr std::size_t kSignedBytesSize = 100;
constexpr std::size_t kSignedVoteSize = 107;
constexpr std::size_t kCertificateSizeMax = 103 + kCommitteeMax / 8;
constexpr std::size_t kBlockSizeMaxDefault = std::size_t{8} << 20U;

/// The bytes that a signature covers.
std::array<std::uint8_t, kSignedBytesSize> signed_bytes(const Hash256& chain, const Vote& vote);

/// PROPOSAL. Round 0 has no justification. A later round carries a quorum of signed round changes
/// to it, and the PREPARE-QC of the highest round that they report prepared, if any does.
struct Proposal {
  SignedVote vote;  ///< kind proposal
  BlockBytes block;
  std::vector<SignedVote> round_changes;
  std::optional<Certificate> prepared;
};

/// PREPARE or COMMIT, to the collectors or (fallback) to all.
struct VoteMessage {
  SignedVote vote;
  /// With a PREPARE: the proposer's signature of the same block, so that a collector can prove two
  /// proposals. Absent after a restart.
  std::optional<Signature> proposal;
};

/// PREPARE-QC or COMMIT-QC.
struct CertificateMessage {
  Certificate certificate;
};

/// ROUND-CHANGE with the PREPARE-QC of what it reports.
struct RoundChange {
  SignedVote vote;
  std::optional<Certificate> prepared;
};

using Message = std::variant<Proposal, VoteMessage, CertificateMessage, RoundChange>;
using MessagePtr = std::shared_ptr<const Message>;

Bytes encode_message(const Message& message);
/// Code::input for anything but a whole, canonical message with a block of at most
/// `block_size_max`. Signatures are not checked here.
Result<Message> decode_message(ByteView bytes, std::size_t block_size_max = kBlockSizeMaxDefault);

Bytes encode_certificate(const Certificate& certificate);
Result<Certificate> decode_certificate(ByteView bytes);

/// Parts, for other encodings of this module.
void write_signed_vote(Writer& out, const SignedVote& vote);
Result<SignedVote> read_signed_vote(Reader& in);
void write_certificate(Writer& out, const Certificate& certificate);
Result<Certificate> read_certificate(Reader& in);
void write_certificate_maybe(Writer& out, const std::optional<Certificate>& certificate);
Result<std::optional<Certificate>> read_certificate_maybe(Reader& in);

/// The vote that a message carries or, of a certificate, proves.
Vote vote_of(const Message& message);

}  // namespace cess::consensus
