// SPDX-License-Identifier: Apache-2.0
// A block: a header that commits to everything, and a body. The header does not hold the round of
// consensus: a block that is proposed again in a later round keeps its hash. Its state root is the
// root after the PARENT was executed, so that a block can be voted on before it is executed.
#pragma once

#include "chain/types/ids.hpp"
#include "chain/types/record.hpp"
#include "chain/types/txn.hpp"

namespace cess {

constexpr std::size_t kBlockSizeMax = 8U << 20U;
constexpr std::size_t kBlockTxnCountMax = 40'000;
constexpr std::size_t kCertificateSizeMax = 512;

struct Header {
  std::uint8_t version = 1;
  Height height = 0;
  BlockHash parent;
  Era era = 0;
  TimeMs time_ms = 0;  ///< strictly greater than the parent's
  AccountId proposer;
  std::array<std::uint8_t, 80>
      vrf_proof{};         ///< RFC 9381 proof over (era seed, height); output follows from it
  Hash256 txns_root;       ///< Merkle root over the canonical transactions, in order; zero if none
  Hash256 evidence_root;   ///< the same over the evidence
  Hash256 state_root;      ///< after the parent
  Hash256 receipts_root;   ///< of the parent
  Hash256 mmr_root;        ///< mountain range over the hashes of all earlier headers
  Hash256 committee;       ///< hash of the Committee of this era, which certifies this block
  Hash256 next_committee;  ///< hash of the next era's Committee once it is fixed; else zero
  Bytes parent_certificate;  ///< commit certificate of the parent (consensus/messages.hpp); empty
                             ///< at height 1
  CESS_RECORD(version, height, parent, era, time_ms, proposer, vrf_proof, txns_root, evidence_root,
              state_root, receipts_root, mmr_root, committee, next_committee, parent_certificate)
};

/// SHA-256("CESS-HEADER-v1" ‖ SCALE(header)).
BlockHash header_hash(const Header& header);

struct Block {
  Header header;
  std::vector<Bytes> txns;      ///< canonical bytes
  std::vector<Bytes> evidence;  ///< consensus/evidence.hpp
};

/// SCALE(header) ‖ compact count ‖ sized txns ‖ compact count ‖ sized evidence.
Bytes encode_block(const Block& block);
/// Strict; sizes and counts are limited; roots of the body are compared with the header.
Result<Block> parse_block(ByteView bytes);
/// The header alone of a block that was checked before; its body is not looked at.
Result<Header> parse_block_header(ByteView block);
Hash256 txns_root(const std::vector<Bytes>& txns);
Hash256 evidence_root(const std::vector<Bytes>& evidence);

/// One validator on duty, as voters and light clients need it.
struct CommitteeMember {
  AccountId account;
  std::array<std::uint8_t, 96> bls_key{};  ///< compressed G2, possession proven at registration
  std::array<std::uint8_t, 32> vrf_key{};
  std::array<std::uint8_t, 32> node_key{};  ///< Ed25519, for TLS
  CESS_RECORD(account, bls_key, vrf_key, node_key)
};

struct Committee {
  Era era = 0;
  Hash256 seed;  ///< draws the order of proposers
  std::vector<CommitteeMember> members;
  CESS_RECORD(era, seed, members)
};

/// SHA-256("CESS-COMMITTEE-v1" ‖ SCALE(committee)).
Hash256 committee_hash(const Committee& committee);

/// What became of a transaction; the receipts root is a Merkle root over SCALE of these.
struct EventRecord {
  std::uint8_t module = 0;
  std::uint8_t kind = 0;
  Bytes data;  ///< SCALE of the event's record
  CESS_RECORD(module, kind, data)
};

struct Receipt {
  TxnHash txn;  ///< zero: events of the block itself
  bool ok = false;
  std::string error;  ///< empty if ok; the same words on every node
  Amount fee = 0;
  std::vector<EventRecord> events;
  CESS_RECORD(txn, ok, error, fee, events)
};

}  // namespace cess
