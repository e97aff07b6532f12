// SPDX-License-Identifier: Apache-2.0
// The index against a plain scan; crashes at each point of a write; readers beside a writer.
#include "fingerprint/index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/simhash.hpp"
#include "index_records.hpp"

namespace cess::fp {
namespace {

TEST(Index, FindsWhatAScanFinds) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  const auto all = index_records(0, 90000);
  // One segment of its own size, then logs that are folded.
  EXPECT_EQ(index->add(std::span(all).first(70000)).value(), 70000U);
  for (std::size_t at = 70000; at < all.size(); at += 5000) {
    EXPECT_EQ(index->add(std::span(all).subspan(at, 5000)).value(), 5000U);
  }
  EXPECT_EQ(index->add(std::span(all).first(100)).value(), 0U);  // known labels
  EXPECT_EQ(index->size(), all.size());
  EXPECT_TRUE(index->check());
  auto reader = Index::open(folder.index());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size(), all.size());
  for (const unsigned radius : {0U, 1U, 15U, 16U, 31U, 32U, 40U, 90U}) {
    for (std::size_t i = 3; i < all.size(); i += 9001) {
      EXPECT_EQ(reader->search(all[i].word, radius), scan_all(all, all[i].word, radius))
          << radius << " " << i;
    }
  }
}

TEST(Index, SmallSegmentsFindWhatAScanFinds) {
  for (const std::uint64_t count : {1U, 2U, 300U, 5000U}) {
    const auto all = index_records(0, count);
    auto sorted = all;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.label < b.label; });
    Bytes bytes;
    ASSERT_TRUE(write_segment(
        sorted.size(), [&](std::size_t i) -> const IndexRecord& { return sorted[i]; },
        [&](ByteView part) -> Status {
          append(bytes, part);
          return {};
        }));
    const auto view = SegmentView::open(bytes);
    ASSERT_TRUE(view) << count;
    EXPECT_TRUE(view->contains(all[0].label));
    EXPECT_FALSE(view->contains(Hash256{}));
    for (const unsigned radius : {0U, 9U, 31U, 256U}) {
      std::vector<IndexMatch> got;
      view->search(all[count / 2].word, radius, got);
      auto wanted = scan_all(all, all[count / 2].word, radius);
      std::sort(got.begin(), got.end());
      std::sort(wanted.begin(), wanted.end());
      EXPECT_EQ(got, wanted) << count << " " << radius;
    }
    EXPECT_FALSE(SegmentView::open(ByteView(bytes).first(bytes.size() - 8)));
    bytes[16] = 9;
    EXPECT_FALSE(SegmentView::open(bytes));
  }
}

TEST(Index, ALogThatWasCutKeepsItsWholeRecords) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  const auto all = index_records(0, 30);
  ASSERT_TRUE(Index::open_to_add(folder.index())->add(all));
  const std::string log = folder.index() + "/log-1";
  const auto whole = std::filesystem::file_size(log);
  ASSERT_EQ(whole, kLogHeadSize + 30 * kLogEntrySize);
  for (const std::size_t cut :
       {std::size_t{1}, kLogEntrySize, kLogEntrySize + 5, 29 * kLogEntrySize}) {
    const auto copy = folder.index() + "-cut";
    std::filesystem::copy(folder.index(), copy, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(copy + "/log-1", whole - cut);
    const std::size_t left = 30 - (cut + kLogEntrySize - 1) / kLogEntrySize;
    auto index = Index::open_to_add(copy);
    ASSERT_TRUE(index);
    EXPECT_EQ(index->size(), left);
    EXPECT_EQ(std::filesystem::file_size(copy + "/log-1"), kLogHeadSize + left * kLogEntrySize);
    EXPECT_EQ(index->add(all).value(), 30 - left);  // and what was lost can be added again
    EXPECT_EQ(Index::open(copy)->size(), 30U);
    std::filesystem::remove_all(copy);
  }
}

// Readers open it at every length of its log.
TEST(Index, OpensBesideAWriter) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  const auto all = index_records(0, 67000);
  ASSERT_TRUE(index->add(std::span(all).first(20000)));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::size_t at = 20000; at + 100 <= all.size(); at += 100)
      EXPECT_TRUE(index->add(std::span(all).subspan(at, 100)));
    done = true;
  });
  for (std::uint64_t last = 20000; !done;) {
    const auto reader = Index::open(folder.index());
    EXPECT_TRUE(reader) << reader.error().message;
    if (!reader) break;
    EXPECT_GE(reader->size(), last);
    last = reader->size();
  }
  writer.join();
}

