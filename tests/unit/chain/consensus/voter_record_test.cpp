// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
#include "unit/chain/consensus/test_net.hpp"

namespace cess::consensus {
namespace {

using testing::Test;

struct VoterRecordTest : Test {
  VoterRecordTest() {
    chain.bytes[0] = 1;
    storage.place_.bytes[3] = 3;
    key = registry.key(0);
  }
  // Writes records with sequence numbers 1 .. count, heights ten times that.
  void write(std::uint64_t count) {
    auto r = *load_voter_record(storage, chain, key);
    for (std::uint64_t i = 1; i <= count; ++i) {
      r.sequence = i;
      r.last = {Kind::commit, 0, 10 * i, 0, {}, 0};
      r.prepared = Certificate{Kind::prepare, 0, 10 * i, 0, {}, {4, 7}, {}};
      ASSERT_TRUE(storage.write(slot_of(i), encode_voter_record(r)));
    }
  }
  FakeRegistry registry{1};
  TestStorage storage;
  Hash256 chain;
  PublicKey key{};
};

TEST_F(VoterRecordTest, IsMadeOnce) {
  EXPECT_EQ(load_voter_record(storage, chain, key).error().code, Code::no);
  EXPECT_TRUE(create_voter_record(storage, chain, key));
  EXPECT_EQ(create_voter_record(storage, chain, key).error().code, Code::busy);
  const auto r = load_voter_record(storage, chain, key);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->last.height, 0U);
}

TEST_F(VoterRecordTest, NewestOfTwoSlotsCounts) {
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  for (std::uint64_t count = 1; count < 6; ++count) {
    write(count);
    const auto r = load_voter_record(storage, chain, key);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->sequence, count);
    EXPECT_EQ(r->last.height, 10 * count);
  }
}

// Every truncation and every flipped bit of the newer slot leaves the older one; of both, nothing.
TEST_F(VoterRecordTest, TornOrRottenSlotIsPassedOver) {
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  write(4);
  const Bytes newer = *storage.slots[0], older = *storage.slots[1];
  const auto check = [&](const Bytes& damaged) {
    storage.slots[0] = damaged;
    storage.slots[1] = older;
    const auto r = load_voter_record(storage, chain, key);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->sequence, 3U);
    storage.slots[1] = Bytes(older.begin(), older.end() - 1);
    const auto none = load_voter_record(storage, chain, key);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::input);
    EXPECT_NE(none.error().hint.find("second node"), std::string::npos);
  };
  for (std::size_t size = 0; size < newer.size(); ++size) {
    check(Bytes(newer.begin(), newer.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  for (std::size_t bit = 0; bit < 8 * newer.size(); ++bit) {
    Bytes damaged = newer;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    check(damaged);
  }
}

TEST_F(VoterRecordTest, OneSlotMissingIsNoHarm) {
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  write(4);
  storage.slots[1].reset();
  EXPECT_EQ(load_voter_record(storage, chain, key)->sequence, 4U);
}

// A killed process may have left the newest record in a cache: it is synced, and not rewritten.
TEST_F(VoterRecordTest, LoadedRecordIsMadeDurable) {
  struct Counting final : VoterStorage {
    explicit Counting(VoterStorage& s) : inner(&s) {}
    Hash256 place() override { return inner->place(); }
    Result<std::optional<Bytes>> read(std::size_t slot) override { return inner->read(slot); }
    Status write(std::size_t, ByteView) override { return fail(Code::system, "written"); }
    Status sync(std::size_t slot) override {
      synced.push_back(slot);
      return {};
    }
    VoterStorage* inner;
    std::vector<std::size_t> synced;
  };
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  write(5);
  Counting counting(storage);
  ASSERT_TRUE(load_voter_record(counting, chain, key));
  EXPECT_EQ(counting.synced, std::vector<std::size_t>{slot_of(5)});
}

TEST_F(VoterRecordTest, SlotsChangedOverAreRefused) {
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  write(4);
  std::swap(storage.slots[0], storage.slots[1]);
  EXPECT_FALSE(load_voter_record(storage, chain, key));
}

TEST_F(VoterRecordTest, CopyElsewhereIsRefusedUntilAdopted) {
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  write(4);
  storage.place_.bytes[3] = 4;  // restored from a backup, or a cloned machine
  const auto r = load_voter_record(storage, chain, key);
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().message.find("copied"), std::string::npos);
  EXPECT_FALSE(r.error().hint.empty());
  EXPECT_EQ(last_voter_sequence(storage), 4U);
  ASSERT_TRUE(adopt_voter_record(storage, chain, key));
  const auto adopted = load_voter_record(storage, chain, key);
  ASSERT_TRUE(adopted);
  EXPECT_EQ(adopted->sequence, 5U);
  EXPECT_EQ(adopted->last.height, 40U);
}

TEST_F(VoterRecordTest, OtherChainOrKeyIsRefused) {
  ASSERT_TRUE(create_voter_record(storage, chain, key));
  Hash256 other = chain;
  other.bytes[0] = 2;
  EXPECT_FALSE(load_voter_record(storage, other, key));
  EXPECT_FALSE(load_voter_record(storage, chain, registry.key(1)));
  EXPECT_FALSE(adopt_voter_record(storage, chain, registry.key(1)));
}

TEST(MaySign, OnlyForwardOrTheSame) {
  std::vector<Vote> order;
  for (const Height h : {1U, 2U, 9U}) {
    for (const Round r : {0U, 1U, 2U}) {
      for (const Kind k : {Kind::round_change, Kind::proposal, Kind::prepare, Kind::commit}) {
        order.push_back({k, 0, h, r, {}, 0});
      }
    }
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      EXPECT_EQ(may_sign(order[i], order[j]), j >= i);
    }
    Vote different = order[i];
    different.digest.bytes[0] = 1;
    EXPECT_FALSE(may_sign(order[i], different));
    EXPECT_TRUE(may_sign(Vote{}, order[i]));
  }
}

}  // namespace
}  // namespace cess::consensus
