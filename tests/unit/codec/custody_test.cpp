// SPDX-License-Identifier: Apache-2.0
#include "codec/custody.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/rebuild.hpp"
#include "codec/tee_mask.hpp"
#include "decode_support.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

struct Keeper {
  Agent agent;
  Key256 seed;
};

std::vector<Keeper> keepers(std::size_t count) {
  std::vector<Keeper> out;
  for (std::size_t i = 0; i < count; ++i) {
    Keeper k;
    k.seed = fake_random(100 + i)->key();
    k.agent = {TaggerId::from(test::random_bytes(32, 200 + i)), ed25519_public(k.seed)};
    out.push_back(std::move(k));
  }
  return out;
}

std::vector<Agent> agents_of(const std::vector<Keeper>& all) {
  std::vector<Agent> out;
  for (const Keeper& k : all) out.push_back(k.agent);
  return out;
}

const FileId kFile = FileId::from(test::random_bytes(32, 1));

TEST(Custody, ThresholdIsAMajorityOfAtMostFive) {
  const unsigned expected[] = {1, 2, 2, 3, 3, 3, 3};
  for (std::size_t n = 1; n <= 7; ++n) EXPECT_EQ(custody_threshold(n), expected[n - 1]) << n;
}

TEST(Custody, EveryMajorityGivesTheKeyAndOneLessDoesNot) {
  const Key256 mask = fake_random(5)->key();
  for (std::size_t n = 1; n <= 7; ++n) {
    const auto all = keepers(n);
    const auto made = make_custody(kFile, mask, agents_of(all), *fake_random(7));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->shares.size(), std::min<std::size_t>(n, 5));
    EXPECT_TRUE(mask_key_fits(kFile, *made, mask));
    std::vector<ShamirShare> shares;
    for (const Keeper& k : all) {
      auto share = open_share(kFile, *made, k.agent.id, k.seed);
      if (share) {
        shares.push_back(std::move(*share));
      } else {
        EXPECT_EQ(share.error().code, Code::no);  // not among the five
      }
    }
    ASSERT_EQ(shares.size(), made->shares.size());
    const auto key = combine_custody(kFile, *made, shares);
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->view()), to_hex(mask.view()));
    shares.resize(made->threshold - 1U);
    EXPECT_FALSE(combine_custody(kFile, *made, shares));
  }
}

TEST(Custody, WrongAndRepeatedSharesAreLeftOut) {
  const auto all = keepers(5);
  const Key256 mask = fake_random(5)->key();
  const auto made = make_custody(kFile, mask, agents_of(all), *fake_random(7));
  ASSERT_TRUE(made);
  std::vector<ShamirShare> shares;
  for (const Keeper& k : all) {
    auto share = open_share(kFile, *made, k.agent.id, k.seed);
    ASSERT_TRUE(share);
    shares.push_back(std::move(*share));
  }
  shares[0].value.mut()[0] ^= 1;
  shares[1].x = shares[2].x;
  EXPECT_TRUE(combine_custody(kFile, *made, shares));
  shares[2].value.mut()[5] ^= 1;
  const auto none = combine_custody(kFile, *made, shares);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::no);
}

TEST(Custody, AShareOpensForItsAgentAndFileOnly) {
  const auto all = keepers(3);
  const auto made = make_custody(kFile, fake_random(5)->key(), agents_of(all), *fake_random(7));
  ASSERT_TRUE(made);
  EXPECT_FALSE(open_share(kFile, *made, all[0].agent.id, all[1].seed));
  EXPECT_FALSE(open_share(FileId{}, *made, all[0].agent.id, all[0].seed));
  auto altered = *made;
  for (MaskShare& s : altered.shares) s.sealed[79] ^= 1;
  EXPECT_FALSE(open_share(kFile, altered, all[0].agent.id, all[0].seed));
  altered = *made;
  for (MaskShare& s : altered.shares) s.digest.bytes[0] ^= 1;
  EXPECT_FALSE(open_share(kFile, altered, all[0].agent.id, all[0].seed));
}

TEST(Custody, TheSameFiveWhateverTheOrderAndAllTakeTurns) {
  const auto all = agents_of(keepers(9));
  auto turned = all;
  std::reverse(turned.begin(), turned.end());
  std::map<TaggerId, int> times;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const FileId file = FileId::from(test::random_bytes(32, 1000 + i));
    const auto five = choose_agents(file, all);
    EXPECT_EQ(five, choose_agents(file, turned));
    EXPECT_EQ(five.size(), 5U);
    for (const Agent& a : five) ++times[a.id];
  }
  EXPECT_EQ(times.size(), all.size());
}

