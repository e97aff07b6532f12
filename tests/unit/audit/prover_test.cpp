// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
#include "audit/prover.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <thread>

#include "audit/read_ahead.hpp"
#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

struct Bad {
  std::vector<std::pair<FragId, std::string>> seen;
  ProverOptions options;
  Bad() {
    options.bad_fragment = [this](const FragId& f, const std::string& why) {
      seen.emplace_back(f, why);
    };
  }
};

TEST(Prover, AnswersInEverySuite) {
  auto miner = FakeMiner::usual(1);
  for (const auto suite : kSuites) {
    for (const std::uint32_t count : {1U, 2U, 40U}) {
      EXPECT_EQ(reason_for(answer(*miner, miner->challenge(suite, count))), Reason::none);
    }
  }
}

TEST(Prover, SameAnswerWhateverTheReadsInFlight) {
  auto miner = FakeMiner::usual(1);
  const Challenge c = miner->challenge(ProofSuite::kzg, 30);
  std::string first;
  for (const unsigned reads : {1U, 2U, 7U, 64U}) {
    ProverOptions options;
    options.reads_in_flight = reads;
    const auto proof = answer_challenge(*miner, c, options);
    ASSERT_TRUE(proof);
    const std::string line = write_json(proof_to_json(*proof));
    EXPECT_TRUE(first.empty() || line == first);
    first = line;
  }
}

TEST(Prover, HasFewReadsInFlightAndReadsEachBlockOnce) {
  FakeMiner miner(3);
  miner.add(tagged_fragment(0, 1, 3 * kBlockSize));
  ProverOptions options;
  options.reads_in_flight = 3;
  ASSERT_TRUE(answer_challenge(miner, miner.challenge(ProofSuite::kzg, 200), options));
  EXPECT_LE(miner.reading_most, 3);
  EXPECT_EQ(miner.bytes_read, 3 * kBlockSize);
}

TEST(Prover, RefusesForeignAndOldChallenges) {
  auto miner = FakeMiner::usual(1);
  const auto refused = [&](auto change) {
    Challenge c = miner->challenge(ProofSuite::kzg, 4);
    change(c);
    const auto got = answer_challenge(*miner, c, {});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::no);
  };
  refused([](Challenge& c) { c.miner.bytes[0] ^= 1; });
  refused([](Challenge& c) { c.svc_root.bytes[0] ^= 1; });
  refused([](Challenge& c) { c.blocks += 1; });
  refused([](Challenge& c) { c.fragments -= 1; });
  Challenge c = miner->challenge(ProofSuite::kzg, 4);
  miner->add(tagged_fragment(0, 4242, 1024));
  EXPECT_FALSE(answer_challenge(*miner, c, {}));
}

TEST(Prover, NamesMissingFragmentsOnceAndMakesNoProof) {
  for (const auto suite : kSuites) {
    auto miner = FakeMiner::usual(1);
    miner->lose(0);
    miner->lose(2);
    Bad bad;
    const auto got = answer_challenge(*miner, miner->challenge(suite, 60), bad.options);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::no);
    EXPECT_NE(got.error().message.find("2 of the asked fragments"), std::string::npos)
        << got.error().message;
    ASSERT_EQ(bad.seen.size(), 2U);
    std::set<FragId> named{bad.seen[0].first, bad.seen[1].first};
    EXPECT_EQ(named, miner->lost);
  }
}

TEST(Prover, PassesOnFailuresOfTheMachine) {
  for (const auto suite : kSuites) {
    auto miner = FakeMiner::usual(1);
    miner->lose(0);
    miner->lost_code = Code::system;
    const auto got = answer_challenge(*miner, miner->challenge(suite, 60), {});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::system);
  }
}

TEST(Prover, SuiteTwoFindsDamageByItself) {
  auto miner = FakeMiner::usual(1);
  miner->fragment(2).data[7] ^= 1;
  Bad bad;
  EXPECT_FALSE(answer_challenge(*miner, miner->challenge(ProofSuite::kzg, 60), bad.options));
  ASSERT_EQ(bad.seen.size(), 1U);
  EXPECT_EQ(bad.seen[0].first, miner->entries()[2].frag);
}