TEST(Index, OneLabelOneRecordAndTiesInOrderOfLabels) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  auto all = index_records(0, 40);
  for (IndexRecord& r : all) r.word = all[0].word;
  std::vector<IndexRecord> twice = all;
  twice.insert(twice.end(), all.rbegin(), all.rend());
  EXPECT_EQ(index->add(twice).value(), 40U);
  EXPECT_EQ(index->search(all[0].word, 0), scan_all(all, all[0].word, 0));
  // In two parts: a segment and a log.
  ASSERT_TRUE(index->add(index_records(1000, 66000)));
  auto more = index_records(100, 40);
  for (IndexRecord& r : more) r.word = all[0].word;
  EXPECT_EQ(index->add(more).value(), 40U);
  all.insert(all.end(), more.begin(), more.end());
  EXPECT_EQ(index->search(all[0].word, 0), scan_all(all, all[0].word, 0));
}

TEST(Index, ABuildIsAnIndexWhenItIsFinished) {
  const IndexFolder folder;
  const auto all = index_records(0, 70000);
  {
    auto index = Index::build(folder.index());
    ASSERT_TRUE(index);
    EXPECT_EQ(Index::build(folder.index()).error().code, Code::busy);
    ASSERT_TRUE(index->add(std::span(all).first(66000)));
    ASSERT_TRUE(index->add(std::span(all).subspan(66000)));
    EXPECT_EQ(Index::open(folder.index()).error().code, Code::system);
  }
  EXPECT_FALSE(path_exists(folder.index()));
  // What one left that was killed: an empty folder, or files with a lock and without a manifest.
  ASSERT_TRUE(make_dir(folder.index(), 0755, false));
  for (const char* name : {"lock", "segment-9", "log-8", ".cess-0123456789abcdef.tmp"})
    ASSERT_TRUE(write_file(folder.index() + "/" + name, as_bytes("left"), {}));
  auto index = Index::build(folder.index());
  ASSERT_TRUE(index);
  EXPECT_EQ(list_dir(folder.index())->size(), 2U);  // lock and log
  ASSERT_TRUE(index->add(std::span(all).first(66000)));
  ASSERT_TRUE(index->add(std::span(all).subspan(66000)));
  ASSERT_TRUE(index->finish());
  EXPECT_EQ(Index::build(folder.index()).error().code, Code::usage);
  const auto reader = Index::open(folder.index());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size(), 70000U);
  EXPECT_TRUE(reader->check());
}

TEST(Index, AfterAFailedWriteNothingMoreIsAdded) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  const auto all = index_records(0, 66000);
  ASSERT_TRUE(index->add(std::span(all).first(10)));
  // A folder in the way of the next manifest: the segment is written, the rename fails.
  std::filesystem::remove(folder.index() + "/manifest");
  ASSERT_TRUE(make_dir(folder.index() + "/manifest", 0755, false));
  EXPECT_FALSE(index->add(all));
  EXPECT_FALSE(index->add(std::span(all).subspan(20, 1)));
  EXPECT_EQ(index->size(), 10U);
}

TEST(Index, StraysOfACrashAreRemovedAndOneWriterIsEnough) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  EXPECT_FALSE(Index::create(folder.index()));
  ASSERT_TRUE(write_file(folder.index() + "/segment-9", as_bytes("half of a segment"), {}));
  ASSERT_TRUE(write_file(folder.index() + "/log-8", as_bytes(""), {}));
  // Linked, and killed before the rename: as large as a segment.
  ASSERT_TRUE(write_file(folder.index() + "/.cess-0123456789abcdef.tmp", as_bytes("s"), {}));
  auto writer = Index::open_to_add(folder.index());
  ASSERT_TRUE(writer);
  EXPECT_FALSE(path_exists(folder.index() + "/segment-9"));
  EXPECT_FALSE(path_exists(folder.index() + "/log-8"));
  EXPECT_FALSE(path_exists(folder.index() + "/.cess-0123456789abcdef.tmp"));
  const auto second = Index::open_to_add(folder.index());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
  EXPECT_FALSE(Index::open(folder.index() + "/nowhere"));
}

TEST(Index, SearchesBesideAWriter) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  const auto all = index_records(0, 140000);
  ASSERT_TRUE(index->add(std::span(all).first(1000)));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> missed = 0;
  std::thread searcher([&] {
    for (std::size_t i = 0; !done || i < 100; ++i) {
      const IndexRecord& r = all[i % 1000];
      const auto found = index->search(r.word, 0);
      if (found.empty() || std::none_of(found.begin(), found.end(),
                                        [&](const auto& m) { return m.label == r.label; })) {
        ++missed;
      }
    }
  });
  for (std::size_t at = 1000; at < all.size(); at += 34750) {
    EXPECT_TRUE(index->add(std::span(all).subspan(at, 34750)));
  }
  done = true;
  searcher.join();
  EXPECT_EQ(missed, 0U);
  EXPECT_EQ(index->size(), all.size());
  EXPECT_EQ(Index::open(folder.index())->size(), all.size());
}

}  // namespace
}  // namespace cess::fp
