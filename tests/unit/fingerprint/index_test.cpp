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
#include "fingerprint/segment_layout.hpp"
#include "fingerprint/simhash.hpp"
#include "index_records.hpp"

namespace cess::fp {
namespace {

TEST(Index, FindsWhatAScanFinds) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  const auto all = index_records(0, 156000);
  // Two segments of their own size, then logs.
  EXPECT_EQ(index->add(std::span(all).first(70000)).value(), 70000U);
  EXPECT_EQ(index->add(std::span(all).subspan(70000, 66000)).value(), 66000U);
  for (std::size_t at = 136000; at < all.size(); at += 5000) {
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
    Bytes bytes = segment_bytes({all});
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

TEST(Index, AHeadThatIsNotTheFormatsIsRefused) {
  const Bytes whole = segment_bytes({index_records(0, 50)});
  ASSERT_TRUE(SegmentView::open(whole));
  for (std::size_t at = 0; at < 32; ++at) {
    Bytes bytes = whole;
    bytes[at] ^= 1U;
    EXPECT_FALSE(SegmentView::open(bytes)) << at;
  }
  Bytes longer = whole;
  longer.resize(whole.size() + 8);
  EXPECT_FALSE(SegmentView::open(longer));
  EXPECT_FALSE(SegmentView::open(ByteView(whole).first(31)));
  // Of exactly the size that the head says.
  const auto sized = [](std::uint64_t records, unsigned m) {
    Bytes bytes = segment_bytes({index_records(0, 1)});
    store_le(bytes.data() + 8, records);
    store_le(bytes.data() + 16, std::uint32_t{m});
    bytes.resize(32 + 64 * records + pieces_size(records, m));
    return SegmentView::open(bytes).has_value();
  };
  EXPECT_TRUE(sized(1, 32));
  EXPECT_TRUE(sized(1, 16));
  EXPECT_FALSE(sized(0, 32));
  EXPECT_FALSE(sized(1, 33));
}

// Words at exactly the radius that all pieces but one are too far to find, and that one finds by
// the last bit it may look at: all bits of all pieces.
TEST(Index, EachPieceFindsWhatOnlyItCanFind) {
  const auto strangers = index_records(0, 70000);
  const Bits256 word = index_record(1'000'000).word;
  const unsigned m = segment_pieces(strangers.size());
  for (const unsigned radius : {0U, 5U, 15U, 16U, 31U, 32U, 40U}) {
    auto all = strangers;
    const auto far_by = [&](unsigned piece) {  // bits of it by which it is just not found
      return radius / m + (piece <= radius % m ? 1 : 0);
    };
    for (unsigned bit = 0; bit < 256; ++bit) {
      IndexRecord r = index_record(2'000'000 + bit);
      r.word = word;
      for (unsigned piece = 0; piece < m; ++piece) {
        const unsigned from = piece_start(piece, m);
        const unsigned to = piece_start(piece + 1, m);
        const bool finds = from <= bit && bit < to && far_by(piece) > 0;
        // The bits from `bit` on, and around.
        for (unsigned k = 0; k < far_by(piece) - (finds ? 1 : 0); ++k) {
          const unsigned b = from + (std::max(bit, from) - from + k) % (to - from);
          r.word[b / 8] = static_cast<std::uint8_t>(r.word[b / 8] ^ (1U << (b % 8)));
        }
      }
      all.push_back(r);
    }
    const Bytes bytes = segment_bytes({all});
    const auto view = SegmentView::open(bytes);
    ASSERT_TRUE(view);
    ASSERT_EQ(segment_pieces(all.size()), m);
    std::vector<IndexMatch> got;
    view->search(word, radius, got);
    std::sort(got.begin(), got.end());
    auto wanted = scan_all(all, word, radius);
    std::sort(wanted.begin(), wanted.end());
    EXPECT_GE(wanted.size(), radius < m ? 1U : 256U);
    EXPECT_EQ(got, wanted) << radius;
  }
}

TEST(Index, ACrowdOfOneWordIsFoundWhole) {
  auto all = index_records(0, 70000);
  for (std::size_t i = 0; i < 9000; ++i) all[i * 7].word = all[0].word;
  const Bytes bytes = segment_bytes({all});
  const auto view = SegmentView::open(bytes);
  ASSERT_TRUE(view);
  for (const unsigned radius : {0U, 3U}) {
    std::vector<IndexMatch> got;
    view->search(all[0].word, radius, got);
    std::sort(got.begin(), got.end());
    auto wanted = scan_all(all, all[0].word, radius);
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(got, wanted);
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

// The files that a manifest names may be gone when they are opened: each batch here is a segment.
TEST(Index, OpensWhileLogsBecomeSegments) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  constexpr std::uint64_t kBatch = Index::kLogRecordsMax + 1;
  const auto all = index_records(0, 9 * kBatch);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::size_t at = 0; at < all.size(); at += kBatch)
      EXPECT_TRUE(index->add(std::span(all).subspan(at, kBatch)));
    done = true;
  });
  while (!done) {
    const auto reader = Index::open(folder.index());
    EXPECT_TRUE(reader) << reader.error().message;
    if (!reader) break;
    EXPECT_EQ(reader->size() % kBatch, 0U);
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
  EXPECT_EQ(index->add(all).value(), 0U);  // in the log already
  EXPECT_EQ(index->search(all[0].word, 0), scan_all(all, all[0].word, 0));
  // In two parts: a segment and a log.
  ASSERT_TRUE(index->add(index_records(1000, 66000)));
  auto more = index_records(100, 40);
  for (IndexRecord& r : more) r.word = all[0].word;
  EXPECT_EQ(index->add(more).value(), 40U);
  all.insert(all.end(), more.begin(), more.end());
  EXPECT_EQ(index->search(all[0].word, 0), scan_all(all, all[0].word, 0));
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
