// SPDX-License-Identifier: Apache-2.0
// Inside of a node. Everything runs on the loop's thread but what Disk and Checker are given.
//   node.cpp: opening, closing. node_consensus.cpp: the core's actions. node_commit.cpp: final
//   blocks. node_net.cpp: peers and their messages. node_sync.cpp: ranges. node_txns.cpp: pool and
//   gossip. node_snapshot.cpp: states from and for others. node_duty.cpp: heartbeats and scores.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "chain/consensus/bls_crypto.hpp"
#include "chain/consensus/core.hpp"
#include "chain/consensus/sync.hpp"
#include "chain/ledger/judge.hpp"
#include "chain/ledger/ledger.hpp"
#include "chain/mempool/pool.hpp"
#include "chain/node/checker.hpp"
#include "chain/node/config.hpp"
#include "chain/node/disk.hpp"
#include "chain/node/node.hpp"
#include "chain/node/store.hpp"
#include "chain/node/voter_files.hpp"
#include "chain/node/wire.hpp"
#include "chain/types/account_key.hpp"
#include "net/peers.hpp"
#include "sys/file.hpp"

namespace cess::node {

class Rpc;

/// A final block with what it did, on disk: what subscribers hear of.
struct FinalBlock {
  ledger::ParsedPtr parsed;
  std::shared_ptr<const Bytes> bytes;
  consensus::Certificate certificate;
  std::shared_ptr<const BlockResult> result;
  ledger::Position position;
};
using FinalPtr = std::shared_ptr<const FinalBlock>;

struct Counters {
  std::uint64_t blocks = 0, txns = 0, proposals_built = 0, proposals_refused = 0;
  std::uint64_t txns_checked = 0, txns_refused = 0, gossip_in = 0, penalties = 0;
  std::uint64_t execute_us = 0, validate_us = 0, build_us = 0, persist_count = 0;
};

class Node final : public net::PeerEvents {
 public:
  Node(net::Loop& loop, NodeOptions options);
  ~Node() override;
  Status open();
  /// Says goodbye and writes what was begun. Without it the destructor ends everything at once, as
  /// a kill would, at any moment but within a callback of this node; the loop may run on.
  void close();

  // ---- for the RPC
  net::Loop& loop() { return loop_; }
  const NodeConfig& config() const { return config_; }
  const Json& spec() const { return spec_; }
  const Runtime& runtime() const { return runtime_; }
  ledger::Ledger& ledger() { return *ledger_; }
  ChainStore& store() { return *store_; }
  Mempool& pool() { return pool_; }
  Checker& checker() { return *checker_; }
  net::Peers& peers() { return *peers_; }
  const Counters& counters() const { return counters_; }
  consensus::CoreView core_view() const { return core_ ? core_->view() : consensus::CoreView{}; }
  [[nodiscard]] bool synced() const;
  [[nodiscard]] Height best_height() const;
  /// The last block that is on disk.
  [[nodiscard]] Height durable_height() const { return durable_; }
  [[nodiscard]] const std::optional<AccountId>& account() const { return account_; }
  [[nodiscard]] bool is_validator() const { return signer_ != nullptr; }
  [[nodiscard]] Height peer_height(const net::NodeKey& key) const;
  void submit(std::shared_ptr<const Bytes> txn, std::function<void(Result<TxnHash>)> done);
  Result<TxnHash> submit_checked(CheckedTxn&& txn);
  [[nodiscard]] std::uint64_t started_ms() const { return started_ms_; }
  void log(const std::string& line) const;

  // ---- net::PeerEvents
  void on_peer_up(const net::PeerInfo& peer) override;
  void on_peer_down(const net::NodeKey& peer, const std::string& reason) override;
  void on_message(const net::NodeKey& peer, net::Channel channel, Bytes body) override;
  void on_refused(const net::Endpoint& remote, const std::string& reason) override;

 private:
  struct Peer {
    consensus::PeerId id = 0;
    net::NodeKey key;
    wire::Head head;
  };

  /// A task for the loop that does nothing once this node is gone.
  template <class F>
  auto alive(F task) const {
    return [still = alive_, task = std::move(task)]() mutable {
      if (*still) task();
    };
  }

  // Opening.
  Status open_chain();
  Status open_voter(bool fresh);
  Status start_core();
  Status start_net();
  [[nodiscard]] consensus::Timing timing() const;

  // Consensus.
  void feed(consensus::Event event);
  void act(const consensus::action::Send& a);
  void act(const consensus::action::Broadcast& a);
  void act(const consensus::action::Reply& a);
  void act(const consensus::action::Persist& a);
  void act(const consensus::action::SetTimer& a);
  void act(const consensus::action::Build& a);
  void act(const consensus::action::Validate& a);
  void act(const consensus::action::Fetch& a);
  void act(const consensus::action::Commit& a);
  void act(const consensus::action::Report& a);
  void act(const consensus::action::RequestSync& a);
  void act(const consensus::action::Penalise& a);
  void act(const consensus::action::Alarm& a);
  void send_vote(const net::NodeKey& to, const net::SharedBytes& bytes, bool proposal);
  void build_now();
  void fetch_again(Height height, const consensus::Digest& digest);
  void judge(const consensus::action::Validate& a, const ledger::ParsedPtr& parsed);
  ledger::ParsedPtr parsed_of(const consensus::Digest& digest, ByteView bytes);
  void keep_block(const consensus::Digest& digest, const consensus::BlockBytes& block);

  // Final blocks.
  void commit(const consensus::action::Commit& a, const ledger::ParsedPtr& parsed);
  void on_durable(const FinalPtr& block, const Status& status);
  void update_pool(const FinalBlock& block);
  void prune();
  void update_reserved();
  void fail_node(const Error& error);

