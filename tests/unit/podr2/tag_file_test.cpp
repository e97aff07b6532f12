// SPDX-License-Identifier: Apache-2.0
// Descriptors and tag files: exact bytes, strict reading.
#include "podr2/tag_file.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "podr2_fixture.hpp"

namespace cess {
namespace {

Descriptor sample(AuditSuite suite) {
  Descriptor d;
  d.suite = suite;
  d.file = FileId::from(test::noise(1, 32));
  d.segment = 0x01020304;
  d.fragment = 0x0506;
  d.replica = 0x0708;
  d.length = 3 * kBlockSize + 1024;
  d.root = Hash256::from(test::noise(2, 32));
  if (suite == AuditSuite::sw_kzg) {
    d.tagger = TaggerId::from(test::noise(3, 32));
    d.nonce[0] = 9;
  }
  return d;
}

TEST(Descriptor, BytesAreThoseOfTheTable) {
  const auto bytes = encode_descriptor(sample(AuditSuite::sw_kzg));
  const ByteView b = bytes;
  EXPECT_EQ(as_text(b.first(8)), "CESSFRG1");
  EXPECT_EQ(to_hex(b.subspan(8, 2)), "0101");
  EXPECT_EQ(to_hex(b.subspan(42, 8)), "0403020106050807");
  EXPECT_EQ(to_hex(b.subspan(50, 8)), "00040c0000000000");
  EXPECT_EQ(to_hex(b.subspan(58, 4)), "04000000");
  EXPECT_EQ(to_hex(b.subspan(126, 2)), "0900");
}

TEST(Descriptor, RoundTripAndIds) {
  for (const auto suite : {AuditSuite::sw_kzg, AuditSuite::merkle}) {
    const Descriptor d = sample(suite);
    const auto bytes = encode_descriptor(d);
    ASSERT_TRUE(parse_descriptor(bytes));
    EXPECT_EQ(*parse_descriptor(bytes), d);
    Bytes named = {};
    append(named, "CESS-FRAG-ID-v1");
    append(named, bytes);
    EXPECT_EQ(to_hex(frag_id(d)), to_hex(sha256(named)));
  }
}

TEST(Descriptor, EveryBitChangesTheIdOrIsRefused) {
  const Descriptor d = sample(AuditSuite::sw_kzg);
  const auto bytes = encode_descriptor(d);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto b = bytes;
    b[bit / 8] = static_cast<std::uint8_t>(b[bit / 8] ^ (1U << (bit % 8)));
    const auto read = parse_descriptor(b);
    if (read) {
      EXPECT_NE(frag_id(*read), frag_id(d)) << bit;
    }
  }
}

TEST(Descriptor, RefusesWhatDoesNotFit) {
  const auto refused = [](AuditSuite suite, std::size_t at, std::uint8_t v) {
    auto b = encode_descriptor(sample(suite));
    b[at] = v;
    return !parse_descriptor(b).has_value();
  };
  EXPECT_TRUE(refused(AuditSuite::merkle, 0, 'c'));
  EXPECT_TRUE(refused(AuditSuite::merkle, 8, 0));
  EXPECT_TRUE(refused(AuditSuite::merkle, 9, 0));
  EXPECT_TRUE(refused(AuditSuite::merkle, 9, 3));
  EXPECT_TRUE(refused(AuditSuite::merkle, 58, 3));     // block count
  EXPECT_TRUE(refused(AuditSuite::merkle, 52, 0x10));  // length
  EXPECT_TRUE(refused(AuditSuite::merkle, 57, 0xff));  // length past the block count
  EXPECT_TRUE(refused(AuditSuite::merkle, 94, 1));     // tagger in suite 2
  EXPECT_TRUE(refused(AuditSuite::merkle, 141, 1));    // nonce in suite 2
  auto b = encode_descriptor(sample(AuditSuite::merkle));
  b[9] = 1;  // suite 1 without a tagger
  EXPECT_FALSE(parse_descriptor(b));
  std::fill(b.begin() + 50, b.begin() + 62, std::uint8_t{0});  // length 0
  b[9] = 2;
  EXPECT_FALSE(parse_descriptor(b));
  const auto good = encode_descriptor(sample(AuditSuite::merkle));
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(parse_descriptor(ByteView(good).first(n))) << n;
  }
}

TagFile tag_file(AuditSuite suite) {
  TagFile t;
  t.descriptor = sample(suite);
  if (suite == AuditSuite::sw_kzg) {
    t.signature[5] = 7;
    t.tags = test::noise(4, 4 * kTagSize);
  }
  return t;
}

TEST(TagFile, RoundTripOneAndMany) {
  Bytes all;
  for (const auto suite : {AuditSuite::sw_kzg, AuditSuite::merkle, AuditSuite::sw_kzg}) {
    const Bytes b = encode_tag_file(tag_file(suite));
    EXPECT_EQ(b.size(), suite == AuditSuite::merkle ? 206U : 206U + 4 * 48);
    const auto one = parse_tag_file(b);
    ASSERT_TRUE(one);
    EXPECT_EQ(encode_tag_file(*one), b);
    append(all, b);
  }
  const auto many = parse_tag_files(all, 3);
  ASSERT_TRUE(many);
  ASSERT_EQ(many->size(), 3U);
  EXPECT_FALSE(parse_tag_files(all, 2));
  EXPECT_FALSE(parse_tag_file(all));
  EXPECT_TRUE(parse_tag_files({}, 0)->empty());
}

TEST(TagFile, RefusesCutAndLyingFiles) {
  const Bytes good = encode_tag_file(tag_file(AuditSuite::sw_kzg));
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(parse_tag_file(ByteView(good).first(n))) << n;
    if (n > 0) {
      EXPECT_FALSE(parse_tag_files(ByteView(good).first(n), 9)) << n;
    }
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(parse_tag_file(longer));
  // 206 bytes that claim 2^32-1 blocks: refused without reserving for them.
  Descriptor d = sample(AuditSuite::sw_kzg);
  d.length = std::uint64_t{0xffffffff} * kBlockSize;
  const auto head = encode_descriptor(d);
  Bytes bomb(head.begin(), head.end());
  bomb.resize(206);
  EXPECT_FALSE(parse_tag_file(bomb));
  // Suite 2 with a signature.
  Bytes merkle = encode_tag_file(tag_file(AuditSuite::merkle));
  merkle[142] = 1;
  EXPECT_FALSE(parse_tag_file(merkle));
}

}  // namespace
}  // namespace cess
