// SPDX-License-Identifier: Apache-2.0
#include "chain/mempool/pool.hpp"

#include "base/endian.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace cess {
namespace {

AccountId account(std::uint32_t n) {
  AccountId id;
  store_be(id.bytes.data(), n);
  return id;
}

struct Made {
  std::uint32_t sender = 1;
  std::uint64_t nonce = 0;
  std::uint64_t fee = 1000;
  std::uint64_t weight = 10;
  Height valid_until = 1000;
  std::size_t size = 100;
};

PoolTxn make(const Made& m) {
  PoolTxn t;
  t.sender = account(m.sender);
  t.nonce = m.nonce;
  t.fee = m.fee;
  t.weight = m.weight;
  t.valid_until = m.valid_until;
  t.bytes = std::make_shared<const Bytes>(m.size);
  store_be(t.hash.bytes.data(), m.sender);
  store_be(t.hash.bytes.data() + 4, m.nonce);
  store_be(t.hash.bytes.data() + 12, m.fee);
  return t;
}

const SenderView kRich{0, Amount{1} << 100U};
const BlockRoom kWide{1'000'000'000, 8U << 20U, 40'000};

std::vector<std::pair<std::uint32_t, std::uint64_t>> names(const std::vector<PoolTxnPtr>& txns) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> out;
  for (const auto& t : txns)
    out.emplace_back(load_be<std::uint32_t>(t->sender.bytes.data()), t->nonce);
  return out;
}
using Names = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

TEST(Pool, OrderIsByRateThenArrivalAndNonce) {
  Mempool pool;
  ASSERT_TRUE(pool.add(make({.sender = 1, .nonce = 1, .fee = 9000}), kRich, 1));
  ASSERT_TRUE(pool.add(make({.sender = 2, .nonce = 0, .fee = 2000}), kRich, 1));
  ASSERT_TRUE(pool.add(make({.sender = 1, .nonce = 0, .fee = 1000}), kRich, 1));
  ASSERT_TRUE(pool.add(make({.sender = 3, .nonce = 0, .fee = 2000}), kRich, 1));
  ASSERT_TRUE(pool.add(make({.sender = 4, .nonce = 0, .fee = 9000, .weight = 100}), kRich, 1));
  EXPECT_EQ(names(pool.select(kWide, 1)), (Names{{2, 0}, {3, 0}, {1, 0}, {1, 1}, {4, 0}}));
}

