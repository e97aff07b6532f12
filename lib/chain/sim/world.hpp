// SPDX-License-Identifier: Apache-2.0
// A whole network in one thread: nodes, network, faults, checkers, one queue of events. The same
// options give the same trace on every machine. First faults, then calm: then progress is demanded.
#pragma once

#include <memory>

#include "chain/sim/checker.hpp"
#include "chain/sim/node.hpp"
#include "chain/sim/options.hpp"
#include "chain/sim/queue.hpp"

namespace cess::sim {

struct Plot;
class StateWorld;

struct Report {
  std::uint64_t seed = 0;
  std::optional<Violation> violation;
  std::string trace;  ///< hash
  std::uint64_t events = 0;
  SimTime simulated = 0;
  consensus::Height height = 0;
  consensus::Era era = 0;
  std::size_t convictions = 0;
  Json miners;               ///< what became of them; null without
  SimTime recovered_in = 0;  ///< from the end of faults until every honest node moved on
  std::map<std::string, std::uint64_t> notes;
};
Json to_json(const Report& report);

class World {
 public:
  explicit World(const Options& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Report run();
  /// Says every delivery, fault and note in a line.
  void set_log(std::function<void(const std::string&)> log) { log_ = std::move(log); }

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] Queue& queue() { return queue_; }
  [[nodiscard]] CryptoWorld& crypto() { return crypto_; }
  [[nodiscard]] WorldReader& reader() { return reader_; }
  [[nodiscard]] Checker& checker() { return checker_; }
  [[nodiscard]] Trace& trace() { return trace_; }
  [[nodiscard]] const Hash256& chain() const { return chain_; }
  [[nodiscard]] Random stream(std::string_view name, std::uint64_t index) const {
    return Random::stream(options_.seed, name, index);
  }

  void send(NodeId from, NodeId to, const wire::Ptr& message);
  /// Its links to all others come up, each in its time.
  void connect(NodeId id);
  [[nodiscard]] const std::vector<NodeId>& nodes_of(const consensus::PublicKey& key) const;
  [[nodiscard]] Node& node(NodeId id) { return *nodes_[id]; }
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  [[nodiscard]] std::unique_ptr<App> make_app();
  [[nodiscard]] consensus::PublicKey validator_key(std::uint64_t number) const;
  [[nodiscard]] std::unique_ptr<consensus::Signer> make_signer(std::uint64_t number) const;
  /// An era in which no key can have signed anything yet.
  [[nodiscard]] consensus::Era safe_era() const;
  /// Something worth counting.
  void note(const std::string& what) {
    ++notes_[what];
    if (log_) log_(std::to_string(queue_.now() / kMs) + " ms " + what);
  }
  /// `by` says that `peer` sent what no honest node sends.
  void blamed(NodeId by, NodeId peer, const std::string& reason);
  /// A node's process ended by itself; it is started again after a while.
  void fell_over(NodeId id);
  void executed(Node& node);
  /// The honest running node that is furthest; null if none runs.
  [[nodiscard]] Node* newest_node();
  /// A transaction for everybody, each hears of it in its time.
  void submit(const Bytes& txn);
  [[nodiscard]] bool calm() const { return calm_; }

 private:
  void add_nodes();
  void schedule_faults();
  void begin(const Fault& fault);
  void end(const Fault& fault);
  void split(const Fault& fault, bool both_ways, bool on);
  void ring(bool on);
  void flap(const Fault& fault, bool on);
  void join(Node& node);
  void schedule_load();
  void start_calm();
  [[nodiscard]] bool recovered();
  [[nodiscard]] std::string standing() const;
  template <class F>
  void each(std::uint64_t nodes, F f);

  Options options_;
  Queue queue_;
  CryptoWorld crypto_;
  std::unique_ptr<StateWorld> state_;  // null: counters
  Hash256 chain_;
  WorldReader reader_;
  Checker checker_;
  Trace trace_;
  Network network_;
  Random random_;
  Random links_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<consensus::PublicKey, std::vector<NodeId>> by_key_;
  std::map<std::pair<std::size_t, NodeId>, std::shared_ptr<const Disk::Copy>> copies_;
  std::function<void(const std::string&)> log_;
  std::set<std::ptrdiff_t> active_;  // faults that go on, by place
  std::map<std::string, std::uint64_t> notes_;
  std::shared_ptr<Plot> plot_;
  std::uint64_t next_txn_ = 1;
  consensus::Height calm_height_ = 0;
  bool calm_ = false;
};

}  // namespace cess::sim
