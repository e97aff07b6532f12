// SPDX-License-Identifier: Apache-2.0
// links: net
// A network that prunes: what is left, and what becomes of who comes late.
#include <gmock/gmock.h>

#include "unit/chain/node/test_network.hpp"

namespace cess::node {
namespace {

TEST(Pruning, OldBlocksGoLateComersSaySoAndBeginWithTheState) {
  Network net(2, 2, 20, true);
  Node& node = *net.nodes[0];
  // The least that is kept are 16 blocks; some go every 8.
  ASSERT_TRUE(net.until([&] {
    const Height over = node.durable_height() % 8;
    return *node.store().oldest() > 1 && node.durable_height() > 40 && over > 1 && over < 6;
  }));
  // Without its other validator the chain stands, and whoever comes now has all the time it takes.
  net.stop(1);
  const Height oldest = *node.store().oldest();
  EXPECT_GE(node.durable_height(), oldest + 16);
  EXPECT_FALSE(*node.store().block(oldest - 1)) << "pruned";
  EXPECT_FALSE(*node.store().receipts(oldest - 1));
  ASSERT_TRUE(*node.store().block(oldest));
  ASSERT_TRUE(*node.store().certificate(oldest));

  // From the first block on nobody can help: the late one knows it, and says so.
  const auto late = net.observer("late", {});
  ASSERT_TRUE(net.until([&] {
    return testing::Value(net.lines, testing::Contains(testing::HasSubstr("is pruned at most")));
  }));
  EXPECT_FALSE(late->synced());
  EXPECT_EQ(late->durable_height(), 0U);
  EXPECT_GT(late->best_height(), 16U);

  // A checkpoint whose block is still there will do.
  const auto parsed = ledger::parse_whole(**node.store().block(oldest));
  ASSERT_TRUE(parsed);
  const auto fresh = net.observer("fresh", SyncFrom{oldest, (*parsed)->hash});
  ASSERT_TRUE(net.until(
      [&] { return fresh->synced() && fresh->durable_height() >= node.durable_height(); }));
  EXPECT_GT(*fresh->store().oldest(), oldest);

  // A pruned folder opens again, and goes on.
  const Height height = node.durable_height();
  net.stop(0);
  net.start(0);
  net.start(1);
  ASSERT_TRUE(net.until([&] { return net.nodes[0]->durable_height() > height; }));
  EXPECT_GT(*net.nodes[0]->store().oldest(), 1U);
}

}  // namespace
}  // namespace cess::node
