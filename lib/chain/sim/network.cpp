// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/network.hpp"

namespace cess::sim {

Network::Network(std::uint64_t seed, const NetworkOptions& options, std::size_t nodes)
    : random_(Random::stream(seed, "network")),
      options_(options),
      nodes_(nodes),
      links_(nodes * nodes),
      loss_permille_(options.loss_permille) {
  const unsigned regions = std::max(1U, options.regions);
  std::vector<SimTime> between(std::size_t{regions} * regions, options.near_us);
  for (unsigned a = 0; a < regions; ++a) {
    for (unsigned b = 0; b < a; ++b) {
      const SimTime far =
          random_.between(options.near_us, std::max(options.near_us, options.far_us));
      between[a * regions + b] = between[b * regions + a] = far;
    }
  }
  for (std::size_t i = 0; i < nodes; ++i) {
    for (std::size_t j = 0; j < nodes; ++j) {
      links_[i * nodes + j].latency = between[i % regions * regions + j % regions];
    }
  }
}

std::vector<SimTime> Network::plan(NodeId from, NodeId to, SimTime now) {
  Link& l = link(from, to);
  ++sent_;
  std::vector<SimTime> out;
  if (l.cuts > 0 || random_.chance(loss_permille_)) {
    ++lost_;
    return out;
  }
  const unsigned copies = random_.chance(options_.duplicate_permille) ? 2 : 1;
  for (unsigned i = 0; i < copies; ++i) {
    SimTime at = now + l.latency + extra_us_ +
                 random_.below(l.latency * options_.jitter_permille / 1000 + 1);
    if (random_.chance(options_.reorder_permille)) at += random_.below(options_.reorder_us + 1);
    if (at < l.clogged_until) at = l.clogged_until + random_.below(20 * kMs);
    out.push_back(at);
  }
  return out;
}

void Network::cut(NodeId from, NodeId to, bool on) {
  Link& l = link(from, to);
  if (on) {
    ++l.cuts;
  } else if (l.cuts > 0) {
    --l.cuts;
  }
}

void Network::clog(NodeId from, NodeId to, SimTime until) {
  Link& l = link(from, to);
  l.clogged_until = std::max(l.clogged_until, until);
}

void Network::calm() {
  loss_permille_ = 0;
  extra_us_ = 0;
  options_.duplicate_permille = 0;
  options_.reorder_permille = 0;
  for (Link& l : links_) l.cuts = 0, l.clogged_until = 0;
}

}  // namespace cess::sim