TEST(Pool, RoomOfABlockOnBothSides) {
  Mempool pool;
  for (std::uint32_t s = 1; s <= 5; ++s)
    ASSERT_TRUE(pool.add(make({.sender = s, .weight = s * 10}), kRich, 1));
  EXPECT_EQ(pool.select({60, 10'000, 10}, 1).size(), 3U);
  EXPECT_EQ(pool.select({59, 10'000, 10}, 1).size(), 2U);
  EXPECT_EQ(pool.select({1'000, 200, 10}, 1).size(), 2U);
  EXPECT_EQ(pool.select({1'000, 199, 10}, 1).size(), 1U);
  EXPECT_EQ(pool.select({1'000, 10'000, 4}, 1).size(), 4U);
  EXPECT_TRUE(pool.select({1'000, 10'000, 10}, 1'001).empty()) << "expired by then";
}

TEST(Pool, GapsWaitWithinBounds) {
  Mempool pool;
  EXPECT_TRUE(pool.add(make({.nonce = 64}), kRich, 1));
  EXPECT_EQ(pool.add(make({.nonce = 65}), kRich, 1).error().code, Code::busy);
  EXPECT_EQ(pool.add(make({.nonce = ~std::uint64_t{0}}), kRich, 1).error().code, Code::busy);
  EXPECT_FALSE(pool.any_ready());
  EXPECT_TRUE(pool.select(kWide, 1).empty());
  for (std::uint64_t n = 0; n < 64; ++n) ASSERT_TRUE(pool.add(make({.nonce = n}), kRich, 1));
  EXPECT_EQ(pool.select(kWide, 1).size(), 65U);
  EXPECT_EQ(pool.next_nonce(account(1), 0), 65U);
  // A gap that is never filled goes after gap_blocks_max blocks.
  ASSERT_TRUE(pool.add(make({.nonce = 70}), kRich, 1));
  for (Height h = 2; h <= 96; ++h) pool.on_block({}, h);
  EXPECT_EQ(pool.stats().count, 65U);
  EXPECT_EQ(pool.stats().expired, 1U);
}

TEST(Pool, NonceReuseAndReplacement) {
  Mempool pool;
  EXPECT_EQ(pool.add(make({.nonce = 4}), {5, 1'000'000}, 1).error().code, Code::input);
  ASSERT_TRUE(pool.add(make({.nonce = 5, .fee = 1000}), {5, 1'000'000}, 1));
  EXPECT_EQ(pool.add(make({.nonce = 5, .fee = 1000}), {5, 1'000'000}, 1).error().code, Code::no);
  EXPECT_EQ(pool.add(make({.nonce = 5, .fee = 1099}), {5, 1'000'000}, 1).error().code, Code::busy);
  ASSERT_TRUE(pool.add(make({.nonce = 5, .fee = 1100}), {5, 1'000'000}, 1));
  EXPECT_EQ(pool.stats().count, 1U);
  EXPECT_EQ(pool.stats().replaced, 1U);
  EXPECT_FALSE(pool.find(make({.nonce = 5, .fee = 1000}).hash));
  EXPECT_TRUE(pool.find(make({.nonce = 5, .fee = 1100}).hash));
}

TEST(Pool, FundsCoverAllFees) {
  Mempool pool;
  EXPECT_EQ(pool.add(make({.fee = 1001}), {0, 1000}, 1).error().code, Code::input);
  ASSERT_TRUE(pool.add(make({.nonce = 0, .fee = 600}), {0, 1000}, 1));
  EXPECT_FALSE(pool.add(make({.nonce = 1, .fee = 401}), {0, 1000}, 1));
  ASSERT_TRUE(pool.add(make({.nonce = 1, .fee = 400}), {0, 1000}, 1));
  EXPECT_TRUE(pool.add(make({.nonce = 1, .fee = 1000, .size = 1}), {0, 1600}, 1))
      << "a replacement frees its own";
  pool.on_block({{account(1), {0, 700}}}, 2);
  EXPECT_EQ(names(pool.list(9)), (Names{{1, 0}}));
}

TEST(Pool, ABlockTakesWhatItUsed) {
  Mempool pool;
  for (std::uint64_t n = 0; n < 5; ++n) ASSERT_TRUE(pool.add(make({.nonce = n}), kRich, 1));
  pool.on_block({{account(1), {3, kRich.funds}}, {account(9), {1, 1}}}, 2);
  EXPECT_EQ(names(pool.select(kWide, 2)), (Names{{1, 3}, {1, 4}}));
  pool.on_block({{account(1), {9, kRich.funds}}}, 3);
  EXPECT_EQ(pool.stats().count, 0U);
  EXPECT_EQ(pool.stats().bytes, 0U);
  EXPECT_EQ(pool.stats().senders, 0U);
}

TEST(Pool, ExpiresByHeight) {
  Mempool pool;
  ASSERT_TRUE(pool.add(make({.nonce = 0, .valid_until = 10}), kRich, 10));
  EXPECT_EQ(pool.add(make({.nonce = 1, .valid_until = 10}), kRich, 11).error().code, Code::input);
  pool.on_block({}, 10);
  EXPECT_EQ(pool.stats().count, 1U);
  pool.on_block({}, 11);
  EXPECT_EQ(pool.stats().count, 0U);
}

TEST(Pool, FullPoolTakesWhoPaysMore) {
  Mempool pool({.count_max = 100});
  for (std::uint32_t s = 1; s <= 50; ++s) {
    ASSERT_TRUE(pool.add(make({.sender = s, .nonce = 0, .fee = 5000}), kRich, 1));
    ASSERT_TRUE(pool.add(make({.sender = s, .nonce = 1, .fee = 1000 + s * 10}), kRich, 1));
  }
  EXPECT_EQ(pool.add(make({.sender = 99, .fee = 1010}), kRich, 1).error().code, Code::busy);
  ASSERT_TRUE(pool.add(make({.sender = 99, .fee = 1020}), kRich, 1));
  EXPECT_EQ(pool.stats().evicted, 1U);
  EXPECT_EQ(names(pool.of_sender(account(1))), (Names{{1, 0}})) << "the cheapest last one went";
  EXPECT_EQ(pool.stats().rate_min, 102U);
  // Its own sender's last one (now the cheapest, for it came last) is not thrown out for it.
  EXPECT_EQ(pool.add(make({.sender = 99, .nonce = 1, .fee = 90'000}), kRich, 1).error().code,
            Code::busy);
}

TEST(Pool, AFloodOfOneSenderLeavesRoomForOthers) {
  Mempool pool({.count_max = 1000, .sender_count_max = 100});
  for (std::uint64_t n = 0; n < 10'000; ++n)
    (void)pool.add(make({.sender = 1, .nonce = n, .fee = 100'000}), kRich, 1);
  EXPECT_EQ(pool.stats().count, 100U);
  EXPECT_TRUE(pool.add(make({.sender = 2}), kRich, 1));
  Mempool bytes({.bytes_max = 100'000, .sender_bytes_max = 10'000});
  for (std::uint32_t s = 0; s < 100; ++s) {
    for (std::uint64_t n = 0; n < 30; ++n)
      (void)bytes.add(make({.sender = s, .nonce = n, .size = 1000}), kRich, 1);
  }
  EXPECT_LE(bytes.stats().bytes, 100'000U);
  EXPECT_GE(bytes.stats().senders, 10U);
}

/// Everything that must hold, from what the pool shows.
void check(const Mempool& pool, const PoolLimits& limits,
           const std::map<AccountId, SenderView>& state) {
  std::size_t count = 0;
  for (const AccountId& sender : pool.senders()) {
    Amount fees = 0;
    std::uint64_t before = 0;
    const auto txns = pool.of_sender(sender);
    ASSERT_FALSE(txns.empty());
    ASSERT_LE(txns.size(), limits.sender_count_max);
    for (const auto& t : txns) {
      ASSERT_GE(t->nonce, state.at(sender).nonce);
      ASSERT_TRUE(&t == &txns.front() || t->nonce > before);
      before = t->nonce;
      fees += t->fee;
      ASSERT_EQ(pool.find(t->hash), t);
    }
    ASSERT_LE(fees, state.at(sender).funds);
    count += txns.size();
  }
  ASSERT_EQ(pool.stats().count, count);
  ASSERT_LE(count, limits.count_max);
  ASSERT_LE(pool.stats().bytes, limits.bytes_max);
}

TEST(Pool, RandomCallsKeepTheInvariants) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 engine(seed);
    const auto chance = [&] { return static_cast<std::uint32_t>(engine()); };
    const PoolLimits limits{.count_max = 60,
                            .bytes_max = 30'000,
                            .sender_count_max = 12,
                            .sender_bytes_max = 6'000,
                            .gap_max = 4,
                            .gap_blocks_max = 8};
    Mempool pool(limits);
    Mempool twin(limits);
    std::map<AccountId, SenderView> state;
    for (std::uint32_t s = 0; s < 12; ++s) state[account(s)] = {0, 20'000};
    Height height = 1;
    for (int i = 0; i < 3'000; ++i) {
      const std::uint32_t s = chance() % 12;
      const Made m{s,
                   state[account(s)].nonce + chance() % 8,
                   100 + chance() % 3'000,
                   1 + chance() % 50,
                   height + chance() % 40,
                   chance() % 500};
      const bool added = pool.add(make(m), state[account(s)], height).has_value();
      ASSERT_EQ(twin.add(make(m), state[account(s)], height).has_value(), added);
      if (chance() % 20 == 0) {
        const auto block = pool.select({200, 2'000, 8}, height);
        ASSERT_EQ(names(block), names(twin.select({200, 2'000, 8}, height)));
        std::map<AccountId, SenderView> touched;
        for (const auto& t : block) {
          ASSERT_EQ(t->nonce, state[t->sender].nonce) << "in order, without gaps";
          ++state[t->sender].nonce;
          state[t->sender].funds += chance() % 2'000;
          state[t->sender].funds -= std::min(state[t->sender].funds, t->fee);
          touched[t->sender] = state[t->sender];
        }
        ++height;
        pool.on_block(touched, height);
        twin.on_block(touched, height);
      }
      if (chance() % 50 == 0 && !pool.list(1).empty()) {
        const TxnHash gone = pool.list(1)[0]->hash;
        pool.remove(gone);
        twin.remove(gone);
      }
      check(pool, limits, state);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace cess
