// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/records/records.hpp"

#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace records_test {

constexpr TimeMs kNoon = 20'000 * records::kDayMs + records::kDayMs / 2;

TestChain with_lists(bool on) {
  Json spec;
  auto& p = spec["params"]["records"];
  p["operators"] = Json::array({to_ss58(TestChain::id("judy"))});
  p["register_on"] = p["white_list_on"] = on;
  p["keep_days"] = 2;
  return TestChain({.spec = spec});
}

TEST(Records, CountsByAccountDayAndType) {
  auto chain = with_lists(false);
  const accounts::Transfer pay{chain.id("bob"), 1};
  const auto at = [&](TimeMs t) { chain.next.time_ms = t; };
  at(kNoon), chain.must("alice", "accounts.transfer", pay);
  at(kNoon), chain.must("alice", "accounts.transfer", pay);
  at(kNoon), chain.must_fail("alice", "accounts.transfer", accounts::Transfer{pay.to, 0}, "");
  at(kNoon), chain.must("alice", "accounts.transfer_all", accounts::TransferAll{chain.id("alice")});
  // A transaction that never paid does not count.
  Txn again = chain.make("alice", "accounts.transfer", pay);
  again.body.nonce = 0;
  at(kNoon), chain.queue(again), chain.block();
  at(kNoon + records::kDayMs), chain.must("alice", "accounts.transfer", pay);
  const auto today = records::day(chain.state(), 20'000, chain.id("alice"));
  EXPECT_EQ(today.count, 4U);
  EXPECT_EQ(today.failed, 1U);
  EXPECT_EQ(today.unregistered, 0U);
  ASSERT_EQ(today.types.size(), 2U);
  EXPECT_EQ(today.types[0].count, 3U);
  EXPECT_EQ(today.types[1].call, 1U);
  EXPECT_EQ(today.types[1].count, 1U);
  EXPECT_EQ(records::day(chain.state(), 20'001, chain.id("alice")).count, 1U);
  EXPECT_EQ(records::day(chain.state(), 20'000, chain.id("bob")).count, 0U);
}

TEST(Records, CountsWhatStandsOnNoList) {
  auto chain = with_lists(true);
  chain.next.time_ms = kNoon;
  chain.must("judy", "records.register", records::Register{{chain.id("alice"), chain.id("judy")}});
  chain.next.time_ms = kNoon;
  chain.must("judy", "records.allow", records::Allow{{{1, 0, {}}}});
  for (const char* who : {"alice", "bob"}) {
    chain.next.time_ms = kNoon;
    chain.must(who, "accounts.transfer", accounts::Transfer{chain.id("carol"), 1});
    chain.next.time_ms = kNoon;
    chain.must(who, "accounts.transfer_all", accounts::TransferAll{chain.id("carol")});
  }
  const auto alice = records::day(chain.state(), 20'000, chain.id("alice"));
  const auto bob = records::day(chain.state(), 20'000, chain.id("bob"));
  EXPECT_EQ(alice.unregistered, 0U);
  EXPECT_EQ(bob.unregistered, 2U);
  for (const auto& r : {alice, bob}) {
    ASSERT_EQ(r.types.size(), 2U);
    EXPECT_EQ(r.types[0].outside, 0U);
    EXPECT_EQ(r.types[1].outside, 1U);
  }
  chain.next.time_ms = kNoon;
  chain.must("judy", "records.unregister", records::Unregister{{chain.id("alice")}});
  chain.next.time_ms = kNoon;
  chain.must("judy", "records.disallow", records::Disallow{{{1, 0, {}}}});
  EXPECT_FALSE(records::kRegistered.has(chain.state(), chain.id("alice")));
  EXPECT_FALSE(records::kWhiteList.has(chain.state(), 1, 0, Hash256{}));
}

TEST(Records, OnlyOperatorsKeepTheLists) {
  auto chain = with_lists(true);
  chain.must_fail("alice", "records.register", records::Register{{chain.id("alice")}}, "operator");
  chain.must_fail("alice", "records.disallow", records::Disallow{{{1, 0, {}}}}, "operator");
  records::Register many{std::vector<AccountId>(1001)};
  chain.must_fail("judy", "records.register", many, "more than 1000");
}

TEST(Records, OldDaysGo) {
  auto chain = with_lists(false);
  const auto act = [&](std::uint64_t day) {
    chain.next.time_ms = kNoon + day * records::kDayMs;
    chain.must("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), 1});
  };
  const auto days = [&] { return records::kDays.keys(chain.state(), 100).size(); };
  act(0);
  act(1);
  EXPECT_EQ(days(), 2U);
  act(2);  // the first is two days old
  EXPECT_EQ(days(), 2U);
  EXPECT_EQ(records::day(chain.state(), 20'000, chain.id("alice")).count, 0U);
  act(9);
  EXPECT_EQ(days(), 1U);
}

}  // namespace records_test
}  // namespace cess
