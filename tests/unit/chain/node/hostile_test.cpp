// SPDX-License-Identifier: Apache-2.0
// links: net
// A stranger with a key of its own and nothing good to say: dropped and scored, and the chain goes
// on.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "chain/consensus/messages.hpp"
#include "crypto/bls.hpp"
#include "unit/chain/node/test_network.hpp"

namespace cess::node {
namespace hostile_test {

/// Connects to a node, says one thing again and again, and is heard of no more.
class Rude final : public net::PeerEvents {
 public:
  Rude(Network& net, net::Channel channel, Bytes body)
      : channel_(channel), body_(std::make_shared<const Bytes>(std::move(body))) {
    net::PeersConfig c;
    c.node_seed = system_random().key();
    c.genesis = net.nodes[0]->ledger().position().genesis;
    c.channels = wire::channel_rules();
    for (std::size_t i = 1; i < c.channels.size(); ++i) c.channels[i].size_max = 1U << 24U;
    peers_ = std::move(*net::Peers::open(net.loop, std::move(c), *this));
    peers_->dial(*net.nodes[0]->peers().local(), net.nodes[0]->peers().own_key());
  }
  void on_peer_up(const net::PeerInfo& peer) override {
    for (int i = 0; i < 10; ++i) peers_->send(peer.key, channel_, body_);
  }
  void on_peer_down(const net::NodeKey&, const std::string&) override { down = true; }
  void on_refused(const net::Endpoint&, const std::string&) override {}
  void on_message(const net::NodeKey&, net::Channel, Bytes) override {}
  bool down = false;