TEST(Custody, RefusesBadAgents) {
  auto two = agents_of(keepers(2));
  two[1].id = two[0].id;
  EXPECT_FALSE(make_custody(kFile, Key256(), two, *fake_random(1)));
  EXPECT_FALSE(make_custody(kFile, Key256(), {}, *fake_random(1)));
  two = agents_of(keepers(2));
  two[1].sign_key = {1};  // of small order
  EXPECT_FALSE(make_custody(kFile, Key256(), two, *fake_random(1)));
}

TEST(Custody, AgentsDocument) {
  const auto all = agents_of(keepers(3));
  const std::string text = write_agents(all);
  const auto again = parse_agents(as_bytes(text), "agents");
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, all);
  EXPECT_FALSE(parse_agents(as_bytes(write_agents({})), "agents"));
  const std::vector<Agent> twice = {all[0], all[0]};
  EXPECT_FALSE(parse_agents(as_bytes(write_agents(twice)), "agents"));
}

// A whole file: masked, written down, read again, rebuilt, decoded.
TEST(TeeMask, FromEncodingToPlaintext) {
  for (const std::uint8_t copies : {std::uint8_t{1}, std::uint8_t{2}}) {
    test::Plan plan;
    plan.masked = false;
    plan.profile.copies = copies;
    const Bytes plain = test::random_bytes(300'000, 4);
    const test::Encoded made = test::encode(plan, plain);
    const Key256 mask = fake_random(5)->key();
    std::map<FragmentPos, Bytes> stored = made.fragments;
    std::map<FragmentPos, Hash256> roots;
    std::set<Hash256> distinct;
    for (auto& [pos, data] : stored) {
      apply_mask(data, mask, pos);
      roots[pos] = fragment_root(data);
      distinct.insert(roots[pos]);
    }
    EXPECT_EQ(distinct.size(), stored.size());  // equal replicas are not equal any more
    const auto custody =
        make_custody(made.manifest.file, mask, agents_of(keepers(3)), *fake_random(7));
    ASSERT_TRUE(custody);
    const auto root_of = [&](const FragmentPos& pos) {
      const auto it = roots.find(pos);
      return it == roots.end() ? nullptr : &it->second;
    };
    const auto masked = masked_manifest(made.manifest, *custody, root_of);
    ASSERT_TRUE(masked);
    EXPECT_NE(masked->fid, made.manifest.fid);
    EXPECT_EQ(masked->file, made.manifest.file);
    EXPECT_FALSE(masked_manifest(*masked, *custody, root_of));
    const auto text = write_manifest(*masked);
    ASSERT_TRUE(text);
    const auto again = parse_manifest(as_bytes(*text));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, *masked);

    // Rebuilding gives the masked bytes, bit by bit.
    std::vector<FragmentBytes> have;
    for (std::uint16_t i = 2; i < 6; ++i) have.push_back({{0, i, 0}, stored.at({0, i, 0})});
    const std::vector<FragmentPos> want = {{0, 0, 0}, {0, 1, 0}};
    std::vector<Bytes> rebuilt;
    ASSERT_TRUE(rebuild_fragments(rebuilt, plan.profile, &mask, have, want));
    EXPECT_EQ(rebuilt[0], stored.at(want[0]));
    EXPECT_EQ(rebuilt[1], stored.at(want[1]));

    roots.erase(roots.begin());
    EXPECT_FALSE(masked_manifest(made.manifest, *custody, root_of));
  }
}

// The manifest says what its mask is, and nothing else passes.
TEST(TeeMask, ManifestRefusesWhatDoesNotFit) {
  test::Plan plan;
  plan.masked = false;
  const test::Encoded made = test::encode(plan, test::random_bytes(1000, 4));
  const auto custody = make_custody(made.manifest.file, fake_random(5)->key(),
                                    agents_of(keepers(3)), *fake_random(7));
  ASSERT_TRUE(custody);
  Manifest m = made.manifest;
  m.custody = *custody;
  const auto good = write_manifest(m);
  ASSERT_TRUE(good);
  ASSERT_TRUE(parse_manifest(as_bytes(*good)));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = *good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  EXPECT_FALSE(parse_manifest(as_bytes(with(R"("mask":"tee")", R"("mask":"none")"))));
  EXPECT_FALSE(parse_manifest(as_bytes(with(R"("mask":"tee")", R"("mask":"owner")"))));
  EXPECT_FALSE(parse_manifest(as_bytes(with(R"("custody")", R"("kustody")"))));
  EXPECT_FALSE(parse_manifest(as_bytes(with(R"("threshold":2)", R"("threshold":1)"))));
  EXPECT_FALSE(parse_manifest(as_bytes(with(R"("x":1)", R"("x":2)"))));
  EXPECT_FALSE(parse_manifest(
      as_bytes(with(to_hex(custody->shares[1].agent), to_hex(custody->shares[0].agent)))));
  EXPECT_FALSE(parse_manifest(as_bytes(with(to_hex(custody->shares[1].sealed), "00"))));
}

}  // namespace
}  // namespace cess
