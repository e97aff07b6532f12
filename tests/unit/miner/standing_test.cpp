// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base
// What a miner is told about its standing: each state, and what to do about it.
#include "miner/standing.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace cess::miner {
namespace standing_test {

using miners::MinerState;

constexpr Amount kToken = kBaseUnitsPerToken;

miners::Miner miner_in(MinerState state, Amount stake, Amount debt = 0) {
  miners::Miner m;
  m.state = state;
  m.stake = stake;
  m.debt = debt;
  return m;
}

TEST(Standing, AFrozenMinerHearsWhatItLacksAndHowToAddIt) {
  EXPECT_EQ(why_waits(miner_in(MinerState::frozen, 1800 * kToken), 2000 * kToken),
            "frozen for lack of 200 CESS of stake; add it: cess-chain tx call miners.top_up "
            "amount=200CESS -k account.key");
  // Whole tokens, rounded up; a debt comes on top.
  EXPECT_EQ(why_waits(miner_in(MinerState::frozen, 2000 * kToken - 1, kToken / 2), 2000 * kToken),
            "frozen for lack of 1 CESS of stake, 1 CESS of it fines that are not paid; add it: "
            "cess-chain tx call miners.top_up amount=1CESS -k account.key");
}

TEST(Standing, WhoIsAtWorkWaitsForNothing) {
  auto m = miner_in(MinerState::positive, kToken);
  m.idle = 5;
  EXPECT_EQ(why_waits(m, kToken), "not drawn for any file yet");
  m.service = 1;
  EXPECT_EQ(why_waits(m, kToken), "");
  m.service = 0;
  m.locked = 1;
  EXPECT_NE(why_waits(m, kToken).find("drawn for a file"), std::string::npos);
  m.locked = m.idle = 0;
  EXPECT_NE(why_waits(m, kToken).find("no idle space is left"), std::string::npos);
}

TEST(Standing, WhoLeavesHearsWhenItIsOver) {
  auto m = miner_in(MinerState::locked, kToken);
  m.until = 77;
  EXPECT_EQ(why_waits(m, kToken), "leaving: its exit begins at block 77");
  m.state = MinerState::offline;
  EXPECT_NE(why_waits(m, kToken).find("may be withdrawn from block 77"), std::string::npos);
  m.until = 0;
  EXPECT_NE(why_waits(m, kToken).find("being handed on"), std::string::npos);
}

/// A node that is not at the head of its chain, or not there.
class BehindNode final : public client::Rpc {
 public:
  bool there = true;

 private:
  Result<Json> ask(const std::string& method, Json /*params*/) override {
    if (!there) return fail(Code::peer, "connection refused");
    if (method == "node_info")
      return Json{{"height", 41U}, {"best_height", 1042U}, {"synced", false}};
    return fail(Code::no, "unexpected " + method, method);
  }
};

TEST(Standing, WithoutAChainItSaysWhatItsNodeDoes) {
  BehindNode node;
  const AccountId me;
  Standing s = stand(node, me, {});
  EXPECT_EQ(s.waits, "the node is syncing at 41 of 1042");
  EXPECT_EQ(s.height, 41U);
  EXPECT_EQ(s.best_height, 1042U);
  EXPECT_FALSE(s.record);
  EXPECT_NE(write_json(standing_json(s)).find("syncing at 41 of 1042"), std::string::npos);
  node.there = false;
  s = stand(node, me, {});
  EXPECT_NE(s.waits.find("connection refused"), std::string::npos) << s.waits;
  EXPECT_EQ(s.height, 0U);
}

}  // namespace standing_test
}  // namespace cess::miner
