// SPDX-License-Identifier: Apache-2.0
// The transport between nodes: TLS 1.3 with node keys, framed messages on channels, two priorities,
// bounded queues, scores and bans, a dial list that reconnects. It knows nothing of what the
// messages say. Loop thread only. Wire format: doc/formats/peer.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "net/endpoint.hpp"
#include "net/frame.hpp"
#include "net/loop.hpp"
#include "net/score.hpp"

namespace cess::net {

using SharedBytes = std::shared_ptr<const Bytes>;

struct PeersConfig {
  Key256 node_seed;                 ///< the Ed25519 node key; nothing else is signed with it
  std::string protocol = "cess/1";  ///< with its version; strangers to it drop at the handshake
  Hash256 genesis;                  ///< likewise
  ChannelRules channels{};          ///< channel 0 is taken
  std::optional<Endpoint> listen;   ///< port 0: any; none: dials only
  std::size_t peer_count_max = 64;  ///< connections beyond are refused, but for `reserved` keys
  std::size_t handshake_count_max = 64;  ///< unfinished incoming connections
  std::uint64_t handshake_ms_max = 10'000;
  std::uint64_t idle_ms_max = 30'000;  ///< without a whole chunk from the peer; pings keep it alive
  std::uint64_t stall_ms_max = 15'000;  ///< that a write may stand still before the peer is dropped
  std::uint64_t redial_ms_min = 250;    ///< doubles up to the maximum
  std::uint64_t redial_ms_max = 20'000;
  SendQueue::Limits queue;
  ScoreBook::Rules score;
};

struct PeerInfo {
  NodeKey key;
  Endpoint remote;                ///< the address it comes from or was dialled at
  std::uint16_t listen_port = 0;  ///< what it says it listens on; 0: it does not
  bool outgoing = false;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint32_t score = 0;
};

/// What the transport tells its owner. Calls come from the loop, never from inside a call of Peers.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;
  virtual void on_peer_up(const PeerInfo& peer) = 0;
  virtual void on_peer_down(const NodeKey& peer, const std::string& reason) = 0;
  virtual void on_message(const NodeKey& peer, Channel channel, Bytes body) = 0;
  /// A connection that never became a peer, with the reason: version mismatch, genesis mismatch...
  virtual void on_refused(const Endpoint& remote, const std::string& reason) = 0;
};

class Peers {
 public:
  /// Listens if asked to. `loop` and `events` must outlive it. Code::system when the address is
  /// taken.
  static Result<std::unique_ptr<Peers>> open(Loop& loop, PeersConfig config, PeerEvents& events);
  ~Peers();

  [[nodiscard]] NodeKey own_key() const;
  /// The address listened on, with the real port.
  [[nodiscard]] std::optional<Endpoint> local() const;

  /// Connects, and again whenever the connection is lost, until forget(). With `key`, anybody else
  /// behind that address is refused.
  void dial(const Endpoint& remote, std::optional<NodeKey> key);
  void forget(const Endpoint& remote);
  /// Peers that are let in when the house is full (validators).
  void set_reserved(std::set<NodeKey> keys);

  /// Queues a message. False when there is no such peer, or its queue is full: then urgent messages
  /// drop the peer (it does not read), others are just not sent.
  bool send(const NodeKey& peer, Channel channel, SharedBytes body);
  /// send() to everybody but `except`; returns how many took it.
  std::size_t broadcast(Channel channel, const SharedBytes& body,
                        const std::optional<NodeKey>& except = {});
  /// Bytes of bulk messages that wait for `peer`; the back-pressure a sender of bodies looks at.
  [[nodiscard]] std::size_t waiting_bytes(const NodeKey& peer) const;

  /// The peer sent something it must not: points on its score, and out at the threshold.
  void penalize(const NodeKey& peer, std::uint32_t points, const std::string& why);
  void disconnect(const NodeKey& peer, const std::string& why);
  [[nodiscard]] bool connected(const NodeKey& peer) const;
  [[nodiscard]] std::vector<PeerInfo> list() const;
  [[nodiscard]] std::size_t count() const;
  /// Says goodbye to all, stops listening and dialling. Then run the loop until count() is 0, or do
  /// not.
  void close();

 private:
  class Impl;
  explicit Peers(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace cess::net