 private:
  net::Channel channel_;
  std::shared_ptr<const Bytes> body_;
  std::unique_ptr<net::Peers> peers_;
};

bool heard_of(const Network& net, const std::string& words) {
  return std::ranges::any_of(net.lines,
                             [&](const auto& l) { return l.find(words) != std::string::npos; });
}

/// Speaks no TLS; true once the other side has hung up.
class Stranger {
 public:
  explicit Stranger(const net::Endpoint& to) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(to.port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const Bytes rubbish(4'000, 0x16);
    said = ::connect(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0 &&
           ::send(fd_, rubbish.data(), rubbish.size(), MSG_NOSIGNAL) > 0;
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() { ::close(fd_); }
  [[nodiscard]] bool hung_up() const {
    std::uint8_t b[64];
    const auto n = ::recv(fd_, b, sizeof b, MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  }
  bool said = false;

 private:
  int fd_;
};

TEST(HostilePeer, RubbishIsScoredAndTheChainGoesOn) {
  Network net(1, 1, 500);  // an era lasts half a minute: the certificate comes first
  Node& node = *net.nodes[0];
  ASSERT_TRUE(net.until([&] { return node.durable_height() >= 1; }));

  // A certificate of a far height whose aggregate is a point of the curve outside the subgroup.
  consensus::Certificate strange;
  strange.kind = consensus::Kind::commit;
  strange.era = node.ledger().next_era();
  strange.height = 1'000;
  strange.signers.size = 1;
  strange.signers.add(0);
  strange.aggregate[0] = 0x80;
  strange.aggregate[47] = 4;
  ASSERT_TRUE(bls::G1::parse_unchecked_subgroup(strange.aggregate));
  ASSERT_FALSE(bls::G1::parse(strange.aggregate));
  // Evidence in good form whose signatures are wrong.
  consensus::TwoVotes lie;
  for (auto* side : {&lie.first, &lie.second}) {
    side->vote = {consensus::Kind::prepare, strange.era, 1, 0, {}, 0};
    side->vote.digest.bytes[0] = side == &lie.first ? 1 : 2;
  }
  struct Case {
    const char* what;
    net::Channel channel;
    Bytes body;
    const char* reason;  // as logged
  };
  const std::vector<Case> cases = {
      {"a certificate outside the subgroup", wire::kVotes,
       encode_message(consensus::CertificateMessage{strange}), "sent a false certificate"},
      {"no message", wire::kControl, Bytes(40, 0xee), "unknown kind 238"},
      {"no vote", wire::kVotes, Bytes(200, 7), "consensus message: type out of range"},
      {"no proposal", wire::kProposals, Bytes(3'000, 9), "consensus message: type out of range"},
      {"a body on the wrong channel", wire::kBodies, wire::encode(wire::Head{}),
       "message on the wrong channel"},
      {"false evidence", wire::kControl, wire::encode(wire::EvidenceNote{encode_evidence(lie)}),
       "evidence that proves nothing"},
  };
  for (const Case& c : cases) {
    const std::uint64_t before = node.counters().penalties;
    const Rude rude(net, c.channel, c.body);
    EXPECT_TRUE(net.until([&] { return node.counters().penalties > before && rude.down; }))
        << c.what;
    EXPECT_TRUE(heard_of(net, c.reason)) << c.what;
  }
  // Over the limit of its channel: out before the node reads a word of it.
  // No channel of ours.
  const Rude astray(net, 200, Bytes(10));
  EXPECT_TRUE(net.until([&] { return astray.down; }));
  EXPECT_TRUE(heard_of(net, "cannot read frame: unknown channel"));
  // No TLS at all.
  const Stranger mute(*node.peers().local());
  ASSERT_TRUE(mute.said);
  EXPECT_TRUE(net.until([&] { return mute.hung_up(); }));
  const Rude fat(net, wire::kVotes, Bytes((64U << 10U) + 1));
  EXPECT_TRUE(net.until([&] { return fat.down; }));
  EXPECT_TRUE(net.until([&] { return heard_of(net, "message over 65536 bytes on channel"); }));
  const Height height = node.durable_height();
  EXPECT_TRUE(net.until([&] { return node.durable_height() >= height + 2; })) << "it goes on";
}

/// Listens as a node of another version or of another chain does.
class Foreigner final : public net::PeerEvents {
 public:
  Foreigner(Network& net, const std::string& protocol, const Hash256& genesis) {
    net::PeersConfig c;
    c.node_seed = system_random().key();
    c.protocol = protocol;
    c.genesis = genesis;
    c.channels = wire::channel_rules();
    c.listen = net::Endpoint{"127.0.0.1", 0};
    peers_ = std::move(*net::Peers::open(net.loop, std::move(c), *this));
  }
  [[nodiscard]] net::Endpoint at() const { return *peers_->local(); }
  void on_peer_up(const net::PeerInfo&) override { up = true; }
  void on_peer_down(const net::NodeKey&, const std::string&) override {}
  void on_refused(const net::Endpoint&, const std::string&) override {}
  void on_message(const net::NodeKey&, net::Channel, Bytes) override {}
  bool up = false;

 private:
  std::unique_ptr<net::Peers> peers_;
};

// An operator reads in the log what is wrong with a peer of the list, in words and with both names.
TEST(HostilePeer, AnotherVersionAndAnotherChainAreNamed) {
  Network net(1, 1, 500);
  Node& node = *net.nodes[0];
  const Hash256 ours = node.ledger().position().genesis;
  Hash256 theirs = ours;
  theirs.bytes[0] ^= 1U;
  const Foreigner old(net, "cess/0", ours);
  const Foreigner far(net, "cess/1", theirs);
  const auto line = [](const Foreigner& f, const std::string& why) {
    return "no peer at " + net::format_endpoint(f.at()) + ": " + why;
  };
  node.peers().dial(old.at(), {});
  EXPECT_TRUE(net.until([&] {
    return heard_of(net, line(old, "version mismatch: it speaks 'cess/0', we speak 'cess/1'"));
  }));
  node.peers().dial(far.at(), {});
  EXPECT_TRUE(net.until([&] {
    return heard_of(net, line(far, "genesis mismatch: its chain is '" + to_hex(theirs) +
                                       "', ours is '" + to_hex(ours) + "'"));
  }));
  EXPECT_FALSE(old.up || far.up);
  EXPECT_TRUE(net.until([&] { return node.durable_height() >= 2; })) << "it goes on";
}

}  // namespace hostile_test
}  // namespace cess::node
