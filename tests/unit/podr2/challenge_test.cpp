// SPDX-License-Identifier: Apache-2.0
// links: merkle
#include "podr2/challenge.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "base/hex.hpp"

namespace cess {
namespace {

using Record = std::map<std::string, std::string>;

std::vector<Record> read_records() {
  std::ifstream in(CESS_VECTORS_DIR "/podr2/challenge.txt");
  EXPECT_TRUE(in);
  std::vector<Record> out(1);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() && !out.back().empty()) out.emplace_back();
    const auto at = line.find(" = ");
    if (line.starts_with('#') || at == std::string::npos) continue;
    out.back()[line.substr(0, at)] = line.substr(at + 3);
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

Challenge from_record(const Record& r) {
  Challenge c;
  c.chain_id = r.at("chain");
  c.epoch = static_cast<std::uint32_t>(std::stoul(r.at("epoch")));
  c.beacon = *parse_id<Hash256>(r.at("beacon"), "");
  c.miner = *parse_id<MinerId>(r.at("miner"), "");
  c.svc_root = *parse_id<Hash256>(r.at("root"), "");
  c.blocks = std::stoull(r.at("blocks"));
  c.fragments = 1;
  c.count = static_cast<std::uint32_t>(std::stoul(r.at("count")));
  return c;
}

Challenge sample() {
  Challenge c;
  c.epoch = 3;
  c.beacon.bytes.fill(1);
  c.miner.bytes.fill(2);
  c.svc_root.bytes.fill(3);
  c.blocks = 1000;
  c.fragments = 40;
  c.count = 512;
  return c;
}

TEST(Challenge, KnownAnswers) {
  const auto records = read_records();
  ASSERT_EQ(records.size(), 3U);
  for (const Record& r : records) {
    const Challenge c = from_record(r);
    ASSERT_TRUE(check_challenge(c));
    const Hash256 seed = challenge_seed(c);
    EXPECT_EQ(to_hex(seed), r.at("seed"));
    EXPECT_EQ(to_hex(evaluation_point_wide(seed)), r.at("z_wide"));
    int draws = 0;
    for (const auto& [name, value] : r) {
      if (!name.starts_with("draw")) continue;
      std::istringstream in(value);
      std::uint64_t block = 0;
      std::string weight;
      std::uint32_t pick = 0;
      in >> block >> weight >> pick;
      const Draw d = draw(seed, static_cast<std::uint32_t>(std::stoul(name.substr(4))), c.blocks);
      EXPECT_EQ(d.block, block);
      EXPECT_EQ(to_hex(d.weight), weight);
      EXPECT_EQ(d.leaf_pick, pick);
      ++draws;
    }
    EXPECT_EQ(draws, 4);
  }
}

TEST(Challenge, EveryFieldOfTheSeedCounts) {
  std::set<Hash256> seeds{challenge_seed(sample())};
  const auto changed = [&seeds](auto change) {
    Challenge c = sample();
    change(c);
    EXPECT_TRUE(seeds.insert(challenge_seed(c)).second);
  };
  changed([](Challenge& c) { c.chain_id = "other"; });
  changed([](Challenge& c) { c.epoch ^= 1; });
  changed([](Challenge& c) { c.beacon.bytes[31] ^= 1; });
  changed([](Challenge& c) { c.miner.bytes[0] ^= 0x80; });
  changed([](Challenge& c) { c.svc_root.bytes[5] ^= 4; });
  changed([](Challenge& c) { c.blocks += 1; });
  changed([](Challenge& c) { c.count += 1; });
}

TEST(Challenge, DrawsStayInsideAndSpread) {
  Challenge c = sample();
  c.count = 20000;
  std::vector<int> hits(c.blocks);
  for (const Draw& d : draw_all(c)) {
    ASSERT_LT(d.block, c.blocks);
    ++hits[d.block];
  }
  // Mean 20, standard deviation 4.5: a block outside 0..60 would be a broken reduction.
  for (const int h : hits) EXPECT_LT(h, 60);
  EXPECT_GT(std::set<int>(hits.begin(), hits.end()).size(), 10U);
}

TEST(Challenge, LimitsOnBothSides) {
  const auto ok = [](auto change) {
    Challenge c = sample();
    change(c);
    return check_challenge(c).has_value();
  };
  EXPECT_TRUE(ok([](Challenge&) {}));
  EXPECT_TRUE(ok([](Challenge& c) { c.chain_id = std::string(64, 'x'); }));
  EXPECT_FALSE(ok([](Challenge& c) { c.chain_id = std::string(65, 'x'); }));
  EXPECT_FALSE(ok([](Challenge& c) { c.chain_id.clear(); }));
  EXPECT_FALSE(ok([](Challenge& c) { c.chain_id = "a b"; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.chain_id = "a\n"; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.blocks = 0; }));
  EXPECT_TRUE(ok([](Challenge& c) { c.blocks = kIndexBlocksMax; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.blocks = kIndexBlocksMax + 1; }));
  EXPECT_TRUE(ok([](Challenge& c) { c.fragments = c.blocks; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.fragments = c.blocks + 1; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.fragments = 0; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.count = 0; }));
  EXPECT_TRUE(ok([](Challenge& c) { c.count = kChallengeCountMax; }));
  EXPECT_FALSE(ok([](Challenge& c) { c.count = kChallengeCountMax + 1; }));
  EXPECT_FALSE(ok([](Challenge& c) {
    c.suite = ProofSuite::merkle;
    c.count = kMerkleCountMax + 1;
  }));
}

TEST(Challenge, SuiteNames) {
  for (const auto suite : {ProofSuite::kzg, ProofSuite::kzg_full, ProofSuite::merkle}) {
    EXPECT_EQ(parse_suite(suite_name(suite)), suite);
  }
  for (const char* bad : {"", "0", "3", "1U", "1 ", "2u"}) {
    const auto got = parse_suite(bad);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::input);
  }
}

}  // namespace
}  // namespace cess
