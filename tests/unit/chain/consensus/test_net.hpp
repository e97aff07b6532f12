// SPDX-License-Identifier: Apache-2.0
// A network of cores in one thread, in simulated time, from one seed. Small on purpose: the full
// simulator is another module. Checks after every step that no two nodes finalise different blocks,
// that no honest validator signs twice, and that evidence convicts only those named as liars.
#pragma once

#include <functional>
#include <queue>
#include <random>
#include <set>

#include "chain/consensus/core.hpp"
#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {

struct Final {
  BlockBytes block;
  Certificate certificate;
};

// Two slots in memory; what a crash leaves.
class TestStorage final : public VoterStorage {
 public:
  [[nodiscard]] Hash256 place() override { return place_; }
  [[nodiscard]] Result<std::optional<Bytes>> read(std::size_t slot) override { return slots[slot]; }
  [[nodiscard]] Status write(std::size_t slot, ByteView bytes) override {
    slots[slot] = Bytes(bytes.begin(), bytes.end());
    return {};
  }
  std::optional<Bytes> slots[2];
  Hash256 place_;
};

struct Node {
  std::uint64_t number = 0;  // whose key
  bool observer = false;
  std::unique_ptr<Core> core;
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Verifier> verifier;
  TestStorage storage;
  std::map<Digest, BlockBytes> disk;  // blocks that survive a crash
  std::map<Digest, BlockBytes> seen;  // blocks that peers may fetch
  std::vector<Final> chain;           // heights 1 ..
  std::uint64_t life = 0;             // events of former lives are dropped
  std::vector<std::string> alarms;
  std::vector<Evidence> reports;
  std::size_t penalties = 0, sent = 0;
  std::uint64_t salt = 0;
  bool proposes_bad = false;
};

class Net {
 public:
  struct Options {
    std::size_t n = 4;
    std::uint64_t seed = 1;
    Height era_length = 1000000;
    std::uint64_t shift = 0;
    TimeMs latency_min = 5, latency_max = 60;
    double loss = 0;
    TimeMs sync_ms = 3;  // a disk's fsync
    Timing timing{200, 1500, 20000, 200, 400, 20};
  };
  // What becomes of a message on its way: false drops it. May also replace it.
  using Filter = std::function<bool(std::size_t from, std::size_t to, MessagePtr& message)>;

  explicit Net(Options options);
  std::size_t add(std::uint64_t number, bool observer = false);  // a further node
  void boot(std::size_t i);
  void crash(std::size_t i);
  // Runs until `done` or the simulated time is up; true if done.
  bool run(
      TimeMs for_ms, const std::function<bool()>& done = [] { return false; });
  bool reach(Height h, TimeMs for_ms, const std::vector<std::size_t>& who);
  Height height(std::size_t i) const { return nodes[i]->chain.size(); }
  void inject(std::size_t from, std::size_t to, MessagePtr message);

  Options options;
  Hash256 chain_id;
  FakeRegistry registry;
  Eras eras;
  TestReader reader;
  std::vector<std::unique_ptr<Node>> nodes;
  Filter filter = [](std::size_t, std::size_t, MessagePtr&) { return true; };
  std::set<std::uint64_t> liars;      // validator numbers that evidence may convict
  std::set<std::uint64_t> convicted;  // validator numbers
  std::map<Height, Digest> finals;
  std::map<std::size_t, Era> resume_era;  // of nodes whose record is lost
  std::map<std::size_t, TimeMs> slow;     // further latency of what a node sends
  TimeMs now = 0;
  std::mt19937_64 rng;

 private:
  struct Entry {
    TimeMs at;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Entry& o) const { return std::tie(o.at, o.order) < std::tie(at, order); }
  };
  void later(TimeMs in_ms, std::function<void()> f) { queue_.push({now + in_ms, order_++, f}); }
  void later(std::size_t i, TimeMs in_ms, std::function<void(Node&)> f);
  void step(std::size_t i, const Event& event);
  void act(std::size_t i, const action::Send& a);
  void act(std::size_t i, const action::Broadcast& a);
  void act(std::size_t i, const action::Reply& a);
  void act(std::size_t i, const action::Persist& a);
  void act(std::size_t i, const action::SetTimer& a);
  void act(std::size_t i, const action::Build& a);
  void act(std::size_t i, const action::Validate& a);
  void act(std::size_t i, const action::Fetch& a);
  void act(std::size_t i, const action::Commit& a);
  void act(std::size_t i, const action::Report& a);
  void act(std::size_t i, const action::RequestSync& a);
  void act(std::size_t i, const action::Penalise& a);
  void act(std::size_t i, const action::Alarm& a);
  void to_key(std::size_t i, const PublicKey& key, const MessagePtr& m);
  void deliver(std::size_t from, std::size_t to, MessagePtr message);
  void check_signed(std::size_t i, const Message& message);
  void sync(std::size_t i);
  void judge(const Evidence& evidence);
  TimeMs latency() {
    return options.latency_min + rng() % (options.latency_max - options.latency_min + 1);
  }

  std::priority_queue<Entry> queue_;
  std::uint64_t order_ = 0;
  std::map<std::tuple<std::uint64_t, Height, Round, Kind>, std::pair<Vote, std::uint64_t>> signed_;
  std::unique_ptr<Verifier> judge_verifier_;
};

}  // namespace cess::consensus
