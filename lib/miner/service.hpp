// SPDX-License-Identifier: Apache-2.0
// What a miner takes, keeps and signs: the fragment protocol over its store, with the chain for a
// judge. Pieces wait beside the store until their fragment is whole; its root is then compared with
// the chain's, its tags are checked, and the store keeps it. Requests for different fragments do
// not wait for one another.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "chain/client/rpc.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/miners/miners.hpp"
#include "miner/duty.hpp"
#include "miner/gate.hpp"
#include "miner/holding.hpp"
#include "miner/shelf.hpp"
#include "miner/staging.hpp"
#include "miner/till.hpp"
#include "proto/fragment_service.hpp"

namespace cess::miner {

struct MinerSettings {
  std::string staging;                      ///< folder of pieces; not part of the store's capacity
  std::uint64_t staging_bytes = 1U << 30U;  ///< most it may hold
  std::string idle_blobs;                   ///< folder of proofs of idle space; empty: none
  TillSettings till;
};

class MinerService final : public proto::FragmentService {
 public:
  /// `sign_seed`: of the key that the chain has for this miner. `rpc` is asked by many threads.
  /// Both and the shelf outlive it.
  MinerService(Shelf& shelf, client::Rpc& rpc, const Hash256& genesis, const Key256& sign_seed,
               const MinerSettings& settings);
  Status open();
  /// Before the first request: what the duties say of themselves.
  void set_duties(std::function<DutyReport()> restoral, std::function<HoldingReport()> holding);

  std::string health() override;
  std::string metrics() override;
  Json status() override;
  Status may_write(const Ed25519Public& caller, const Fid& fid) override;
  Status put_manifest(const Fid& fid, ByteView text) override;
  Status put_tagger(const TaggerId& id, ByteView file) override;
  Result<Bytes> manifest(const Fid& fid) override;
  Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count) override;
  Result<proto::PutState> put_piece(const proto::FragmentAt& at, const proto::ByteRange& range,
                                    ByteView tags, ByteView data,
                                    const std::optional<Hash256>& root) override;
  Result<proto::PutState> put_state(const proto::FragmentAt& at) override;
  Result<proto::Piece> read(const proto::FragmentAt& at, std::string_view range) override;
  Result<proto::Piece> read(const FragId& frag, std::string_view range) override;
  Result<Bytes> tags(const proto::FragmentAt& at) override;
  Result<Bytes> tags(const FragId& frag) override;
  Result<Bytes> segment_tags(const Fid& fid, std::uint32_t segment) override;
  Result<Bytes> tagger(const TaggerId& id) override;
  Result<Bytes> idle_blob(const Hash256& digest) override;
  Result<Bytes> prove_range(const FragId& frag, std::uint64_t offset, std::uint64_t size) override;
  Result<proto::Toll> toll(const proto::Reader& reader, std::uint64_t bytes) override;
  Result<Ed25519Signature> sign_receipt(ByteView receipt) override;
  [[nodiscard]] Till& till() { return till_; }

 private:
  /// Where a file's fragments lie in the store.
  struct Known {
    FileId file;
    std::uint32_t n = 0;  ///< k + m
  };
  Result<Known> known(const Fid& fid);
  Result<std::optional<FragId>> find(const proto::FragmentAt& at);
  Result<StoredFragment> require(const proto::FragmentAt& at);
  /// The file, if the slot of this fragment is ours to fill.
  Result<files::File> expected(const proto::FragmentAt& at);
  /// What is not sent here any more leaves its room to others.
  Status clear_staged();
  Status keep(const proto::FragmentAt& at, const files::File& file, ByteView tags, ByteView data,
              const std::optional<Hash256>& root);
  Result<proto::Piece> read_stored(const StoredFragment& fragment, std::string_view range) const;

  Shelf& shelf_;
  client::Rpc& rpc_;
  Hash256 genesis_;
  Key256 seed_;
  AccountId miner_;
  Gate gate_;
  Staging staging_;
  std::string idle_blobs_;
  Till till_;
  std::function<DutyReport()> duty_;
  std::function<HoldingReport()> holding_;
  std::mutex known_mutex_;
  std::map<Fid, Known> known_;
  std::atomic<std::uint64_t> stored_count_ = 0;
  std::atomic<std::uint64_t> refused_count_ = 0;
  std::atomic<std::uint64_t> probed_count_ = 0;
};

}  // namespace cess::miner
