// SPDX-License-Identifier: Apache-2.0
// Nodes that talk to each other over real TLS on the loopback.
#include "net/peers.hpp"

#include <gmock/gmock.h>

#include "base/hex.hpp"
#include "support.hpp"

namespace cess::net {
namespace {

using namespace test;  // NOLINT: the support of this test

struct Node {
  Log log;
  std::unique_ptr<Peers> peers;
  Node(Loop& loop, PeersConfig config) {
    auto opened = Peers::open(loop, std::move(config), log);
    EXPECT_TRUE(opened);
    peers = std::move(*opened);
  }
  [[nodiscard]] Endpoint at() const { return *peers->local(); }
};

TEST(Peers, MeetByKeyAndTalk) {
  Loop loop;
  Node a(loop, config_of(1));
  Node b(loop, config_of(2));
  a.peers->dial(b.at(), key_of(2));
  ASSERT_TRUE(run_until(loop, [&] { return !a.log.up.empty() && !b.log.up.empty(); }));
  EXPECT_EQ(a.log.up[0].key, key_of(2));
  EXPECT_EQ(b.log.up[0].key, key_of(1));
  EXPECT_EQ(b.log.up[0].listen_port, a.at().port);
  EXPECT_TRUE(a.log.up[0].outgoing);
  const Bytes big(3'000'000, 0x5a);
  EXPECT_TRUE(a.peers->send(key_of(2), kBodies, share(big)));
  EXPECT_TRUE(a.peers->send(key_of(2), kVotes, share({1, 2, 3})));
  EXPECT_TRUE(b.peers->send(key_of(1), kVotes, share({})));
  EXPECT_FALSE(a.peers->send(key_of(3), kVotes, share({})));
  ASSERT_TRUE(
      run_until(loop, [&] { return b.log.messages.size() == 2 && a.log.messages.size() == 1; }));
  EXPECT_EQ(b.log.messages[0].first, kVotes) << "the vote did not wait behind the body";
  EXPECT_EQ(b.log.messages[1].second, big);
  b.peers->close();
  ASSERT_TRUE(run_until(loop, [&] { return !a.log.down.empty(); }));
  EXPECT_EQ(a.log.down[0], "it left: shutting down");
}

TEST(Peers, StrangersAreToldWhatDiffers) {
  Loop loop;
  Node a(loop, config_of(1));
  Node b(loop, config_of(2, 9));
  PeersConfig old = config_of(3);
  old.protocol = "cess/0";
  Node c(loop, std::move(old));
  b.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return !a.log.refused.empty() && !b.log.refused.empty(); }));
  EXPECT_THAT(b.log.refused[0], testing::StartsWith("genesis mismatch: its chain is '" +
                                                    to_hex(genesis_of(1)) + "'"));
  b.peers->forget(a.at());
  c.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return !c.log.refused.empty(); }));
  EXPECT_EQ(c.log.refused[0], "version mismatch: it speaks 'cess/1', we speak 'cess/0'");
  EXPECT_TRUE(a.log.up.empty());
}

TEST(Peers, AnotherKeyBehindTheAddressIsRefused) {
  Loop loop;
  Node a(loop, config_of(1));
  Node b(loop, config_of(2));
  a.peers->dial(b.at(), key_of(3));
  ASSERT_TRUE(run_until(loop, [&] { return !a.log.refused.empty(); }));
  EXPECT_THAT(a.log.refused[0], testing::StartsWith("wrong node key: it is '" + to_hex(key_of(2))));
  EXPECT_TRUE(a.log.up.empty());
}

TEST(Peers, DiallingEachOtherEndsInOneConnection) {
  Loop loop;
  Node a(loop, config_of(1));
  Node b(loop, config_of(2));
  a.peers->dial(b.at(), key_of(2));
  b.peers->dial(a.at(), key_of(1));
  ASSERT_TRUE(run_until(loop, [&] { return a.peers->count() == 1 && b.peers->count() == 1; }));
  EXPECT_TRUE(a.peers->send(key_of(2), kVotes, share({1})));
  ASSERT_TRUE(run_until(loop, [&] {
    if (b.log.messages.empty() && a.peers->connected(key_of(2)))
      a.peers->send(key_of(2), kVotes, share({2}));
    return !b.log.messages.empty();
  }));
}

TEST(Peers, ReturnsAfterARestart) {
  Loop loop;
  Node a(loop, config_of(1));
  auto b = std::make_unique<Node>(loop, config_of(2));
  const Endpoint at = b->at();
  a.peers->dial(at, key_of(2));
  ASSERT_TRUE(run_until(loop, [&] { return a.log.up.size() == 1; }));
  b.reset();  // without a goodbye, as after kill -9
  ASSERT_TRUE(run_until(loop, [&] { return !a.log.down.empty(); }));
  PeersConfig again = config_of(2);
  again.listen = at;
  Node c(loop, std::move(again));
  ASSERT_TRUE(run_until(loop, [&] { return a.log.up.size() == 2; }));
}

TEST(Peers, FullHouseKeepsRoomForTheReserved) {
  Loop loop;
  PeersConfig small = config_of(1);
  small.peer_count_max = 1;
  Node a(loop, std::move(small));
  Node b(loop, config_of(2));
  Node c(loop, config_of(3));
  Node d(loop, config_of(4));
  a.peers->set_reserved({key_of(4)});
  b.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return a.peers->count() == 1; }));
  c.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return !c.log.down.empty() || !c.log.refused.empty(); }));
  EXPECT_EQ(c.log.down[0], "it left: no room for more peers");
  d.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return a.peers->count() == 2; }));
  EXPECT_TRUE(a.peers->connected(key_of(4)));
}

TEST(Peers, MisbehaviourIsBanned) {
  Loop loop;
  Node a(loop, config_of(1));
  Node b(loop, config_of(2));
  b.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return a.peers->count() == 1 && b.peers->count() == 1; }));
  a.peers->penalize(key_of(2), 99, "bad vote");
  EXPECT_EQ(a.peers->list()[0].score, 99U);
  a.peers->penalize(key_of(2), 1, "bad vote");
  ASSERT_TRUE(run_until(loop, [&] { return !b.log.down.empty(); }));
  EXPECT_EQ(b.log.down[0], "it left: banned: bad vote");
  ASSERT_TRUE(run_until(loop, [&] { return b.log.down.size() > 1; }));
  EXPECT_EQ(b.log.down[1], "it left: banned");
  EXPECT_EQ(a.log.up.size(), 1U);
}

TEST(Peers, AFrameOverItsLimitBans) {
  Loop loop;
  Node a(loop, config_of(1));
  PeersConfig wide = config_of(2);
  wide.channels[kVotes].size_max = 1'000'000;
  Node b(loop, std::move(wide));
  b.peers->dial(a.at(), {});
  ASSERT_TRUE(run_until(loop, [&] { return a.peers->count() == 1 && b.peers->count() == 1; }));
  EXPECT_TRUE(b.peers->send(key_of(1), kVotes, share(Bytes(1024))));
  EXPECT_TRUE(b.peers->send(key_of(1), kVotes, share(Bytes(1025))));
  ASSERT_TRUE(run_until(loop, [&] { return !a.log.down.empty(); }));
  EXPECT_EQ(a.log.messages.size(), 1U);
  EXPECT_EQ(a.log.down[0], "cannot read frame: message over 1024 bytes on channel 1");
  ASSERT_TRUE(run_until(loop, [&] { return b.log.down.size() > 1; }));
  EXPECT_EQ(b.log.down[1], "it left: banned");
}

}  // namespace
}  // namespace cess::net
