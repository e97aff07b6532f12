// SPDX-License-Identifier: Apache-2.0
// A loop that runs until something holds, with a bound on events that keeps a broken test from
// hanging.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/ed25519.hpp"
#include "net/peers.hpp"

namespace cess::net::test {

/// Runs the loop until `done` holds; false when nothing happened for half a minute.
template <class F>
bool run_until(Loop& loop, F done) {
  while (!done()) {
    if (!loop.run_some(30'000)) return false;
  }
  return true;
}

inline Key256 seed_of(std::uint8_t n) {
  Key256 k;
  k.mut()[0] = n;
  return k;
}
inline NodeKey key_of(std::uint8_t n) { return NodeKey::from(ed25519_public(seed_of(n))); }

inline Hash256 genesis_of(std::uint8_t n) {
  Hash256 h;
  h.bytes[31] = n;
  return h;
}

inline constexpr Channel kVotes = 1;
inline constexpr Channel kBodies = 2;

inline PeersConfig config_of(std::uint8_t n, std::uint8_t genesis = 1) {
  PeersConfig c;
  c.node_seed = seed_of(n);
  c.genesis = genesis_of(genesis);
  c.channels[kVotes] = {1024, true};
  c.channels[kBodies] = {4U << 20U, false};
  c.listen = Endpoint{"127.0.0.1", 0};
  c.redial_ms_min = 5;
  return c;
}

/// Writes down what happens.
class Log final : public PeerEvents {
 public:
  void on_peer_up(const PeerInfo& peer) override { up.push_back(peer); }
  void on_peer_down(const NodeKey&, const std::string& reason) override { down.push_back(reason); }
  void on_message(const NodeKey&, Channel channel, Bytes body) override {
    messages.emplace_back(channel, std::move(body));
  }
  void on_refused(const Endpoint&, const std::string& reason) override {
    refused.push_back(reason);
  }

  std::vector<PeerInfo> up;
  std::vector<std::string> down;
  std::vector<std::pair<Channel, Bytes>> messages;
  std::vector<std::string> refused;
};

inline SharedBytes share(Bytes b) { return std::make_shared<const Bytes>(std::move(b)); }

}  // namespace cess::net::test
