// SPDX-License-Identifier: Apache-2.0
// links: chain_mempool
// Several reports of one delivery at once: within what a node's pool takes of one account, and one
// that is lost on its way does not undo the others.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "chain/mempool/pool.hpp"
#include "transfer/pack_reports.hpp"
#include "unit/transfer/fake_world.hpp"
#include "unit/transfer/staged_bundle.hpp"

namespace cess::transfer {
namespace reports_test {

constexpr unsigned kSlots = 40;  // three reports of up to 16 receipts

class ReportsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "reports-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    // Ten segments of two fragments of 64 KiB, a stripe each.
    ASSERT_TRUE(write_file(folder_ + "/in", Bytes(1'300'000, 7), {}));
    auto made = stage_small(folder_ + "/in", folder_ + "/bundle");
    ASSERT_TRUE(made) << made.error().message;
    staged_ = std::move(made->staged);
    world_.declare(*staged_, 1);
    ASSERT_EQ(world_.file_->slot_count, kSlots);
    options_.poll_ms = 1;
    options_.warn = [this](const std::string& text) { warned_ += text + "\n"; };
    // The second block comes when all miners have signed, so that their receipts are there at once.
    world_.on_block = [this](Height height) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
      while (height == 2 && signed_count() < kSlots && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  unsigned signed_count() {
    const std::lock_guard lock(world_.mutex);
    return world_.receipts;
  }

  std::string folder_;
  std::optional<Staged> staged_;
  FakeWorld world_{4};
  DeliverOptions options_;
  std::string warned_;
};

TEST_F(ReportsTest, APoolTakesAsManyOfOneAccountAsAreSentAtOnce) {
  Mempool pool;
  const auto bytes = std::make_shared<const Bytes>(kTxnSizeMax);
  for (std::size_t i = 0; i < kReportsAtOnce; ++i) {
    PoolTxn txn;
    txn.hash.bytes[0] = static_cast<std::uint8_t>(i + 1);
    txn.sender = account(1);
    txn.nonce = i;
    txn.fee = 1;
    txn.valid_until = 1000;
    txn.bytes = bytes;
    const Status taken = pool.add(std::move(txn), {0, 1'000'000}, 1);
    ASSERT_TRUE(taken) << i << ": " << taken.error().message;
  }
}

// The chain is looked at where it is known to have moved: nobody sleeps over the end.
TEST_F(ReportsTest, AfterTheLastOneNothingIsWaitedFor) {
  options_.poll_ms = 120'000;
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(deliver(*staged_, world_, world_, options_));
  EXPECT_EQ(world_.file_->state, files::FileState::active);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(2));
}

TEST_F(ReportsTest, ADrawThatComesSoonIsSeenSoon) {
  options_.poll_ms = 120'000;
  const std::uint32_t drawn = std::exchange(world_.file_->stripe_segments, 0);
  world_.on_block = [&](Height height) {
    if (height == 3) world_.file_->stripe_segments = drawn;
  };
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(deliver(*staged_, world_, world_, options_));
  EXPECT_EQ(world_.file_->state, files::FileState::active);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(2));
}

TEST_F(ReportsTest, GoTogether) {
  ASSERT_TRUE(deliver(*staged_, world_, world_, options_));
  EXPECT_EQ(world_.file_->state, files::FileState::active);
  EXPECT_GT(world_.at_once, 1U);
  EXPECT_LE(world_.at_once, kReportsAtOnce);
}

TEST_F(ReportsTest, OneThatIsLostOnItsWayIsOfferedAgain) {
  // The first of several: those behind it get through.
  bool lost = false;
  world_.on_report = [&](unsigned) -> Status {
    if (std::exchange(lost, lost || world_.at_once > 1) || world_.at_once < 2) return {};
    return fail(Code::peer, "the node went away");
  };
  const Status done = deliver(*staged_, world_, world_, options_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(lost) << "no two reports went out together";
  EXPECT_NE(warned_.find("report not sent: the node went away"), std::string::npos) << warned_;
  EXPECT_EQ(world_.file_->state, files::FileState::active);
}

TEST_F(ReportsTest, WhenNoneGetsThroughItEnds) {
  world_.on_report = [](unsigned) -> Status { return fail(Code::peer, "no node answers"); };
  const Status done = deliver(*staged_, world_, world_, options_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::peer);
  EXPECT_EQ(done.error().message, "no node answers");
}

}  // namespace reports_test
}  // namespace cess::transfer
