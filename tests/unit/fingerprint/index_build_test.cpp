// SPDX-License-Identifier: Apache-2.0
// Indexes built at once, and segments merged: against the format written plainly.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "fingerprint/index.hpp"
#include "fingerprint/segment_layout.hpp"
#include "fingerprint/segment_tables.hpp"
#include "index_records.hpp"
#include "sys/file.hpp"

namespace cess::fp {
namespace {

template <class T>
void put_le(Bytes& out, T v) {
  std::uint8_t bytes[sizeof(T)];
  store_le(bytes, v);
  append(out, ByteView(bytes));
}
bool bit_of(const Bits256& word, unsigned b) { return ((word[b / 8] >> (b % 8)) & 1U) != 0; }

/// The segment of these records as doc/formats/fingerprint-index.md has it, of `m` pieces.
Bytes plain_segment(const std::vector<std::vector<IndexRecord>>& parts, unsigned m) {
  std::map<Hash256, Bits256> all;
  for (const auto& part : parts) {
    for (const IndexRecord& r : part) all.emplace(r.label, r.word);
  }
  Bytes out;
  append(out, "CFPSEG1\n");
  put_le(out, std::uint64_t{all.size()});
  put_le(out, std::uint32_t{m});
  out.resize(32);
  for (const auto& [label, word] : all) append(out, word);
  for (const auto& [label, word] : all) append(out, label.view());
  for (unsigned i = 0; i < m; ++i) {
    const unsigned from = 256 * i / m;
    const unsigned to = 256 * (i + 1) / m;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> rows;
    for (const auto& [label, word] : all) {
      std::uint32_t value = 0;
      for (unsigned b = from; b < to; ++b) value |= (bit_of(word, b) ? 1U : 0U) << (b - from);
      rows.emplace_back(value, static_cast<std::uint32_t>(rows.size()));
    }
    std::sort(rows.begin(), rows.end());
    std::size_t below = 0;
    for (std::uint64_t v = 0; v <= (std::uint64_t{1} << (to - from)); ++v) {
      while (below < rows.size() && rows[below].first < v) ++below;
      put_le(out, static_cast<std::uint32_t>(below));
    }
    for (const auto& row : rows) put_le(out, row.second);
  }
  out.resize((out.size() + 7) / 8 * 8);
  return out;
}

/// Part `i` of `n`, each with some labels of the part before, for another word.
std::vector<std::vector<IndexRecord>> overlapping_parts(std::uint64_t records, std::uint64_t n) {
  std::vector<std::vector<IndexRecord>> out;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t from = records * i / n;
    out.push_back(index_records(from, records * (i + 1) / n - from));
    for (std::uint64_t k = 0; i > 0 && k < out[i - 1].size() && k < 9; ++k) {
      IndexRecord again = out[i - 1][k];
      again.word[3] ^= 0xffU;
      out.back().push_back(again);
    }
  }
  return out;
}

unsigned pieces_of(const Bytes& segment) { return load_le<std::uint32_t>(segment.data() + 16); }

TEST(IndexBuild, ASegmentOfManyPartsIsThatOfTheFormat) {
  for (const std::uint64_t records : {1U, 2U, 300U, 5000U, 70000U}) {
    for (const std::uint64_t n : {1U, 2U, 9U}) {
      const auto parts = overlapping_parts(records, n);
      const Bytes whole = segment_bytes(parts);
      EXPECT_TRUE(whole == plain_segment(parts, pieces_of(whole))) << records << " " << n;
    }
  }
}

/// The same with labels of which all agree in their first 8 bytes, or a half.
std::vector<std::vector<IndexRecord>> alike(std::vector<std::vector<IndexRecord>> parts) {
  for (auto& part : parts) {
    for (IndexRecord& r : part) {
      std::fill_n(r.label.bytes.begin(), 8, std::uint8_t{0});
      r.label.bytes[7] = r.label.bytes[8] & 1U;
    }
  }
  return parts;
}

TEST(IndexBuild, LabelsThatBeginAlikeAreTheirOwn) {
  const auto parts = alike(overlapping_parts(3000, 7));
  const Bytes whole = segment_bytes(parts);
  EXPECT_TRUE(whole == plain_segment(parts, pieces_of(whole)));
  // All in one batch.
  std::vector<IndexRecord> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  EXPECT_TRUE(segment_bytes({all}) == whole);
}

// Tables are sorted in slices where they are large; nothing of the file tells.
TEST(IndexBuild, SlicesOfATableMakeTheSameTable) {
  auto parts = overlapping_parts(3000, 3);
  const Bytes whole = segment_bytes(parts);
  for (const std::uint64_t at_once : {1U, 100U, 2999U})
    EXPECT_TRUE(segment_bytes(parts, at_once) == whole) << at_once;
  // More of one value than are sorted at once.
  for (IndexRecord& r : parts[1]) r.word = parts[1][0].word;
  EXPECT_TRUE(segment_bytes(parts, 100) == plain_segment(parts, pieces_of(whole)));
}

TEST(IndexBuild, PiecesAreThoseOfTheLeastSearch) {
  // Records and pieces: reckoned by a script from the bound alone (starts and records that a search
  // within 31 bits looks at).
  for (const auto& [records, pieces] :
       std::vector<std::pair<std::uint64_t, unsigned>>{{1, 32},
                                                       {1000, 32},
                                                       {65537, 16},
                                                       {1'000'000, 12},
                                                       {10'000'000, 11},
                                                       {100'000'000, 10},
                                                       {kSegmentRecordsMax, 10}})
    EXPECT_EQ(segment_pieces(records), pieces) << records;
}

TEST(IndexBuild, RunsMakeTheSegmentOfTheWhole) {
  const IndexFolder folder;
  const auto parts = overlapping_parts(70000, 40);
  auto builder = IndexBuilder::create(folder.index(), 1000);
  ASSERT_TRUE(builder);
  for (const auto& part : parts) {
    ASSERT_TRUE(builder->add(std::span(part).first(300)));  // twice in one run
    ASSERT_TRUE(builder->add(part));
  }
  EXPECT_EQ(builder->finish().value(), 70000U);
  const Bytes segment = read_file(folder.index() + "/segment-2", std::size_t{1} << 30U).value();
  EXPECT_TRUE(segment == segment_bytes(parts));
  EXPECT_EQ(list_dir(folder.index())->size(), 4U);  // lock, log, manifest, segment
  const auto index = Index::open(folder.index());
  ASSERT_TRUE(index);
  EXPECT_EQ(index->size(), 70000U);
  EXPECT_TRUE(index->check());
  // And it grows.
  EXPECT_EQ(Index::open_to_add(folder.index())->add(index_records(69990, 20)).value(), 10U);
}

TEST(IndexBuild, FewRecordsAreALog) {
  const IndexFolder folder;
  auto all = index_records(0, 40);
  auto builder = IndexBuilder::create(folder.index());
  ASSERT_TRUE(builder);
  ASSERT_TRUE(builder->add(all));
  for (IndexRecord& r : all) r.word[0] ^= 0xffU;
  ASSERT_TRUE(builder->add(all));  // known labels: the first words stay
  EXPECT_EQ(builder->finish().value(), 40U);
  EXPECT_TRUE(path_exists(folder.index() + "/log-1"));
  EXPECT_EQ(list_dir(folder.index())->size(), 3U);
  const auto index = Index::open(folder.index());
  ASSERT_TRUE(index);
  EXPECT_EQ(index->size(), 40U);
  EXPECT_EQ(index->search(index_record(7).word, 0).size(), 1U);
}

TEST(IndexBuild, IsAnIndexWhenItIsFinished) {
  const IndexFolder folder;
  const auto all = index_records(0, 70000);
  {
    auto builder = IndexBuilder::create(folder.index(), 10000);
    ASSERT_TRUE(builder);
    EXPECT_EQ(IndexBuilder::create(folder.index()).error().code, Code::busy);
    ASSERT_TRUE(builder->add(all));
    EXPECT_EQ(Index::open(folder.index()).error().code, Code::system);
  }
  EXPECT_FALSE(path_exists(folder.index()));
  // Somebody's own files.
  ASSERT_TRUE(make_dir(folder.index(), 0755, false));
  ASSERT_TRUE(write_file(folder.index() + "/log-1", as_bytes("mine"), {}));
  EXPECT_EQ(IndexBuilder::create(folder.index()).error().code, Code::usage);
  EXPECT_EQ(list_dir(folder.index())->size(), 1U);
  std::filesystem::remove_all(folder.index());
  // What one left that was killed: an empty folder, or files with a lock and without a manifest.
  ASSERT_TRUE(make_dir(folder.index(), 0755, false));
  for (const char* name : {"lock", "segment-9", "log-8", ".cess-0123456789abcdef.tmp"})
    ASSERT_TRUE(write_file(folder.index() + "/" + name, as_bytes("left"), {}));
  auto builder = IndexBuilder::create(folder.index());
  ASSERT_TRUE(builder);
  EXPECT_EQ(list_dir(folder.index())->size(), 1U);  // the lock
  ASSERT_TRUE(builder->add(all));
  EXPECT_EQ(builder->finish().value(), all.size());
  EXPECT_EQ(IndexBuilder::create(folder.index()).error().code, Code::usage);
  EXPECT_EQ(Index::open(folder.index())->size(), all.size());
}

TEST(IndexBuild, NothingIsFinishedAfterAFailure) {
  const IndexFolder folder;
  {
    auto builder = IndexBuilder::create(folder.index(), 1);  // as many runs as one segment takes
    ASSERT_TRUE(builder);
    const auto all = index_records(0, kSegmentSourcesMax + 1);
    EXPECT_EQ(builder->add(all).error().code, Code::usage);
    EXPECT_TRUE(builder->add(std::span(all).first(5)));
    EXPECT_EQ(builder->add(std::span(all).subspan(5)).error().code, Code::usage);
    ASSERT_TRUE(make_dir(folder.index() + "/segment-2", 0755, false));
    EXPECT_FALSE(builder->finish());
    std::filesystem::remove(folder.index() + "/segment-2");
    EXPECT_FALSE(builder->finish());  // what is on disk is unknown
  }
  EXPECT_FALSE(path_exists(folder.index()));
}

TEST(IndexBuild, ARunThatWasNotWrittenWholeIsNotRead) {
  const IndexFolder folder;
  {
    auto builder = IndexBuilder::create(folder.index(), 1000);
    ASSERT_TRUE(builder);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 40000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status added = builder->add(index_records(0, 1000));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::system);
    EXPECT_EQ(builder->finish().error().message, "an earlier write failed");
  }
  EXPECT_FALSE(path_exists(folder.index()));
}

