// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base
// What a miner is told about its standing: each state, and what to do about it.
#include "miner/standing.hpp"

#include <gtest/gtest.h>

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

}  // namespace standing_test
}  // namespace cess::miner
