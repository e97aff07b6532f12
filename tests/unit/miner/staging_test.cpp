// SPDX-License-Identifier: Apache-2.0
// Fragments that are half sent: pieces in order, over a restart, within a limit, and nothing left.
#include "miner/staging.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "sys/file.hpp"

namespace cess::miner {
namespace staging_test {

using proto::ByteRange;
using proto::FragmentAt;

Bytes copy_of(ByteView view) { return Bytes(view.begin(), view.end()); }

class StagingTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "staging-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    begin();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void begin(std::uint64_t bytes_max = 1000) {
    staging_.emplace(folder_ + "/staging", bytes_max);
    ASSERT_TRUE(staging_->open());
  }
  Result<std::optional<Staging::Whole>> add(const FragmentAt& at, std::uint64_t offset,
                                            const Bytes& data, std::uint64_t total,
                                            const Bytes& tags = {}) {
    const auto hold = staging_->hold(at);
    return staging_->add(at, ByteRange{offset, data.size(), total}, tags, data);
  }
  [[nodiscard]] std::size_t files() const { return list_dir(folder_ + "/staging")->size(); }

  FragmentAt one_{{}, 3, 5};
  FragmentAt other_{{}, 4, 5};
  std::string folder_;
  std::optional<Staging> staging_;
};

TEST_F(StagingTest, PiecesInOrderGiveTheWhole) {
  const Bytes tags(20, 9);
  auto got = add(one_, 0, Bytes(30, 1), 70, tags);
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
  EXPECT_EQ(staging_->bytes(), 50U);
  got = add(one_, 30, Bytes(30, 2), 70);
  ASSERT_TRUE(got);
  EXPECT_FALSE(*got);
  EXPECT_EQ(*staging_->received(one_), 60U);
  EXPECT_EQ(*staging_->received(other_), 0U);
  got = add(one_, 60, Bytes(10, 3), 70);
  ASSERT_TRUE(got);
  ASSERT_TRUE(*got);
  Bytes all(30, 1);
  append(all, ByteView(Bytes(30, 2)));
  append(all, ByteView(Bytes(10, 3)));
  EXPECT_EQ(copy_of((*got)->data), all);
  EXPECT_EQ(copy_of((*got)->tags), tags);
  ASSERT_TRUE(staging_->drop(one_));
  EXPECT_EQ(staging_->bytes(), 0U);
  EXPECT_EQ(files(), 0U);
}

TEST_F(StagingTest, WhatComesWholeIsNeverOnTheDisk) {
  const Bytes data(70, 1);
  const Bytes tags(20, 9);
  const auto got = add(one_, 0, data, 70, tags);
  ASSERT_TRUE(got);
  ASSERT_TRUE(*got);
  // Views of what was given: nothing is copied.
  EXPECT_EQ((*got)->data.data(), data.data());
  EXPECT_EQ(copy_of((*got)->data), data);
  EXPECT_EQ(copy_of((*got)->tags), tags);
  EXPECT_EQ(files(), 0U);
}

TEST_F(StagingTest, AGapIsRefusedAndNamesTheNextByte) {
  ASSERT_TRUE(add(one_, 0, Bytes(30, 1), 70));
  for (const std::uint64_t offset : {29U, 31U}) {
    const auto got = add(one_, offset, Bytes(10, 2), 70);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::input);
    EXPECT_NE(got.error().message.find("the next byte is 30"), std::string::npos);
  }
  EXPECT_FALSE(add(other_, 10, Bytes(10, 2), 70));
}

TEST_F(StagingTest, WhoBeginsAgainHasNothingOfBefore) {
  ASSERT_TRUE(add(one_, 0, Bytes(30, 1), 70, Bytes(20, 9)));
  ASSERT_TRUE(add(one_, 0, Bytes(40, 2), 70));
  const auto got = add(one_, 40, Bytes(30, 2), 70);
  ASSERT_TRUE(got);
  ASSERT_TRUE(*got);
  EXPECT_EQ(copy_of((*got)->data), Bytes(70, 2));
  EXPECT_TRUE((*got)->tags.empty());
}

TEST_F(StagingTest, GoesOnAfterARestart) {
  ASSERT_TRUE(add(one_, 0, Bytes(30, 1), 70, Bytes(20, 9)));
  begin();
  EXPECT_EQ(staging_->bytes(), 50U);
  EXPECT_EQ(*staging_->received(one_), 30U);
  const auto got = add(one_, 30, Bytes(40, 1), 70);
  ASSERT_TRUE(got);
  ASSERT_TRUE(*got);
  EXPECT_EQ(copy_of((*got)->data), Bytes(70, 1));
  EXPECT_EQ(copy_of((*got)->tags), Bytes(20, 9));
}

TEST_F(StagingTest, APieceThatTheDiskTakesInPartIsNotThere) {
  ASSERT_TRUE(add(one_, 0, Bytes(40, 1), 100, Bytes(20, 9)));
  // As a full disk does: some bytes are written, then there is an error.
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  rlimit small = usual;
  small.rlim_cur = 50;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = add(one_, 40, Bytes(30, 2), 100);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::system);
  EXPECT_EQ(*staging_->received(one_), 40U);
  EXPECT_EQ(staging_->bytes(), 60U);
  const auto whole = add(one_, 40, Bytes(60, 2), 100);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->data.size(), 100U);
  ASSERT_TRUE(staging_->drop(one_));
  EXPECT_EQ(staging_->bytes(), 0U);
}

TEST_F(StagingTest, ListsWhatIsHalfSent) {
  FragmentAt far{{}, 4'000'000'000U, 65'535};
  far.fid.bytes.fill(0xa5);
  ASSERT_TRUE(add(one_, 0, Bytes(30, 1), 70, Bytes(20, 9)));
  ASSERT_TRUE(add(far, 0, Bytes(30, 1), 70));
  for (const char* name : {"note", "x.part", ".tags"})
    ASSERT_TRUE(write_file(folder_ + "/staging/" + name, {}, {}));
  const auto all = staging_->list();
  ASSERT_TRUE(all);
  EXPECT_EQ(std::set<FragmentAt>(all->begin(), all->end()), (std::set<FragmentAt>{one_, far}));
}

TEST_F(StagingTest, BothSidesOfTheLimit) {
  begin(100);
  ASSERT_TRUE(add(one_, 0, Bytes(60, 1), 200, Bytes(10, 9)));
  const auto full = add(other_, 0, Bytes(31, 1), 200);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::busy);
  EXPECT_EQ(*staging_->received(other_), 0U);
  ASSERT_TRUE(add(other_, 0, Bytes(30, 1), 200));
  EXPECT_EQ(staging_->bytes(), 100U);
  // What needs no room here is taken all the same.
  EXPECT_TRUE(add({{}, 9, 9}, 0, Bytes(500, 1), 500));
  ASSERT_TRUE(staging_->drop(one_));
  EXPECT_TRUE(add(other_, 30, Bytes(70, 1), 200));
}

}  // namespace staging_test
}  // namespace cess::miner
