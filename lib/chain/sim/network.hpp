// SPDX-License-Identifier: Apache-2.0
// The network between nodes: when, how often and whether a message arrives. Latency by region,
// jitter, loss, duplication, reordering, links cut one way, links that hold everything back and
// then let it go at once (clogs). Messages are datagrams: nothing is sent again by itself. One
// thread.
#pragma once

#include <map>

#include "chain/sim/base.hpp"

namespace cess::sim {

struct NetworkOptions {
  unsigned regions = 1;            ///< nodes are dealt out in turn
  SimTime near_us = 500;           ///< one way within a region
  SimTime far_us = 40 * kMs;       ///< most between regions; each pair draws its own
  unsigned jitter_permille = 100;  ///< of the latency
  unsigned loss_permille = 0;
  unsigned duplicate_permille = 0;
  unsigned reorder_permille = 0;  ///< held back by up to reorder_us
  SimTime reorder_us = 300 * kMs;
};

class Network {
 public:
  Network(std::uint64_t seed, const NetworkOptions& options, std::size_t nodes);

  /// When a message sent now from `from` to `to` arrives: no, one or two times.
  std::vector<SimTime> plan(NodeId from, NodeId to, SimTime now);

  /// A cut link loses what is sent. Cuts count, so that two faults may cut the same link.
  void cut(NodeId from, NodeId to, bool on);
  /// What is sent on a clogged link arrives when it opens, in the order of chance.
  void clog(NodeId from, NodeId to, SimTime until);
  void set_loss(unsigned permille) { loss_permille_ = permille; }
  void set_delay(SimTime extra) { extra_us_ = extra; }
  /// Loss, duplication, reordering and delay end: the network is as good as its latencies.
  void calm();
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  struct Link {
    SimTime latency = 0;
    SimTime clogged_until = 0;
    unsigned cuts = 0;
  };
  Link& link(NodeId from, NodeId to) { return links_[from * nodes_ + to]; }

  Random random_;
  NetworkOptions options_;
  std::size_t nodes_;
  std::vector<Link> links_;
  unsigned loss_permille_;
  SimTime extra_us_ = 0;
  std::uint64_t sent_ = 0, lost_ = 0;
};

}  // namespace cess::sim
