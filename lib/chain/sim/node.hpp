// SPDX-License-Identifier: Apache-2.0
// One simulated process: a consensus core, catching up, an application, a disk, two clocks. It does
// what the real node does with the core's actions, through the ports of the world. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "chain/consensus/sync.hpp"
#include "chain/ledger/judge.hpp"
#include "chain/sim/app.hpp"
#include "chain/sim/wire.hpp"

namespace cess::sim {

class World;
class LiarMind;

/// What a disk keeps of a final block.
struct StoredBlock {
  consensus::Digest digest;
  consensus::BlockBytes block;
  consensus::Certificate certificate;
};

class Node {
 public:
  Node(World& world, NodeId id, std::uint64_t key_number, bool votes);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // The process.
  void boot();
  /// A link to `other` has come up.
  void connected(NodeId other);
  /// Dies. With `power`, unsynced writes are lost or torn.
  void stop(bool power);
  [[nodiscard]] bool up() const { return core_ != nullptr; }

  // Messages.
  void deliver(NodeId from, const wire::Ptr& message);
  void submit(const Bytes& txn);

  // For the world, checkers and liars.
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] std::uint64_t key_number() const { return key_number_; }
  [[nodiscard]] const consensus::PublicKey& key() const { return key_; }
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] App& app() const { return *app_; }
  [[nodiscard]] consensus::CoreView view() const { return core_->view(); }
  [[nodiscard]] consensus::Height final_height() const { return up() ? app_->height() : 0; }
  [[nodiscard]] consensus::Signer& signer() { return *signer_; }
  [[nodiscard]] std::uint64_t wall_ms() const;
  void set_liar(std::unique_ptr<LiarMind> liar);
  [[nodiscard]] const consensus::CommitteePtr& committee() const { return committee_; }
  [[nodiscard]] const consensus::Digest& parent() const { return parent_; }
  [[nodiscard]] const std::optional<consensus::Certificate>& parent_certificate() const {
    return parent_certificate_;
  }
  /// Twins and liars are not held to what honest nodes do.
  void set_honest(bool honest) { honest_ = honest; }
  [[nodiscard]] bool honest() const { return honest_; }
  void set_drift(int ppm) { drift_ppm_ = ppm; }
  void set_skew(std::int64_t ms) { skew_ms_ = ms; }
  [[nodiscard]] std::int64_t skew() const { return skew_ms_; }
  void set_in_1970() { in_1970_ = true; }
  /// Sends past the liar's mind.
  void send_raw(NodeId to, consensus::MessagePtr message);
  /// A block that others may ask for.
  void offer(const consensus::Digest& digest, consensus::BlockBytes block);
  [[nodiscard]] World& world() { return *world_; }

 private:
  void feed(const consensus::Event& event);
  void feed_later(SimTime delay, consensus::Event event);
  void feed_sync(const consensus::SyncEvent& event);
  void act(const consensus::SyncAction& action);
  // Runs later, if the process still lives then.
  void later(SimTime delay, std::function<void()> f);
  [[nodiscard]] std::uint64_t mono_ms() const;
  [[nodiscard]] SimTime when_mono(std::uint64_t ms) const;

  void handle(const consensus::action::Send& a);
  void handle(const consensus::action::Broadcast& a);
  void handle(const consensus::action::Reply& a);
  void handle(const consensus::action::Persist& a);
  void handle(const consensus::action::SetTimer& a);
  void handle(const consensus::action::Build& a);
  void handle(const consensus::action::Validate& a);
  void handle(const consensus::action::Fetch& a);
  void handle(const consensus::action::Commit& a);
  void handle(const consensus::action::Report& a);
  void spread(const consensus::Evidence& evidence);
  void handle(const consensus::action::RequestSync& a);
  void handle(const consensus::action::Penalise& a);
  void handle(const consensus::action::Alarm& a);

  void receive(NodeId from, const wire::Consensus& m);
  void receive(NodeId from, const wire::Encoded& m);
  void receive(NodeId from, const wire::AskRange& m);
  void receive(NodeId from, const wire::Range& m);
  void receive(NodeId from, const wire::AskBlock& m);
  void receive(NodeId from, const wire::OneBlock& m);
  void receive(NodeId from, const wire::Head& m);
  void receive(NodeId from, const wire::Txn& m);
  void receive(NodeId from, const wire::Evidence& m);

  void send(NodeId to, const consensus::MessagePtr& message);
  void send_to_validator(consensus::ValidatorIndex to, const consensus::MessagePtr& message);
  void load_chain();
  [[nodiscard]] consensus::Voter load_voter();
  [[nodiscard]] consensus::Position position() const;
  void record_written(const consensus::action::Persist& a);
  void build_now(const consensus::action::Build& a);
  void fetch_again(consensus::Height height, const consensus::Digest& digest, std::size_t tries);
  void advanced();
  void announce();
  void drop_old_blocks();
  // The disk failed: power is gone, or the process gives up until somebody restarts it.
  void disk_failed();

  World* world_;
  NodeId id_;
  std::uint64_t key_number_;
  bool votes_;
  consensus::PublicKey key_;
  Disk disk_;
  Random random_;
  std::unique_ptr<consensus::Signer> signer_;
  std::unique_ptr<LiarMind> liar_;
  bool honest_ = true;
  int drift_ppm_ = 0;
  std::int64_t skew_ms_ = 0;
  bool in_1970_ = false;

  // Of the running process.
  std::uint64_t incarnation_ = 0;
  bool start_ = true;  // boot may go on
  std::unique_ptr<App> app_;
  std::unique_ptr<consensus::Core> core_;
  std::unique_ptr<consensus::Sync> sync_;
  ledger::Suspects suspects_;
  consensus::CommitteePtr committee_;
  consensus::Digest parent_;
  std::optional<consensus::Certificate> parent_certificate_;
  std::uint64_t timer_ = 0;
  std::uint64_t sync_timer_ = 0;
  std::optional<consensus::action::Build> waiting_build_;
  std::map<consensus::Digest, consensus::BlockBytes> blocks_;  // seen at about this height
  SimTime disk_free_at_ = 0;
};

}  // namespace cess::sim
