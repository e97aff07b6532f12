// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
#include "audit/service_index.hpp"

#include <gtest/gtest.h>

#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

IndexEntry entry_of(std::uint64_t i) {
  return {FragId::from(noise(i, 32)), static_cast<std::uint32_t>(1 + i % 33),
          i % 5 == 0 ? TaggerId{} : TaggerId::from(noise(i % 3, 32))};
}

struct List {
  MemorySumNodes nodes;
  SumTree tree{nodes, 0};
  std::vector<IndexEntry> entries;
  std::vector<std::string> lines;

  explicit List(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      entries.push_back(entry_of(i));
      EXPECT_TRUE(tree.append(sum_leaf(entries.back())));
    }
    lines.push_back(index_header_line({MinerId::from(noise(5, 32)), *tree.root(), count}));
    for (const auto& e : entries) lines.push_back(index_entry_line(e));
  }
};

Result<IndexTotals> read(const std::vector<std::string>& lines, ServiceIndex* out = nullptr) {
  IndexLineReader reader("list", [out](const IndexEntry& e) {
    if (out != nullptr) out->add(e);
  });
  for (const auto& line : lines) CESS_TRY(reader.line(line));
  return reader.finish();
}

TEST(ServiceIndexList, RootIsThatOfTheTreeForEverySize) {
  for (std::uint64_t count = 0; count <= 70; ++count) {
    const List list(count);
    const auto totals = read(list.lines);
    ASSERT_TRUE(totals) << count << ": " << totals.error().message;
    EXPECT_EQ(totals->fragments, count);
    EXPECT_EQ(totals->miner, MinerId::from(noise(5, 32)));
  }
}

TEST(ServiceIndexList, FindsWhatTheTreeFinds) {
  List list(41);
  ServiceIndex index;
  const auto totals = read(list.lines, &index);
  ASSERT_TRUE(totals);
  ASSERT_EQ(index.blocks(), totals->root.sum);
  for (std::uint64_t block = 0; block < index.blocks(); ++block) {
    const auto a = index.find(block);
    const auto b = list.tree.find(block);
    ASSERT_TRUE(b);
    EXPECT_EQ(a.leaf, b->leaf);
    EXPECT_EQ(a.block_in_leaf, b->block_in_leaf);
    EXPECT_EQ(index.entry(a.leaf), list.entries[a.leaf]);
  }
}

TEST(ServiceIndexList, AcceptsOtherJsonForms) {
  List list(3);
  std::string& line = list.lines[2];
  line = "  " + line.substr(0, line.size() - 1) + R"( , "path" : "00" })";
  EXPECT_TRUE(read(list.lines)) << read(list.lines).error().message;
}

TEST(ServiceIndexList, RefusesEveryOtherList) {
  const List list(9);
  const auto refused = [](std::vector<std::string> lines) {
    const auto got = read(lines);
    EXPECT_TRUE(!got && got.error().code == Code::input);
  };
  refused({});
  refused({"", ""});
  refused({list.lines.begin(), list.lines.end() - 1});
  auto more = list.lines;
  more.push_back(list.lines[1]);
  refused(more);
  auto swapped = list.lines;
  std::swap(swapped[3], swapped[4]);
  refused(swapped);
  // The first line's miner id is stated, not proven; every bit of the entries counts.
  for (std::size_t at = 1; at < list.lines.size(); ++at) {
    for (std::size_t i = 0; i < list.lines[at].size(); i += 7) {
      auto bent = list.lines;
      bent[at][i] = static_cast<char>(bent[at][i] ^ 1);
      refused(bent);
    }
  }
  auto zero = list.lines;
  IndexEntry e = list.entries[0];
  e.blocks = 0;
  zero[1] = index_entry_line(e);
  refused(zero);
}

}  // namespace
}  // namespace cess
