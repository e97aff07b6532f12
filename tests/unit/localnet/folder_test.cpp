// SPDX-License-Identifier: Apache-2.0
#include "localnet/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "json/json.hpp"
#include "localnet/config.hpp"
#include "localnet/ports.hpp"
#include "localnet/tool.hpp"
#include "sys/file.hpp"

namespace cess::localnet {
namespace {

class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    base_ =
        std::filesystem::temp_directory_path() / ("cess-localnet-" + std::to_string(::getpid()));
    std::filesystem::create_directories(base_);
  }
  void TearDown() override { std::filesystem::remove_all(base_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (base_ / name).string(); }

  std::filesystem::path base_;
  std::unique_ptr<Random> random_ = fake_random(7);
  FakeClock clock_;
  Plan plan_{
      .validators = 2, .miners = 2, .taggers = 1, .capacity_bytes = kCapacityMin, .port = 2000};
};

TEST_F(FolderTest, IsMadeWholeAndReadBack) {
  const auto made = make_network(path("net"), plan_, *random_, clock_);
  ASSERT_TRUE(made) << made.error().message;
  const auto read = open_network(path("net"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->plan, plan_);
  EXPECT_EQ(read->miners(), (std::vector<std::string>{"miner-00", "miner-01"}));
  EXPECT_FALSE(path_exists(path("net.new")));
  for (const std::string secret :
       {"faucet.key", "node-1/validator.key", "miner-01/account.key", "miner-01/sign.key",
        "tagger-0/account.key", "tagger-0/tagger.key", "home/account.key", "home/identity.key"}) {
    struct stat st {};
    ASSERT_EQ(::stat(read->path(secret).c_str(), &st), 0) << secret;
    EXPECT_EQ(st.st_mode & 0777U, 0600U) << secret;
  }
}

TEST_F(FolderTest, NoFileNamesThePlaceWhereItWasMade) {
  ASSERT_TRUE(make_network(path("net"), plan_, *random_, clock_));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(base_)) {
    if (!entry.is_regular_file()) continue;
    const auto text = read_file(entry.path().string(), 64U << 20U);
    ASSERT_TRUE(text);
    EXPECT_EQ(as_text(*text).find(base_.string()), std::string_view::npos) << entry.path();
  }
}

TEST_F(FolderTest, AnOldFolderIsLeftAlone) {
  std::filesystem::create_directories(path("net"));
  const auto made = make_network(path("net"), plan_, *random_, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::usage);
  EXPECT_TRUE(std::filesystem::is_empty(path("net")));
  EXPECT_FALSE(open_network(path("net")));
}

TEST_F(FolderTest, WhatAnInterruptedMakingLeftIsNotInTheWay) {
  std::filesystem::create_directories(path("net.new") + "/node-0");
  EXPECT_TRUE(make_network(path("net"), plan_, *random_, clock_));
}

TEST_F(FolderTest, NoTwoMembersShareAPort) {
  const Network n{path("net"), {.validators = 3, .miners = 4, .taggers = 2, .port = 1000}};
  std::set<std::uint16_t> ports;
  for (std::uint16_t i = 0; i < 6; ++i) ports.insert(static_cast<std::uint16_t>(1000 + i));
  for (std::size_t i = 0; i < 4; ++i) ports.insert(n.miner_port(i));
  for (std::size_t i = 0; i < 2; ++i) ports.insert(n.tagger_port(i));
  EXPECT_EQ(ports.size(), 12U);
}

TEST(Tool, GivesExitCodeAndBothOutputs) {
  const auto end = run_tool({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, 3);
  EXPECT_EQ(end->out, "out\n");
  EXPECT_EQ(end->err, "err\n");
  EXPECT_FALSE(run_tool({"no-such-program-here"}));
  const auto killed = run_tool({"sh", "-c", "kill -9 $$"});
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->code, 137);
}

TEST(Ports, MoreThanThereAreIsRefused) {
  EXPECT_FALSE(free_ports("127.0.0.1", 5'000));
  EXPECT_FALSE(free_ports("here", 1));
}

}  // namespace
}  // namespace cess::localnet
