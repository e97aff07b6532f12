// SPDX-License-Identifier: Apache-2.0
// Peers and what they say.
#include "chain/node/detail/node_impl.hpp"
#include "sys/terminal.hpp"

namespace cess::node {

namespace {
constexpr std::uint32_t kMalformedPoints = 50;
constexpr std::size_t kAddressesKept = 32;
}  // namespace

Node::Peer* Node::peer_of(consensus::PeerId id) {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &by_key_.at(it->second);
}

/// Its seat in the committee of the current height.
std::optional<consensus::ValidatorIndex> Node::member_of(const net::NodeKey& key) const {
  const auto& members = ledger_->committee().members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (net::NodeKey::from(members[i].node_key) == key)
      return static_cast<consensus::ValidatorIndex>(i);
  }
  return std::nullopt;
}

void Node::on_peer_up(const net::PeerInfo& info) {
  Peer peer;
  peer.id = ++peer_last_;
  peer.key = info.key;
  by_id_.emplace(peer.id, info.key);
  by_key_.insert_or_assign(info.key, std::move(peer));
  log("peer " + to_hex(info.key).substr(0, 8) + " at " + net::format_endpoint(info.remote) +
      " connected");
  send(info.key, own_head());
  wire::Addresses known;
  for (const auto& other : peers_->list()) {
    if (other.key == info.key || other.listen_port == 0 || known.entries.size() >= kAddressesKept)
      continue;
    known.entries.push_back(
        {other.key.bytes, net::format_endpoint({other.remote.host, other.listen_port})});
  }
  if (!known.entries.empty()) send(info.key, known);
  // What waits here it may not have heard of.
  wire::TxnHave have;
  for (const PoolTxnPtr& txn : pool_.list(wire::kHashesMax)) have.hashes.push_back(txn->hash);
  if (!have.hashes.empty()) send(info.key, have);
  const auto member = member_of(info.key);
  if (core_ && member) feed(consensus::event::Connected{by_key_.at(info.key).id, *member});
}

void Node::on_peer_down(const net::NodeKey& key, const std::string& reason) {
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  log("peer " + to_hex(key).substr(0, 8) + " gone: " + reason);
  const consensus::PeerId id = it->second.id;
  by_id_.erase(id);
  by_key_.erase(it);
  if (sync_) feed_sync(consensus::sync_event::PeerGone{id});
}

void Node::on_refused(const net::Endpoint& remote, const std::string& reason) {
  if (reason.starts_with("no connection")) return;  // not up yet: the dial list tries again
  log("no peer at " + net::format_endpoint(remote) + ": " + reason);
}

Height Node::peer_height(const net::NodeKey& key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? 0 : it->second.head.height;
}

void Node::misbehaved(const net::NodeKey& peer, std::uint32_t points, const std::string& why) {
  ++counters_.penalties;
  log("peer " + to_hex(peer).substr(0, 8) + ": " + why);
  peers_->penalize(peer, points, why);
}

void Node::send(const net::NodeKey& to, const wire::Message& message) {
  peers_->send(to, wire::channel_of(message), std::make_shared<const Bytes>(wire::encode(message)));
}

void Node::broadcast(const wire::Message& message) {
  peers_->broadcast(wire::channel_of(message),
                    std::make_shared<const Bytes>(wire::encode(message)));
}

wire::Head Node::own_head() const { return {durable_, durable_hash_, oldest_, snapshot_height_}; }

void Node::on_message(const net::NodeKey& key, net::Channel channel, Bytes body) {
  const auto it = by_key_.find(key);
  if (it == by_key_.end() || failed_ || closing_) return;
  if (channel == wire::kVotes || channel == wire::kProposals)
    return receive_consensus(it->second, body);
  auto message = wire::decode(body);
  if (!message) return misbehaved(key, kMalformedPoints, message.error().message);
  if (wire::channel_of(*message) != channel)
    return misbehaved(key, kMalformedPoints, "message on the wrong channel");
  std::visit([&](auto& m) { receive(it->second, std::move(m)); }, *message);
}

void Node::receive_consensus(Peer& peer, const Bytes& body) {
  if (!core_) return;
  auto message = consensus::decode_message(body);
  if (!message) return misbehaved(peer.key, kMalformedPoints, message.error().message);
  consensus::event::Received event;
  event.peer = peer.id;
  event.from = member_of(peer.key);
  event.message = std::make_shared<const consensus::Message>(std::move(*message));
  feed(std::move(event));
}

void Node::receive(Peer& peer, wire::Head&& m) {
  peer.head = m;
  if (join_ && !join_asked()) ask_for_state();
  feed_sync(consensus::sync_event::PeerHeight{peer.id, m.height, m.oldest});
}

void Node::receive(Peer& peer, wire::AskRange&& m) {
  wire::Range range;
  range.first = m.first;
  std::size_t bytes = 0;
  const Height count = std::min<Height>(m.count, wire::kRangeBlocksMax);
  for (Height h = m.first; h < m.first + count && h <= durable_; ++h) {
    const auto block = store_->block(h);
    if (!block || !*block) break;
    if (!range.blocks.empty() && bytes + (*block)->size() > wire::kRangeBytesMax) break;
    bytes += (*block)->size();
    range.blocks.push_back(std::make_shared<const Bytes>(std::move(**block)));
  }
  if (!range.blocks.empty()) {
    const auto last = store_->certificate(m.first + range.blocks.size() - 1);
    if (last) range.last = *last;
  }
  send(peer.key, range);
}

void Node::receive(Peer& peer, wire::AskBlock&& m) {
  wire::OneBlock out{m.digest, nullptr};
  if (const auto it = blocks_.find(m.digest); it != blocks_.end()) {
    out.block = it->second.second;
  } else if (const auto pending = store_->pending_block(m.digest); pending && *pending) {
    out.block = std::make_shared<const Bytes>(**pending);
  } else if (const auto height = store_->height_of(ledger::hash_of(m.digest)); height && *height) {
    if (const auto block = store_->block(**height); block && *block)
      out.block = std::make_shared<const Bytes>(**block);
  }
  if (out.block) send(peer.key, out);
}

void Node::receive(Peer& peer, wire::OneBlock&& m) {
  // Unasked blocks would be memory for whoever likes.
  if (!fetching_.contains(m.digest)) return;
  const auto parsed = ledger::parse_whole(*m.block);
  if (!parsed || ledger::digest_of((*parsed)->hash) != m.digest) {
    return misbehaved(peer.key, kMalformedPoints, "another block than asked for");
  }
  keep_block(m.digest, m.block);
  feed(consensus::event::Fetched{peer.id, m.digest, m.block});
}

void Node::receive(Peer& peer, wire::EvidenceNote&& m) {
  if (!add_evidence(m.evidence))
    misbehaved(peer.key, kMalformedPoints, "evidence that proves nothing");
}

/// More peers, if there is room. Addresses prove nothing: the key is asked for in the handshake.
void Node::receive(Peer& /*peer*/, wire::Addresses&& m) {
  for (const auto& entry : m.entries) {
    const auto key = net::NodeKey::from(entry.node_key);
    if (key == peers_->own_key() || by_key_.contains(key)) continue;
    if (by_key_.size() * 2 >= config_.peers_max) return;
    if (const auto at = net::parse_endpoint(entry.address, "address"); at) peers_->dial(*at, key);
  }
}

}  // namespace cess::node
