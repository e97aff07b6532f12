// SPDX-License-Identifier: Apache-2.0
// The bytes of an index: those of the format; what a power cut leaves out, and what is damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/codec.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/index.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/segment_layout.hpp"
#include "index_records.hpp"
#include "sys/file.hpp"

namespace cess::fp {
namespace {

// Made by Python (struct, hashlib) from doc/formats/fingerprint-index.md alone.
TEST(Index, TheFilesAreThoseOfTheFormat) {
  Bytes log = log_head(7);
  std::vector<IndexRecord> records(3);
  for (std::uint8_t i = 0; i < 2; ++i) {
    records[i].word[0] = i;
    records[i].label.bytes[0] = static_cast<std::uint8_t>(0x10 * (i + 1));
    append(log, log_entry(7, i, records[i]));
  }
  EXPECT_EQ(to_hex(sha256(log)),
            "397bdec61aa50f081b5ac32d5f2bf5b982bf5509d3f21486de746c8e56adfe25");
  for (std::uint8_t i = 0; i < 3; ++i) {
    for (unsigned j = 0; j < 32; ++j)
      records[i].word[j] = static_cast<std::uint8_t>(37 * i + 11 * j + j * j * i);
    records[i].label = Hash256{};
    records[i].label.bytes[0] = static_cast<std::uint8_t>(i + 1);
  }
  EXPECT_EQ(to_hex(sha256(segment_bytes({records}))),
            "997423cefe035c6d3bcb7fd6bf269c5a65de07492b812414d6a0381863e95773");
}

// A power cut may leave the length of a log without all of its sectors; those read as zeros.
TEST(Index, WhatAPowerCutLeftOutIsCutAndWhatIsDamagedIsTold) {
  const auto all = index_records(0, 40);
  Bytes log = log_head(7);
  for (std::size_t i = 0; i < all.size(); ++i) append(log, log_entry(7, i, all[i]));
  ASSERT_EQ(parse_log(log, 7)->size(), 40U);
  EXPECT_FALSE(parse_log(log, 8));
  for (std::size_t sector = 1; 512 * sector < log.size(); ++sector) {
    Bytes torn = log;
    const std::size_t end = std::min(torn.size(), 512 * sector + 512);
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(512 * sector),
              torn.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
    const auto records = parse_log(torn, 7);
    ASSERT_TRUE(records) << sector;
    EXPECT_EQ(records->size(), (512 * sector - kLogHeadSize) / kLogEntrySize);
  }
  // A batch that began within a sector, which had others before.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t from = kLogHeadSize + i * kLogEntrySize;
    Bytes torn = log;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from),
              torn.begin() + static_cast<std::ptrdiff_t>(std::min(log.size(), (from | 511U) + 1)),
              std::uint8_t{0});
    const auto records = parse_log(torn, 7);
    ASSERT_TRUE(records) << i;
    EXPECT_EQ(records->size(), i);
  }
  // What lies between bytes that are there was not lost by a power cut, nor was a byte.
  Bytes wrong = log;
  std::fill(wrong.begin() + 600, wrong.begin() + 850, std::uint8_t{0});
  EXPECT_EQ(parse_log(wrong, 7).error().message, "record 8 is damaged");
  for (std::size_t i = 0; i < log.size(); ++i) {
    log[i] ^= 0x10U;
    EXPECT_FALSE(parse_log(log, 7)) << i;
    log[i] ^= 0x10U;
  }
}

TEST(Index, ALogIsReadToItsLimit) {
  Bytes log = log_head(1);
  for (std::size_t i = 0; i <= Index::kLogRecordsMax; ++i) append(log, log_entry(1, i, {}));
  EXPECT_EQ(parse_log(log, 1)->size(), Index::kLogRecordsMax);
}

TEST(Index, AFlippedByteOfALogIsToldToReadersAndWriters) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  const auto all = index_records(0, 5);
  ASSERT_TRUE(Index::open_to_add(folder.index())->add(all));
  const std::string log = folder.index() + "/log-1";
  const auto whole = read_file(log, 1U << 20U).value();
  for (std::size_t i = 0; i < whole.size(); i += 11) {
    auto bytes = whole;
    bytes[i] ^= 1U;
    ASSERT_TRUE(write_file(log, bytes, {.mode = 0644, .replace = true}));
    EXPECT_EQ(Index::open(folder.index()).error().code, Code::input) << i;
    EXPECT_EQ(Index::open_to_add(folder.index()).error().code, Code::input) << i;
  }
  EXPECT_EQ(std::filesystem::file_size(log), whole.size());  // and nobody cut it
}

