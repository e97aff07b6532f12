// SPDX-License-Identifier: Apache-2.0
// Records for an index, some near each other, a folder for it, and what a plain scan finds.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/index.hpp"
#include "fingerprint/index_runs.hpp"
#include "fingerprint/segment_write.hpp"
#include "fingerprint/simhash.hpp"
#include "sys/file.hpp"

namespace cess::fp {

class IndexFolder {
 public:
  IndexFolder() {
    std::string name = std::filesystem::temp_directory_path() / "cess-index-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  IndexFolder(const IndexFolder&) = delete;
  IndexFolder& operator=(const IndexFolder&) = delete;
  ~IndexFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string index() const { return path_ + "/ids.idx"; }

 private:
  std::string path_;
};

/// Record i: every tenth is near the one before, at a distance that grows.
inline IndexRecord index_record(std::uint64_t i) {
  IndexRecord r;
  const std::uint64_t family = i - i % 10;
  for (std::uint64_t w = 0; w < 4; ++w) store_le(r.word.data() + 8 * w, mix64(family * 4 + w + 1));
  for (std::uint64_t flip = 0; flip < (i % 10) * 7; ++flip) {
    const std::uint64_t bit = mix64(i * 1000 + flip) % 256;
    r.word[bit / 8] = static_cast<std::uint8_t>(r.word[bit / 8] ^ (1U << (bit % 8)));
  }
  for (std::uint64_t w = 0; w < 4; ++w)
    store_le(r.label.bytes.data() + 8 * w, mix64(i * 4 + w + 77777777));
  return r;
}
inline std::vector<IndexRecord> index_records(std::uint64_t first, std::uint64_t count) {
  std::vector<IndexRecord> out;
  for (std::uint64_t i = first; i < first + count; ++i) out.push_back(index_record(i));
  return out;
}
/// The bytes of a segment of all parts, in which each label's first record counts; `table_records`
/// as write_segment takes it.
inline Bytes segment_bytes(const std::vector<std::vector<IndexRecord>>& parts,
                           std::uint64_t table_records = kTableRecordsMax) {
  const IndexFolder folder;
  std::vector<SortedRecords> sorted(parts.begin(), parts.end());
  std::vector<RecordColumns> sources;
  for (const SortedRecords& s : sorted) sources.push_back(s.columns());
  const std::string path = folder.index();
  auto file = NewFile::create(path, {}).value();
  const auto written = write_segment(file, path, sources, table_records);
  EXPECT_TRUE(written) << written.error().message;
  EXPECT_TRUE(file.commit());
  Bytes bytes = read_file(path, std::size_t{1} << 30U).value();
  EXPECT_EQ(sha256(bytes), written->sha256);
  return bytes;
}
inline std::vector<IndexMatch> scan_all(const std::vector<IndexRecord>& all, const Bits256& word,
                                        unsigned radius) {
  std::vector<IndexMatch> out;
  for (const IndexRecord& r : all) {
    const auto d = static_cast<unsigned>(hamming(word, r.word));
    if (d <= radius) out.push_back({r.label, d});
  }
  std::sort(out.begin(), out.end(), [](const IndexMatch& a, const IndexMatch& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.label < b.label;
  });
  return out;
}

}  // namespace cess::fp
