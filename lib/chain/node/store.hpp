// SPDX-License-Identifier: Apache-2.0
// What a node keeps of the chain, in one database: blocks with certificates and receipts, the index
// of transactions, the flat state, the range of headers, blocks that votes rest on. Changes are
// collected and written in one synced batch. Reading is for any thread, collecting for one.
//
//   'b' BE64 height          block             'h' hash             BE64 height
//   'c' BE64 height          certificate       't' transaction      BE64 height, BE32 index
//   'r' BE64 height          SCALE receipts    'n' BE64 position    node of the range of headers
//   's' key                  value of the state
//   'p' digest               BE64 height, block that is not final   'e' BE64 era  BE64 last height
//   'm' "position"           SCALE ledger::Position                 'm' "oldest"  BE64 height
//   'm' "genesis"            root of the state at genesis
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chain/consensus/types.hpp"
#include "chain/ledger/ledger.hpp"
#include "store/kv.hpp"

namespace cess::node {

struct TxnPlace {
  Height height = 0;
  std::uint32_t index = 0;
};

struct StoredBlock {
  Bytes block;
  consensus::Certificate certificate;
};

class ChainStore {
 public:
  explicit ChainStore(std::unique_ptr<Kv> kv) : kv_(std::move(kv)) {}

  // ---- reading
  Result<std::optional<ledger::Position>> position() const;
  /// Root of the state at genesis, if it was noted.
  Result<std::optional<Hash256>> genesis_root() const;
  /// Every pair of the flat state.
  Result<State> load_state() const;
  Result<std::optional<Bytes>> block(Height height) const;
  Result<std::optional<consensus::Certificate>> certificate(Height height) const;
  Result<std::optional<std::vector<Receipt>>> receipts(Height height) const;
  Result<std::optional<Height>> height_of(const BlockHash& hash) const;
  Result<std::optional<TxnPlace>> place_of(const TxnHash& txn) const;
  Result<std::optional<Bytes>> pending_block(const consensus::Digest& digest) const;
  /// The last block of an era, whose header names the next committee.
  Result<std::optional<Height>> era_end(Era era) const;
  /// Lowest height whose block is here; 1 if none was pruned.
  Result<Height> oldest() const;
  /// Node of the range of headers.
  Result<Hash256> mmr_node(std::uint64_t position) const;

  // ---- writing: changes to be applied with apply(), in the order they were made
  /// A final block with what it did. `era_ends`: it is the last of its era.
  KvChanges block_changes(const ledger::ParsedBlock& parsed, ByteView bytes,
                          const consensus::Certificate& certificate, const BlockResult& result,
                          const ledger::Position& position, bool era_ends) const;
  static KvChanges pending_changes(Height height, const consensus::Digest& digest, ByteView block);
  /// Forgets blocks [from, to) and what belongs to them; receipts and indexes too.
  Result<KvChanges> prune_changes(Height from, Height to) const;
  /// A state from elsewhere, in pieces: first clears, then fills.
  Status clear_state();
  Status apply(const KvChanges& changes) { return kv_->write(changes); }
  static KvChanges genesis_root_changes(const Hash256& root);
  static KvChanges genesis_changes(const State& state, const ledger::Position& position);

  /// What a node that begins after block `position.height` must know of the past: where it stands,
  /// the certificate of its last block, the peaks of the range of headers.
  static KvChanges joined_changes(const ledger::Position& position,
                                  const consensus::Certificate& parent);

  Kv& kv() { return *kv_; }

 private:
  std::unique_ptr<Kv> kv_;
};

}  // namespace cess::node
