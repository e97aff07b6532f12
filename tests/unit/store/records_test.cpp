// SPDX-License-Identifier: Apache-2.0
#include "store/records.hpp"

#include <gtest/gtest.h>

#include "store/ack.hpp"
#include "store/file_paths.hpp"
#include "store/layout.hpp"
#include "store/scrub.hpp"

namespace cess {
namespace {

StoredFragment sample() {
  StoredFragment f;
  f.descriptor.length = 1024;
  f.descriptor.root.bytes.fill(3);
  f.id = frag_id(f.descriptor);
  f.position = 5;
  f.sidecar.bytes.fill(9);
  f.tag_offset = 17;
  f.tag_size = 206;
  return f;
}

TEST(Records, RoundTrips) {
  records::Counters c;
  c.sequence = 1;
  c.folder_bytes = UINT64_MAX;
  EXPECT_EQ(*records::parse_counters(records::encode_counters(c)), c);
  const StoredFragment f = sample();
  const std::string text = records::encode_fragment(f);
  EXPECT_EQ(text.size(), 190U);
  const auto back = records::parse_fragment(f.id, text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->descriptor, f.descriptor);
  EXPECT_EQ(back->position, 5U);
  EXPECT_EQ(back->tag_size, 206U);
  const SumNode node{f.sidecar, 77};
  EXPECT_EQ(*records::parse_node(records::encode_node(node)), node);
  const records::Shared shared{1, 2};
  EXPECT_EQ(*records::parse_shared(records::encode_shared(shared)), shared);
}

TEST(Records, RefuseEveryOtherLength) {
  const StoredFragment f = sample();
  const std::string fragment = records::encode_fragment(f);
  const std::string counters = records::encode_counters({});
  for (std::size_t n = 0; n < fragment.size(); ++n) {
    EXPECT_FALSE(records::parse_fragment(f.id, fragment.substr(0, n))) << n;
  }
  for (std::size_t n = 0; n < counters.size(); ++n) {
    EXPECT_FALSE(records::parse_counters(counters.substr(0, n))) << n;
  }
  EXPECT_FALSE(records::parse_fragment(f.id, fragment + "x"));
  EXPECT_FALSE(records::parse_counters(counters + "x"));
}

TEST(Records, FragmentRecordIsBoundToItsId) {
  const StoredFragment f = sample();
  std::string text = records::encode_fragment(f);
  for (std::size_t i = 0; i < kDescriptorSize; ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(records::parse_fragment(f.id, other)) << i;
  }
}

TEST(Records, KeysSortAsNumbers) {
  EXPECT_LT(records::position_key(255), records::position_key(256));
  EXPECT_LT(records::node_key(0, UINT64_MAX), records::node_key(1, 0));
  EXPECT_LT(records::place_key({}, 1, 0, 2), records::place_key({}, 1, 1, 0));
}

TEST(Ack, TakesTheNewerSlotAndSurvivesATornOne) {
  MinerId miner;
  miner.bytes.fill(4);
  Bytes record(kAckSize);
  const auto put = [&](std::size_t slot, std::uint64_t sequence) {
    const auto bytes = encode_ack_slot(sequence, miner);
    std::copy(bytes.begin(), bytes.end(),
              record.begin() + static_cast<std::ptrdiff_t>(slot * kAckStride));
  };
  put(0, 8);
  put(1, 9);
  EXPECT_EQ(*parse_ack(record, miner, "ack"), 9U);
  for (std::size_t i = 0; i < kAckSlotSize; ++i) {
    Bytes torn = record;
    torn[kAckStride + i] ^= 1;
    EXPECT_EQ(*parse_ack(torn, miner, "ack"), 8U) << i;
    torn[i] ^= 1;
    EXPECT_FALSE(parse_ack(torn, miner, "ack")) << i;
  }
  EXPECT_FALSE(parse_ack(ByteView(record).first(kAckSize - 1), miner, "ack"));
  EXPECT_FALSE(parse_ack(record, MinerId{}, "ack"));
}

TEST(Intent, RefusesEveryFlippedBit) {
  const BlobName names[] = {{BlobKind::fragment, sample().sidecar}, {BlobKind::tagger, {}}};
  const Bytes bytes = detail::encode_intent(names);
  const auto back = detail::parse_intent(bytes);
  ASSERT_TRUE(back);
  EXPECT_TRUE(std::equal(back->begin(), back->end(), std::begin(names), std::end(names)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes other = bytes;
    other[i] ^= 0x20;
    EXPECT_FALSE(detail::parse_intent(other)) << i;
    EXPECT_FALSE(detail::parse_intent(ByteView(bytes).first(i))) << i;
  }
}

TEST(FileNames, AreTheOnesOfIdsAndNothingElse) {
  const BlobName name{BlobKind::fragment, sample().sidecar};
  const std::string file = detail::file_name(name);
  EXPECT_EQ(detail::parse_file_name(file), name);
  EXPECT_EQ(detail::relative_path(name), "fragments/09/09/" + file);
  for (const std::string& bad : {std::string("x") + file.substr(1), file + "x", file.substr(1),
                                 std::string(".frag"), "A" + file.substr(1), std::string()}) {
    EXPECT_FALSE(detail::parse_file_name(bad)) << bad;
  }
}

TEST(Config, RefusesOtherVersionsAndSmallStores) {
  StoreConfig c;
  c.capacity_bytes = layout::kCapacityMin;
  c.created = "2026-01-02T03:04:05Z";
  const std::string text = layout::encode_config(c);
  const auto back = layout::parse_config(text, "store.json");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(layout::encode_config(*back), text);
  std::string newer = text;
  newer.replace(newer.find("store/1"), 7, "store/2");
  const auto refused = layout::parse_config(newer, "store.json");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
  EXPECT_NE(refused.error().message.find("nothing was touched"), std::string::npos);
  c.capacity_bytes = layout::kCapacityMin - 1;
  EXPECT_FALSE(layout::parse_config(layout::encode_config(c), "store.json"));
}

TEST(Cursor, RoundTripsAndRefusesOthers) {
  ScrubCursor cursor{'t', sample().sidecar};
  EXPECT_EQ(*parse_cursor(encode_cursor(cursor), "cursor"), cursor);
  EXPECT_FALSE(parse_cursor("{}", "cursor"));
  cursor.phase = 'x';
  EXPECT_FALSE(parse_cursor(encode_cursor(cursor), "cursor"));
}

}  // namespace
}  // namespace cess