TEST(IndexBuild, WhatWasAlteredMeanwhileIsTold) {
  const IndexFolder folder;
  const auto all = index_records(0, 20000);
  const SortedRecords sorted(all);
  const RecordColumns memory = sorted.columns();
  Bytes bytes(memory.words, memory.words + 32 * memory.count);
  append(bytes, ByteView(memory.labels, 32 * memory.count));
  const std::string path = folder.index();
  const auto write_of = [&](const Bytes& source) -> Result<SegmentWritten> {
    CESS_TRY(write_file(path, source, {.mode = 0644, .replace = true}));
    CESS_TRY_ASSIGN(const Fd fd, open_read(path));
    RecordColumns columns;
    columns.count = memory.count;
    columns.fd = fd.get();
    columns.labels_at = 32 * memory.count;
    columns.name = "runs";
    CESS_TRY_ASSIGN(NewFile out, NewFile::create(path + "-out", {}));
    return write_segment(out, "out", std::span(&columns, 1));
  };
  ASSERT_TRUE(write_of(bytes));
  Bytes cut = bytes;
  cut.pop_back();
  EXPECT_EQ(write_of(cut).error().message, "'runs' was cut");
  std::swap_ranges(bytes.end() - 64, bytes.end() - 32, bytes.end() - 32);
  EXPECT_EQ(write_of(bytes).error().message, "'runs' was altered: its labels do not ascend");
  // The words that tables are made of, after they were counted.
  auto out = NewFile::create(path + "-words", {}).value();
  ASSERT_TRUE(out.write(ByteView(memory.words, 32 * memory.count)));
  // Those from `altered` on were others when they were counted.
  const auto tables = [&](std::size_t altered, std::size_t altered_end, std::uint8_t byte) {
    PieceCounts counts(16);
    for (std::size_t i = 0; i < memory.count; ++i) {
      Bits256 word;
      std::copy_n(memory.words + 32 * i, 32, word.begin());
      if (altered <= i && i < altered_end) word.fill(byte);
      counts.add(word.data());
    }
    return write_tables(out, "out", 0, memory.count, counts, kTableRecordsMax,
                        [](ByteView) { return Status{}; });
  };
  EXPECT_TRUE(tables(0, 0, 0));
  EXPECT_EQ(tables(0, 1, 0x55).error().code, Code::input);
  EXPECT_EQ(tables(memory.count - 1, memory.count, 0x55).error().code, Code::input);
  // All of the least value: the others' places lie behind the last.
  EXPECT_EQ(tables(0, memory.count, 0).error().code, Code::input);
}

