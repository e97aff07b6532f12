// SPDX-License-Identifier: Apache-2.0
// links: merkle podr2
// The service index against the sum tree that a miner's own store uses, through random changes,
// with snapshots read back afterwards.
#include "chain/state/audits/index.hpp"

#include <gtest/gtest.h>

#include "chain/state/audits/items.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace audits_index_test {

AccountId account(std::uint8_t n) {
  AccountId a;
  a.bytes.fill(n);
  return a;
}

ServiceEntry entry(std::uint64_t n) {
  std::array<std::uint8_t, 8> in{};
  store_le(in.data(), n);
  ServiceEntry e;
  e.frag = FragId::from(sha256(in).view());
  e.length = 1 + n * 77'777 % (40 * kBlockSize);
  e.tagger.bytes[0] = static_cast<std::uint8_t>(n % 3);
  return e;
}

// The miner's side: a plain list and the tree over it.
struct Mirror {
  std::vector<ServiceEntry> list;
  void remove(std::size_t position) {
    list[position] = list.back();
    list.pop_back();
  }
  [[nodiscard]] SumNode root() const {
    MemorySumNodes nodes;
    SumTree tree(nodes, 0);
    for (const auto& e : list) EXPECT_TRUE(tree.append(sum_leaf(index_entry(e))));
    return *tree.root();
  }
};

void expect_same(IndexView view, const Mirror& mirror) {
  const auto root = mirror.root();
  const auto& totals = view.totals();
  ASSERT_EQ(totals.fragments, mirror.list.size());
  ASSERT_EQ(totals.blocks, root.sum);
  ASSERT_EQ(totals.root, root.hash);
  std::uint64_t before = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < mirror.list.size(); ++i) {
    const auto& e = mirror.list[i];
    ASSERT_EQ(view.entry(i), e);
    const auto hit = view.find(before + block_count(e.length) - 1);
    ASSERT_EQ(hit.position, i);
    ASSERT_EQ(hit.block, block_count(e.length) - 1);
    ASSERT_EQ(verify_sum_path(root, mirror.list.size(), i, sum_leaf(index_entry(e)), view.path(i)),
              before);
    before += block_count(e.length);
    bytes += e.length;
  }
  ASSERT_EQ(totals.bytes, bytes);
  std::uint64_t shares = 0;
  for (const auto& s : totals.shares) shares += s.bytes;
  ASSERT_EQ(shares, bytes);
}

TEST(ServiceIndex, IsTheSumTreeOfTheMinersStore) {
  State state;
  Mirror mirror;
  const auto miner = account(1);
  for (std::uint64_t n = 0; n < 300; ++n) {
    ASSERT_TRUE(index_append(state, miner, entry(n)));
    mirror.list.push_back(entry(n));
    if (n < 40 || n % 16 < 2 || n > 250) expect_same(IndexView(state, miner, {}), mirror);
  }
  std::uint64_t pick = 7;
  while (!mirror.list.empty()) {
    pick = pick * 6364136223846793005U + 1442695040888963407U;
    const auto position = (pick >> 33U) % mirror.list.size();
    const auto frag = mirror.list[position].frag;
    ASSERT_EQ(index_holder(state, frag)->position, position);
    ASSERT_TRUE(index_remove(state, frag));
    ASSERT_FALSE(index_holder(state, frag));
    mirror.remove(position);
    const auto left = mirror.list.size();
    if (left < 40 || left % 16 < 2) expect_same(IndexView(state, miner, {}), mirror);
  }
  EXPECT_EQ(kIndexEntries.keys(state, 1).size(), 0U);
  EXPECT_EQ(kIndexNodes.keys(state, 1).size(), 0U);
  EXPECT_EQ(kIndexHolders.keys(state, 1).size(), 0U);
}

TEST(ServiceIndex, KeepsEverySnapshotWhileItIsRead) {
  State state;
  Mirror mirror;
  const auto miner = account(1);
  std::vector<Mirror> snapshots;
  std::uint64_t pick = 3;
  std::uint64_t next = 0;
  for (Epoch e = 1; e <= 6; ++e) {
    index_snapshot(state, e);
    snapshots.push_back(mirror);
    for (int i = 0; i < 60; ++i) {
      pick = pick * 6364136223846793005U + 1442695040888963407U;
      const bool grow = mirror.list.empty() || (pick >> 60U) < (e % 3 == 0 ? 5U : 11U);
      if (grow) {
        mirror.list.push_back(entry(next));
        ASSERT_TRUE(index_append(state, miner, entry(next++)));
      } else {
        const auto position = (pick >> 33U) % mirror.list.size();
        ASSERT_TRUE(index_remove(state, mirror.list[position].frag));
        mirror.remove(position);
      }
    }
    for (Epoch s = 1; s <= e; ++s) expect_same(IndexView(state, miner, s), snapshots[s - 1]);
    expect_same(IndexView(state, miner, {}), mirror);
  }
  // A miner that did nothing since, and one that came later.
  EXPECT_EQ(IndexView(state, account(2), 3).totals().fragments, 0U);
  index_snapshot(state, 7);
  ASSERT_TRUE(index_append(state, account(2), entry(10'000)));
  EXPECT_EQ(IndexView(state, account(2), 7).totals().fragments, 0U);
  expect_same(IndexView(state, miner, 7), mirror);

  std::size_t gone = 0;
  while (const auto n = index_purge(state, 5, 3)) gone += n;
  EXPECT_GT(gone, 0U);
  for (Epoch s = 5; s <= 6; ++s) expect_same(IndexView(state, miner, s), snapshots[s - 1]);
}

TEST(ServiceIndex, RefusesWhatCannotBe) {
  State state;
  ASSERT_TRUE(index_append(state, account(1), entry(1)));
  EXPECT_FALSE(index_append(state, account(1), entry(1)));
  EXPECT_FALSE(index_append(state, account(2), entry(1)));
  EXPECT_FALSE(index_remove(state, entry(2).frag));
  auto e = entry(3);
  e.length = 0;
  EXPECT_FALSE(index_append(state, account(1), e));
  e.length = kBlockSize * 0xffffffffU + 1;
  EXPECT_FALSE(index_append(state, account(1), e));
  for (std::uint8_t n = 2; n <= kTaggersPerMinerMax; ++n) {
    e = entry(n + 100U);
    e.tagger.bytes.fill(n);
    ASSERT_TRUE(index_append(state, account(1), e));
  }
  e = entry(999);
  e.tagger.bytes.fill(0xee);
  EXPECT_FALSE(index_append(state, account(1), e));
  EXPECT_TRUE(index_append(state, account(2), e));
}

}  // namespace audits_index_test
}  // namespace cess
