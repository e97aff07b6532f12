// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base pois
#include "chain/client/judge_turn.hpp"

#include <gtest/gtest.h>

namespace cess::client {
namespace judge_turn_test {

using Act = JudgeTurn::Act;

TEST(JudgeTurn, AbsentIsSaidInTheLastPartAfterSeveralTries) {
  for (const Height blocks : {20U, 60U, 600U}) {
    JudgeTurn turn;
    const Height due = 1000 + blocks;
    unsigned tries = 0;
    Height said = 0;
    for (Height now = 1000; now < due && said == 0; ++now) {
      const Act act = turn.next(now, due);
      if (act == Act::absent) said = now;
      if (act != Act::ask) continue;
      ++tries;
      turn.failed(now);
    }
    EXPECT_GE(tries, 3U);
    EXPECT_LE(tries, 60U);  // and not with each block
    EXPECT_GE(said + std::max<Height>(2, blocks / 8), due) << blocks;
    EXPECT_LT(said, due - 1) << blocks;  // there is a block left for it
  }
}

TEST(JudgeTurn, PausesAreAPartOfTheTimeLeft) {
  JudgeTurn turn;
  EXPECT_EQ(turn.next(100, 180), Act::ask);
  turn.failed(100);  // 80 are left
  EXPECT_EQ(turn.next(109, 180), Act::wait);
  EXPECT_EQ(turn.next(110, 180), Act::ask);
  turn.failed(176);
  EXPECT_EQ(turn.next(177, 180), Act::ask);  // a block at least, and only the third try counts
  turn.failed(177);
  EXPECT_EQ(turn.next(177, 180), Act::wait);
  EXPECT_EQ(turn.next(178, 180), Act::absent);
}

TEST(JudgeTurn, WhoCameLateSaysNothingAboutAbsence) {
  JudgeTurn turn;
  for (Height now = 1058; now < 1060; ++now) {
    EXPECT_EQ(turn.next(now, 1060), Act::ask);
    turn.failed(now);
  }
}

TEST(JudgeTurn, AVerdictIsWaitedForAndSentAgainWhenItIsLost) {
  JudgeTurn turn;
  EXPECT_EQ(turn.next(100, 160), Act::ask);
  turn.sent(108);
  EXPECT_EQ(turn.next(101, 160), Act::wait);
  EXPECT_EQ(turn.next(108, 160), Act::wait);
  EXPECT_EQ(turn.next(109, 160), Act::again);
  // Other judges are drawn, this one among them: nothing of the first draw counts.
  EXPECT_EQ(turn.next(160, 220), Act::ask);
  turn.failed(160);
  turn.failed(170);
  turn.failed(219);
  EXPECT_EQ(turn.next(220, 280), Act::ask);
}

}  // namespace judge_turn_test
}  // namespace cess::client