std::vector<std::uint64_t> part_sizes(const std::string& index) {
  std::vector<std::uint64_t> out;
  const auto manifest = parse_manifest(read_file(index + "/manifest", 8192).value());
  for (const auto& p : manifest->parts) out.push_back(p.records);
  return out;
}

// Each record is rewritten once for each power of four: four segments of about one size become one.
TEST(IndexBuild, SegmentsMergeByFours) {
  const IndexFolder folder;
  ASSERT_TRUE(Index::create(folder.index()));
  auto index = Index::open_to_add(folder.index());
  ASSERT_TRUE(index);
  constexpr std::uint64_t kEach = 65537;
  std::uint64_t from = 0;
  const auto add = [&](std::uint64_t n) {
    EXPECT_EQ(index->add(index_records(from, n)).value(), n);
    from += n;
  };
  using Sizes = std::vector<std::uint64_t>;
  for (int i = 0; i < 3; ++i) add(kEach);
  EXPECT_EQ(part_sizes(folder.index()), Sizes(3, kEach));
  add(kEach);
  EXPECT_EQ(part_sizes(folder.index()), Sizes{4 * kEach});
  // Smaller by a quarter or less: it is left alone.
  for (int i = 0; i < 4; ++i) add(kEach);
  EXPECT_EQ(part_sizes(folder.index()), (Sizes{4 * kEach, 4 * kEach}));
  for (int i = 0; i < 7; ++i) add(kEach);
  EXPECT_EQ(part_sizes(folder.index()),
            (Sizes{4 * kEach, 4 * kEach, 4 * kEach, kEach, kEach, kEach}));
  // What was merged makes the next level full.
  add(kEach);
  EXPECT_EQ(part_sizes(folder.index()), Sizes{16 * kEach});
  EXPECT_TRUE(index->check());
  EXPECT_EQ(index->search(index_record(3).word, 0).size(), 1U);
}

}  // namespace
}  // namespace cess::fp