TEST(Index, DamageIsNamed) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  const auto all = index_records(0, 66000);
  ASSERT_TRUE(Index::open_to_add(folder.index())->add(all));
  const std::string segment = folder.index() + "/segment-2";
  ASSERT_TRUE(path_exists(segment));
  {
    const auto whole = read_file(segment, 1U << 30U).value();
    // No answer may be believed, and no byte outside be read, whatever the tables say: everything
    // beyond its limits; record numbers alone; starts that go on to where nothing is.
    const std::size_t tables = 32 + 64 * 66000;
    const unsigned bits = piece_bits(0, load_le<std::uint32_t>(whole.data() + 16));
    const std::size_t numbers = tables + 4 * ((std::size_t{1} << bits) + 1);
    for (const unsigned damage : {0U, 1U, 2U}) {
      auto bytes = whole;
      const auto fill = [&](std::size_t from, std::size_t to) {
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                  bytes.begin() + static_cast<std::ptrdiff_t>(to), std::uint8_t{0xff});
      };
      if (damage == 0) fill(tables, bytes.size());
      if (damage == 1) fill(numbers, numbers + std::size_t{4} * 66000);
      for (std::size_t at = tables; damage == 2 && at < numbers; at += 4) {
        const std::uint32_t value = piece_value(all[0].word.data(), 0, bits);
        if ((at - tables) / 4 > value) fill(at, at + 4);
      }
      ASSERT_TRUE(write_file(segment, bytes, {.mode = 0644, .replace = true}));
      const auto index = Index::open(folder.index());
      ASSERT_TRUE(index);
      EXPECT_TRUE(index->search(all[0].word, 0).empty()) << damage;
      EXPECT_FALSE(index->check());
    }
  }
  // One that is whole, and another's.
  ASSERT_TRUE(write_file(segment, segment_bytes({index_records(0, 65999)}),
                         {.mode = 0644, .replace = true}));
  EXPECT_EQ(Index::open(folder.index()).error().code, Code::input);
  std::filesystem::resize_file(segment, 100);
  EXPECT_EQ(Index::open(folder.index()).error().code, Code::input);
  auto manifest = read_file(folder.index() + "/manifest", 8192).value();
  const auto parsed = parse_manifest(manifest);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(encode_manifest(*parsed), manifest);
  for (std::size_t i = 0; i < manifest.size(); ++i) {
    manifest[i] ^= 1U;
    EXPECT_FALSE(parse_manifest(manifest)) << i;
    manifest[i] ^= 1U;
  }
}

// With a checksum that is right.
TEST(Index, AManifestThatIsNotTheFormatsIsRefused) {
  IndexManifest m;
  m.log = 9;
  m.parts = {{2, 5, {}}, {4, kSegmentRecordsMax, {}}};
  const Bytes whole = encode_manifest(m);
  ASSERT_TRUE(parse_manifest(whole));
  const auto summed = [](Bytes body) {
    append(body, sha256(body).view());
    return body;
  };
  const Bytes body(whole.begin(), whole.end() - Hash256::kSize);
  ASSERT_EQ(summed(body), whole);
  for (const std::size_t at : {0U, 7U, 19U, 20U, 23U}) {  // magic, number of segments, zero
    Bytes other = body;
    other[at] ^= 1U;
    EXPECT_FALSE(parse_manifest(summed(other))) << at;
  }
  Bytes behind = whole;
  behind.push_back(0);
  EXPECT_FALSE(parse_manifest(behind));
  for (const IndexManifest::Part& bad :
       {IndexManifest::Part{2, 5, {}}, {6, 0, {}}, {6, kSegmentRecordsMax + 1, {}}}) {
    IndexManifest other = m;
    other.parts.push_back(bad);
    EXPECT_FALSE(parse_manifest(encode_manifest(other))) << bad.number << " " << bad.records;
  }
  // As many segments as there may be, and one more.
  m.parts.clear();
  for (std::uint64_t i = 0; i < IndexManifest::kSegmentsMax; ++i) m.parts.push_back({2 + i, 1, {}});
  const Bytes most = encode_manifest(m);
  EXPECT_TRUE(parse_manifest(most));
  Bytes more(most.begin(), most.end() - Hash256::kSize);
  more[16] = static_cast<std::uint8_t>(IndexManifest::kSegmentsMax + 1);
  Writer another;
  another.le(std::uint64_t{1000}).le(std::uint64_t{1}).id(Hash256{});
  append(more, another.bytes());
  EXPECT_FALSE(parse_manifest(summed(more)));
}

// Of four segments of one size that become one: damage anywhere in them stops it, and what was
// there is there.
TEST(Index, NoMergeMakesARightSegmentOfAWrongOne) {
  const IndexFolder folder;
  constexpr std::uint64_t kEach = 66000;
  ASSERT_TRUE(Index::create(folder.index()));
  for (std::uint64_t i = 0; i < 3; ++i)
    ASSERT_TRUE(Index::open_to_add(folder.index())->add(index_records(i * kEach, kEach)));
  const std::string segment = folder.index() + "/segment-4";
  const Bytes whole = read_file(segment, std::size_t{1} << 30U).value();
  const auto last = index_records(3 * kEach, kEach);
  // A word, a label, a record number of a table.
  for (const std::size_t at : {std::size_t{40}, 32 + 32 * kEach + 9, whole.size() - 9}) {
    Bytes bytes = whole;
    bytes[at] ^= 1U;
    ASSERT_TRUE(write_file(segment, bytes, {.mode = 0644, .replace = true}));
    const auto added = Index::open_to_add(folder.index())->add(last);
    ASSERT_FALSE(added) << at;
    EXPECT_EQ(added.error().code, Code::input);
    EXPECT_EQ(added.error().message, "'" + segment + "' was altered");
    EXPECT_EQ(Index::open(folder.index())->size(), 3 * kEach);
  }
  ASSERT_TRUE(write_file(segment, whole, {.mode = 0644, .replace = true}));
  EXPECT_EQ(Index::open_to_add(folder.index())->add(last).value(), kEach);
  EXPECT_FALSE(path_exists(segment));
  EXPECT_TRUE(Index::open(folder.index())->check());
}

}  // namespace
}  // namespace cess::fp
