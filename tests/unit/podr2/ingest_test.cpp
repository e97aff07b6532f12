// SPDX-License-Identifier: Apache-2.0
// The ingest check: groups of fragments, bad ones named, misfits refused at the door.
#include "podr2/ingest.hpp"

#include <gtest/gtest.h>

#include "podr2_fixture.hpp"

namespace cess {
namespace {

using test::TestFragment;

class Ingest : public ::testing::Test {
 protected:
  Ingest() {
    for (std::size_t i = 0; i < 9; ++i) {
      // Two of several blocks, the others short: a sum over the whole key list is dear.
      const std::size_t size = i == 5 || i == 8 ? kBlockSize + 1 + i : 1 + i * 300;
      fragments.emplace_back(t.tagger, 100 + i, size);
    }
  }
  std::vector<std::size_t> check(std::uint64_t seed = 1) {
    IngestCheck c(t.pub, test::check_seed(seed));
    for (const auto& f : fragments) EXPECT_TRUE(c.add(f.tags, f.data));
    EXPECT_EQ(c.count(), fragments.size());
    return c.finish();
  }
  /// Moves tag `i` of fragment `f` by `by`, still a point of G1.
  void shift_tag(std::size_t f, std::uint32_t i, const bls::G1& by) {
    const auto moved = (*bls::G1::parse(fragments[f].tag(i)) + by).compress();
    std::copy(moved.begin(), moved.end(),
              fragments[f].tags.tags.begin() + std::ptrdiff_t(i * kTagSize));
  }
  test::TestTagger& t = test::tagger(0);
  std::vector<TestFragment> fragments;
};

TEST_F(Ingest, GoodGroups) {
  EXPECT_TRUE(check().empty());
  IngestCheck c(t.pub, test::check_seed(2));
  EXPECT_TRUE(c.finish().empty());  // nothing to check
  ASSERT_TRUE(c.add(fragments[3].tags, fragments[3].data));
  EXPECT_TRUE(c.finish().empty());
  ASSERT_TRUE(c.add(fragments[4].tags, fragments[4].data));  // the object is as new
  EXPECT_EQ(c.count(), 1U);
  EXPECT_TRUE(c.finish().empty());
}

TEST_F(Ingest, OneBadTagIsNamed) {
  for (const std::size_t bad : {0U, 4U, 8U}) {
    const auto saved = fragments;
    shift_tag(bad, fragments[bad].tags.descriptor.blocks() - 1, bls::G1::generator());
    EXPECT_EQ(check(), (std::vector<std::size_t>{bad}));
    fragments = saved;
  }
}

TEST_F(Ingest, SeveralBadAndCancellingTagsAreNamed) {
  const bls::G1 delta = bls::G1::generator().mul(bls::Scalar::from_u64(5));
  shift_tag(2, 0, delta);
  shift_tag(7, 0, delta.negate());
  // Both tags of one fragment, cancelling, and two tags of one fragment swapped.
  shift_tag(5, 0, delta);
  shift_tag(5, 1, delta.negate());
  std::swap_ranges(fragments[8].tags.tags.begin(), fragments[8].tags.tags.begin() + 48,
                   fragments[8].tags.tags.begin() + 48);
  EXPECT_EQ(check(), (std::vector<std::size_t>{2, 5, 7, 8}));
  EXPECT_EQ(check(77), (std::vector<std::size_t>{2, 5, 7, 8}));
}

TEST_F(Ingest, MisfitsAreRefusedAtTheDoor) {
  IngestCheck c(t.pub, test::check_seed(3));
  const TestFragment& f = fragments[2];
  const auto refused = [&](const TagFile& tags, ByteView data) {
    const auto s = c.add(tags, data);
    return !s && s.error().code == Code::no;
  };
  Bytes data = f.data;
  data[500] ^= 1;
  EXPECT_TRUE(refused(f.tags, data));                                       // root
  EXPECT_TRUE(refused(f.tags, ByteView(f.data).first(f.data.size() - 1)));  // length
  EXPECT_TRUE(refused(f.tags, {}));
  TagFile tags = f.tags;
  tags.signature[0] ^= 1;
  EXPECT_TRUE(refused(tags, f.data));
  tags = f.tags;
  tags.descriptor.segment ^= 1;  // signature no longer fits
  EXPECT_TRUE(refused(tags, f.data));
  tags = f.tags;
  tags.tags.resize(tags.tags.size() - kTagSize);
  EXPECT_TRUE(refused(tags, f.data));
  tags = f.tags;
  tags.tags[0] ^= 0x80;
  EXPECT_TRUE(refused(tags, f.data));
  tags = f.tags;
  tags.descriptor.suite = AuditSuite::merkle;
  EXPECT_TRUE(refused(tags, f.data));
  const TestFragment other(test::tagger(1).tagger, 1, 1000);
  EXPECT_TRUE(refused(other.tags, other.data));
  EXPECT_EQ(c.count(), 0U);
  ASSERT_TRUE(c.add(f.tags, f.data));
  EXPECT_TRUE(c.finish().empty());
}

// Right but for a part of the cofactor's order, which no pairing sees: alone, and with another that
// takes it out of a plain sum.
TEST_F(Ingest, TagsOutsideTheSubgroupAreFound) {
  const bls::G1 q = bls::hash_to_curve_uncleared("T", as_bytes("q"));
  const bls::Scalar all_but_one = bls::Scalar::from_u64(1).negate();
  const bls::G1 stray =
      q + bls::msm_vartime(bls::to_affine({&q, 1}), std::span(&all_but_one, 1));  // r·q
  ASSERT_FALSE(stray.in_subgroup());
  shift_tag(3, 0, stray);
  EXPECT_EQ(check(), (std::vector<std::size_t>{3}));
  shift_tag(7, 0, stray.negate());
  EXPECT_EQ(check(), (std::vector<std::size_t>{3, 7}));
}

}  // namespace
}  // namespace cess
