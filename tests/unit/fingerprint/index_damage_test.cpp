// SPDX-License-Identifier: Apache-2.0
// The bytes of an index: those of the format; what a power cut leaves out, and what is damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/index.hpp"
#include "fingerprint/index_log.hpp"
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
  Bytes segment;
  ASSERT_TRUE(write_segment(
      3, [&](std::size_t i) -> const IndexRecord& { return records[i]; },
      [&](ByteView part) -> Status {
        append(segment, part);
        return {};
      }));
  EXPECT_EQ(to_hex(sha256(segment)),
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
    auto bytes = read_file(segment, 1U << 30U).value();
    // Every start and record number beyond its limits: no answer may be believed, no byte outside
    // be read.
    std::fill(bytes.begin() + 32 + 64 * 66000, bytes.end(), std::uint8_t{0xff});
    ASSERT_TRUE(write_file(segment, bytes, {.mode = 0644, .replace = true}));
    const auto index = Index::open(folder.index());
    ASSERT_TRUE(index);
    EXPECT_TRUE(index->search(all[0].word, 2).empty());
    EXPECT_FALSE(index->check());
  }
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

}  // namespace
}  // namespace cess::fp
