// SPDX-License-Identifier: Apache-2.0
#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cess::net {
namespace {

TEST(Loop, TimersAndTasksInOrder) {
  Loop loop;
  std::string order;
  loop.start_timer(20, [&] { loop.stop(); });
  const TimerId never = loop.start_timer(5, [&] { order += "never"; });
  loop.start_timer(10, [&] { order += "c"; });
  loop.post([&] { order += "a"; });
  loop.post([&] {
    order += "b";
    loop.cancel_timer(never);
  });
  loop.run();
  EXPECT_EQ(order, "abc");
}

// A thread that is told to end before it came to run() would otherwise never end.
TEST(Loop, AStopBeforeRunEndsIt) {
  Loop loop;
  int ran = 0;
  loop.stop();
  loop.run();
  loop.post([&] { ++ran; });
  EXPECT_TRUE(loop.run_some(0));
  EXPECT_EQ(ran, 1);
}

TEST(Loop, RunsAgainAfterAStop) {
  Loop loop;
  int ran = 0;
  for (int i = 1; i <= 3; ++i) {
    loop.post([&] {
      ++ran;
      loop.stop();
    });
    loop.run();
    EXPECT_EQ(ran, i);
  }
}

TEST(Loop, AStopIsKeptOverRunSome) {
  Loop loop;
  int ran = 0;
  loop.stop();
  loop.post([&] { ++ran; });
  EXPECT_TRUE(loop.run_some(0));
  EXPECT_EQ(ran, 1);
  loop.run();
}

}  // namespace
}  // namespace cess::net
