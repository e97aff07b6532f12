// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
// Challenges that bring the asked entries with them: answered by disks with another index, for
// exactly the root that was asked about.
#include "audit/opened_challenge.hpp"

#include <gtest/gtest.h>

#include "audit/challenge_json.hpp"
#include "fake_miner.hpp"

namespace cess {
namespace {

using test::FakeMiner;

// A challenge and its openings as whoever keeps `index` would ask them.
OpenedChallenge open_all(FakeMiner& index, std::uint32_t count) {
  const Challenge c = index.challenge(ProofSuite::kzg, count);
  auto proof = test::answer(index, c);
  return {c, std::move(proof.openings)};
}

// The same fragments as `usual`, in another order, with one more among them.
std::unique_ptr<FakeMiner> shuffled() {
  auto usual = FakeMiner::usual(1);
  auto m = std::make_unique<FakeMiner>(1);
  m->add(test::tagged_fragment(0, 999, 5000));
  for (const std::size_t i : {3U, 0U, 4U, 2U, 1U}) m->add(usual->fragment(i));
  return m;
}

TEST(OpenedChallenge, IsAnsweredByADiskInAnotherOrder) {
  auto chain = FakeMiner::usual(1);
  auto disk = shuffled();
  for (const std::uint32_t count : {1U, 7U, 60U}) {
    const OpenedChallenge asked = open_all(*chain, count);
    ASSERT_TRUE(openings_fit(asked));
    // By its own index it cannot: that is another.
    const auto by_index = answer_challenge(*disk, asked.challenge, {});
    ASSERT_FALSE(by_index);
    EXPECT_EQ(by_index.error().code, Code::no);
    const auto proof = answer_challenge(*disk, asked, {});
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_EQ(test::reason_for(*proof), Reason::none);
    EXPECT_EQ(write_json(proof_to_json(*proof)),
              write_json(proof_to_json(test::answer(*chain, asked.challenge))));
  }
}

TEST(OpenedChallenge, OpeningsThatAreNotAskedForAreNotAnswered) {
  auto chain = FakeMiner::usual(1);
  auto disk = shuffled();
  const OpenedChallenge good = open_all(*chain, 60);
  ASSERT_EQ(good.openings.size(), 5U);
  const auto refused = [&](const OpenedChallenge& c) {
    EXPECT_FALSE(openings_fit(c));
    const auto proof = answer_challenge(*disk, c, {});
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, Code::input);
  };
  auto bad = good;
  bad.openings.pop_back();  // one less
  refused(bad);
  bad = good;
  bad.openings.push_back(bad.openings.back());  // one more
  refused(bad);
  bad = good;
  std::swap(bad.openings[0], bad.openings[1]);
  refused(bad);
  bad = good;
  bad.openings[2].entry.frag = good.openings[1].entry.frag;
  refused(bad);
  bad = good;
  bad.openings[2].entry.tagger.bytes[0] ^= 1U;
  refused(bad);
  bad = good;
  ++bad.openings[1].entry.blocks;
  refused(bad);
  bad = good;
  bad.openings[0].path[0].hash.bytes[3] ^= 1U;
  refused(bad);
  bad = good;
  bad.challenge.svc_root.bytes[0] ^= 1U;
  refused(bad);
}

TEST(OpenedChallenge, AFragmentThatIsGoneIsNamed) {
  auto chain = FakeMiner::usual(1);
  auto disk = shuffled();
  disk->lose(2);  // the first of the chain's
  std::vector<FragId> named;
  ProverOptions options;
  options.bad_fragment = [&](const FragId& f, const std::string&) { named.push_back(f); };
  const auto proof = answer_challenge(*disk, open_all(*chain, 60), options);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().code, Code::no);
  EXPECT_EQ(named, std::vector<FragId>{chain->entries()[0].frag});
}

TEST(OpenedChallenge, HasOneWrittenForm) {
  auto chain = FakeMiner::usual(1);
  const OpenedChallenge c = open_all(*chain, 9);
  const std::string text = write_json(opened_challenge_to_json(c));
  const auto again = parse_opened_challenge(text, "line 1");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->challenge, c.challenge);
  EXPECT_TRUE(openings_fit(*again));
  EXPECT_EQ(write_json(opened_challenge_to_json(*again)), text);
  // Without openings it is the plain document, and a reader of that skips openings.
  EXPECT_EQ(write_json(opened_challenge_to_json({c.challenge, {}})),
            write_json(challenge_to_json(c.challenge)));
  ASSERT_LT(text.size(), kChallengeLineMax);
  EXPECT_EQ(*parse_challenge(text, "line 1"), c.challenge);

  Json j = opened_challenge_to_json(c);
  j["openings"] = Json::array();
  EXPECT_FALSE(parse_opened_challenge(write_json(j), "x"));
  j["openings"] = 7;
  EXPECT_FALSE(parse_opened_challenge(write_json(j), "x"));
  j = opened_challenge_to_json(c);
  for (std::uint32_t i = 0; i <= c.challenge.count; ++i) j["openings"].push_back(j["openings"][0]);
  EXPECT_FALSE(parse_opened_challenge(write_json(j), "x"));
}

}  // namespace
}  // namespace cess