TEST(Prover, DamageUnderTagsMakesAFalseProofAndTheCheckNamesIt) {
  auto miner = FakeMiner::usual(1);
  miner->fragment(1).data[5] ^= 0x10;
  const Challenge c = miner->challenge(ProofSuite::kzg, 60);
  EXPECT_EQ(reason_for(answer(*miner, c)), Reason::equation);
  Bad bad;
  const auto count = check_asked_fragments(*miner, c, bad.options);
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 1U);
  ASSERT_EQ(bad.seen.size(), 1U);
  EXPECT_EQ(bad.seen[0].first, miner->entries()[1].frag);
}

TEST(Prover, TagFilesOfOtherFragmentsAreNamed) {
  auto miner = FakeMiner::usual(1);
  miner->fragment(1).tags = miner->fragment(4).tags;
  Bad bad;
  EXPECT_FALSE(answer_challenge(*miner, miner->challenge(ProofSuite::kzg, 60), bad.options));
  ASSERT_EQ(bad.seen.size(), 1U);
  EXPECT_EQ(bad.seen[0].first, miner->entries()[1].frag);
}

TEST(Prover, FragmentsShorterThanTheirEntryAreNamed) {
  for (const auto suite : kSuites) {
    FakeMiner miner(8);
    miner.add_as(untagged_fragment(900, 1024), 3, {});
    Bad bad;
    const auto got = answer_challenge(miner, miner.challenge(suite, 60), bad.options);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Code::no);
    ASSERT_EQ(bad.seen.size(), 1U);
    EXPECT_NE(bad.seen[0].second.find("shorter"), std::string::npos);
  }
}

TEST(ReadAhead, HandsOutEveryPieceInOrder) {
  const FragId a = FragId::from(noise(1, 32));
  const FragId b = FragId::from(noise(2, 32));
  const std::vector<Extent> extents = {
      {a, 5, 2 * kBlockSize + 1}, {b, 0, 1}, {a, 0, kBlockSize}, {b, 7, 3}};
  for (const unsigned in_flight : {0U, 1U, 3U, 100U}) {
    ReadAhead ahead(extents, in_flight, [](const FragId&, std::uint64_t offset, MutByteView out) {
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<std::uint8_t>((offset + i) * 7);
      }
      return Status{};
    });
    std::size_t extent = 0;
    std::uint64_t at = 0;
    while (const auto* piece = ahead.next()) {
      ASSERT_LT(extent, extents.size());
      EXPECT_EQ(piece->extent, extent);
      EXPECT_EQ(piece->offset, extents[extent].offset + at);
      for (std::size_t i = 0; i < piece->data.size(); i += 1000) {
        EXPECT_EQ(piece->data[i], static_cast<std::uint8_t>((piece->offset + i) * 7));
      }
      at += piece->data.size();
      EXPECT_EQ(piece->last, at == extents[extent].size);
      if (piece->last) {
        ++extent;
        at = 0;
      }
    }
    EXPECT_EQ(extent, extents.size());
    EXPECT_EQ(ahead.next(), nullptr);
  }
}

TEST(ReadAhead, CanBeLeftInTheMiddle) {
  for (int i = 0; i < 50; ++i) {
    ReadAhead ahead({{FragId{}, 0, 100 * kBlockSize}}, 4,
                    [](const FragId&, std::uint64_t, MutByteView) { return Status{}; });
    for (int n = 0; n < i % 5; ++n) ASSERT_NE(ahead.next(), nullptr);
  }
  ReadAhead none({}, 4, [](const FragId&, std::uint64_t, MutByteView) { return Status{}; });
  EXPECT_EQ(none.next(), nullptr);
}

TEST(ReadAhead, ReadsByItselfWhenNoThreadCanStart) {
  pthread_attr_t before, huge;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_attr_init(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 47U), 0);
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  const auto self = std::this_thread::get_id();
  bool alone = true;
  const auto read = [&](const FragId&, std::uint64_t, MutByteView) -> Status {
    alone = alone && std::this_thread::get_id() == self;
    return {};
  };
  ReadAhead ahead({{{}, 0, 3 * kBlockSize}, {{}, 0, 100}}, 4, read);
  EXPECT_EQ(pthread_setattr_default_np(&before), 0);
  std::uint64_t bytes = 0;
  while (const auto* piece = ahead.next()) bytes += piece->data.size();
  EXPECT_EQ(bytes, 3 * kBlockSize + 100);
  EXPECT_TRUE(alone);
  pthread_attr_destroy(&huge);
  pthread_attr_destroy(&before);
}

}  // namespace
}  // namespace cess