  // Peers.
  void send(const net::NodeKey& to, const wire::Message& message);
  void broadcast(const wire::Message& message);
  void receive_consensus(Peer& peer, const Bytes& body);
  void receive(Peer& peer, wire::Head&& m);
  void receive(Peer& peer, wire::AskRange&& m);
  void receive(Peer& peer, wire::Range&& m);
  void receive(Peer& peer, wire::AskBlock&& m);
  void receive(Peer& peer, wire::OneBlock&& m);
  void receive(Peer& peer, wire::TxnHave&& m);
  void receive(Peer& peer, wire::TxnWant&& m);
  void receive(Peer& peer, wire::Txns&& m);
  void receive(Peer& peer, wire::EvidenceNote&& m);
  void receive(Peer& peer, wire::AskSnapshot&& m);
  void receive(Peer& peer, wire::SnapshotOffer&& m);
  void receive(Peer& peer, wire::AskChunk&& m);
  void receive(Peer& peer, wire::Chunk&& m);
  void receive(Peer& peer, wire::Addresses&& m);
  void misbehaved(const net::NodeKey& peer, std::uint32_t points, const std::string& why);
  [[nodiscard]] wire::Head own_head() const;
  Peer* peer_of(consensus::PeerId id);
  std::optional<consensus::ValidatorIndex> member_of(const net::NodeKey& key) const;

  // Catching up.
  void feed_sync(const consensus::SyncEvent& event);
  void act(const consensus::sync_action::Ask& a);
  void act(const consensus::sync_action::Deliver& a);
  void act(const consensus::sync_action::Drop& a);
  void act(const consensus::sync_action::SetTimer& a);

  // Transactions.
  Status add_checked(CheckedTxn&& txn, const std::optional<net::NodeKey>& from);
  void announce_soon(const TxnHash& hash, const std::optional<net::NodeKey>& from);
  void announce();
  [[nodiscard]] bool seen_lately(const TxnHash& hash) const;
  void remember(const TxnHash& hash);
  /// False if no honest peer sends it.
  bool add_evidence(const Bytes& evidence);

  // States for others, and from them.
  struct Snapshot {
    ledger::Position position;
    std::unique_ptr<Kv> kv;
  };
  struct Join;
  using JoinPtr = std::unique_ptr<Join, void (*)(Join*)>;
  void keep_snapshot(Snapshot snapshot);
  Result<wire::SnapshotOffer> make_offer(Height trusted) const;
  static JoinPtr make_join();
  void begin_join();
  [[nodiscard]] bool join_asked() const;
  void ask_for_state();
  Status check_offer(const wire::SnapshotOffer& offer);
  void finish_join();
  void do_duty();

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  net::Loop& loop_;
  NodeOptions options_;
  NodeConfig config_;
  NodeKeys keys_;
  Json spec_;
  std::optional<AccountId> account_;
  Fd lock_;
  std::uint64_t started_ms_ = 0;

  Runtime runtime_;
  std::unique_ptr<consensus::Verifier> verifier_;
  std::unique_ptr<consensus::Signer> signer_;
  ledger::ChainReader reader_;
  std::unique_ptr<ChainStore> store_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<consensus::VoterStorage> voter_;
  std::optional<consensus::VoterRecord> record_;
  std::optional<Era> resume_era_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Checker> checker_;
  Mempool pool_;
  std::unique_ptr<consensus::Core> core_;
  std::unique_ptr<consensus::Sync> sync_;
  std::unique_ptr<net::Peers> peers_;
  std::unique_ptr<Rpc> rpc_;
  Counters counters_;

  // Consensus.
  std::deque<consensus::Event> events_;
  bool feeding_ = false;
  net::TimerId core_timer_ = 0;
  net::TimerId sync_timer_ = 0;
  std::optional<consensus::action::Build> build_;  // waits for transactions, or for the disk
  std::map<consensus::Digest, std::pair<Height, consensus::BlockBytes>>
      blocks_;  // of about this height
  std::map<consensus::Digest, ledger::ParsedPtr> parsed_;
  std::map<consensus::Digest, Height> fetching_;
  struct KnownEvidence {
    Bytes bytes;
    std::vector<Offence> offences;
  };
  std::map<std::pair<Era, AccountId>, KnownEvidence> evidence_;  // not yet in a block
  ledger::Suspects suspects_;

  // Final blocks.
  Height durable_ = 0;
  BlockHash durable_hash_;
  Height oldest_ = 1;
  bool pruning_ = false;
  bool left_behind_ = false;  // nobody has the next block any more
  bool failed_ = false;
  bool closing_ = false;
  std::optional<Error> error_;

  // Peers.
  std::map<net::NodeKey, Peer> by_key_;
  std::map<consensus::PeerId, net::NodeKey> by_id_;
  consensus::PeerId peer_last_ = 0;
  Era reserved_era_ = ~Era{0};

  // Transactions.
  std::vector<std::pair<TxnHash, std::optional<net::NodeKey>>> announce_;
  net::TimerId announce_timer_ = 0;
  std::unordered_map<TxnHash, std::uint64_t, IdHash> asked_;  // and when
  std::unordered_set<TxnHash, IdHash> seen_, seen_before_;    // two generations

  // Snapshots. They hold the database, which goes later.
  Snapshot snapshot_;
  Snapshot older_snapshot_;
  Height snapshot_height_ = 0;
  JoinPtr join_{nullptr, [](Join*) {}};
  Height duty_height_ = 0;

  friend Status run_node(const NodeOptions&);
  friend class Rpc;
};

}  // namespace cess::node
