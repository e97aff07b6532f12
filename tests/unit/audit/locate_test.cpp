// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
#include "audit/locate.hpp"

#include <gtest/gtest.h>

#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

class Locate : public ::testing::Test {
 protected:
  Locate() : miner_(77) {
    for (std::uint64_t i = 0; i < 23; ++i) {
      miner_.add(untagged_fragment(i, 1024 + (i % 4) * 3 * kBlockSize / 2));
    }
    challenge_ = miner_.challenge(ProofSuite::merkle, 30);
    draws_ = draw_all(challenge_);
    proof_ = answer(miner_, challenge_);
  }
  bool accepts(const std::vector<Opening>& openings) {
    return locate_by_openings(challenge_, draws_, openings).has_value();
  }
  FakeMiner miner_;
  Challenge challenge_;
  std::vector<Draw> draws_;
  AuditProof proof_;
};

TEST_F(Locate, OpeningsAgreeWithTheList) {
  const auto a = locate_by_openings(challenge_, draws_, proof_.openings);
  const auto b = locate_by_index(miner_.list(), draws_);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->entries, b.entries);
  for (std::size_t k = 0; k < draws_.size(); ++k) {
    EXPECT_EQ(a->at[k].entry, b.at[k].entry);
    EXPECT_EQ(a->at[k].block, b.at[k].block);
    const auto hit = miner_.find(draws_[k].block);
    EXPECT_EQ(a->entries[a->at[k].entry], hit->entry);
    EXPECT_EQ(a->at[k].block, hit->block);
  }
}

TEST_F(Locate, RefusesAnyOtherSetOfOpenings) {
  ASSERT_TRUE(accepts(proof_.openings));
  EXPECT_FALSE(accepts({}));
  for (std::size_t i = 0; i < proof_.openings.size(); ++i) {
    auto fewer = proof_.openings;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(accepts(fewer));
    auto twice = proof_.openings;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), twice[i]);
    EXPECT_FALSE(accepts(twice));
  }
  auto swapped = proof_.openings;
  std::swap(swapped[0], swapped[1]);
  EXPECT_FALSE(accepts(swapped));
  // An entry that exists but was not hit.
  auto more = proof_.openings;
  for (std::uint64_t p = 0; p < miner_.entries().size(); ++p) {
    const bool hit =
        std::any_of(more.begin(), more.end(), [p](const Opening& o) { return o.position == p; });
    if (hit) continue;
    const auto place =
        std::find_if(more.begin(), more.end(), [p](const Opening& o) { return o.position > p; });
    more.insert(place, {p, miner_.entries()[p], *miner_.path(p)});
    EXPECT_FALSE(accepts(more));
    return;
  }
  FAIL() << "every entry was hit: the test shows nothing";
}

TEST_F(Locate, RefusesEveryBentField) {
  for (std::size_t i = 0; i < proof_.openings.size(); i += 3) {
    const auto bent = [&](auto change) {
      auto openings = proof_.openings;
      change(openings[i]);
      EXPECT_FALSE(accepts(openings));
    };
    bent([](Opening& o) { o.position ^= 1; });
    bent([](Opening& o) { o.position += std::uint64_t{1} << 40U; });
    bent([](Opening& o) { o.entry.frag.bytes[3] ^= 1; });
    bent([](Opening& o) { o.entry.blocks += 1; });
    bent([](Opening& o) { o.entry.blocks = 0; });
    bent([](Opening& o) { o.entry.tagger.bytes[0] ^= 1; });
    bent([](Opening& o) { o.path.pop_back(); });
    bent([](Opening& o) { o.path.emplace_back(); });
    for (std::size_t n = 0; n < proof_.openings[i].path.size(); ++n) {
      bent([n](Opening& o) { o.path[n].hash.bytes[31] ^= 0x80; });
      bent([n](Opening& o) { o.path[n].sum += 1; });
    }
  }
}

TEST_F(Locate, RefusesAnotherRootOrTotal) {
  for (int i = 0; i < 3; ++i) {
    Challenge c = challenge_;
    if (i == 0) c.svc_root.bytes[0] ^= 1;
    if (i == 1) c.blocks += 1;
    if (i == 2) c.blocks -= 1;
    EXPECT_FALSE(locate_by_openings(c, draws_, proof_.openings));
  }
}

}  // namespace
}  // namespace cess
