// SPDX-License-Identifier: Apache-2.0
// A fingerprint index: a folder of immutable segments (segment.hpp) and a log of what came last.
// Search is exact within any radius. One process writes at a time; any number read, and threads
// search while one adds: a search sees all of what was there when it began, and of a batch being
// added perhaps a part.
//
//   manifest      "CFPIDX1\n", LE64 number of the log, LE32 number of segments (at most 64), LE32
//   zero; for each segment
//                 LE64 its number, LE64 its records, SHA-256 of its file; SHA-256 of all of this
//   segment-N     see segment.hpp
//   log-N         "CFPLOG1\n", LE64 N; then for each record its word, its label, and the first 8
//   bytes of
//                 SHA-256(LE64 N ‖ LE64 position ‖ word ‖ label)
//   lock          held by who writes
//
// After a crash at any point: every batch whose add returned is there, every other wholly, in part
// or not at all; what no manifest names is removed by the next writer. A folder without a manifest
// is an index that was not finished: nobody reads it, and building it again begins anew.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "fingerprint/segment.hpp"
#include "sys/file.hpp"

namespace cess::fp {

struct IndexManifest {
  static constexpr std::size_t kSegmentsMax = 64;
  struct Part {
    std::uint64_t number = 0;
    std::uint64_t records = 0;
    Hash256 sha256;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::uint64_t log = 0;
  std::vector<Part> parts;
  friend bool operator==(const IndexManifest&, const IndexManifest&) = default;
};
Bytes encode_manifest(const IndexManifest& m);
Result<IndexManifest> parse_manifest(ByteView in);

/// The records of a log up to where a crash cut it: a record that is not whole, or a wrong one in a
/// sector of zeros, which was never written. Code::input if the head is not that of log `number`,
/// or names the first record that is wrong otherwise.
Result<std::vector<IndexRecord>> parse_log(ByteView in, std::uint64_t number);

class Index {
 public:
  /// Records that a log takes before they become a segment.
  static constexpr std::size_t kLogRecordsMax = 65536;

  /// An empty index in a new folder. Code::usage if the name is taken.
  static Status create(const std::string& path);
  /// To search, beside a writer or without one.
  static Result<Index> open(const std::string& path);
  /// To search and add. Code::busy if another process writes.
  static Result<Index> open_to_add(const std::string& path);
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;
  ~Index();

  /// Adds the records whose labels are new; of two with one label the first. On disk when it
  /// returns. Returns how many were added. One thread at a time. Code::input names a segment that
  /// was altered and should have been merged. After an error nothing more can be added.
  Result<std::uint64_t> add(std::span<const IndexRecord> records);
  [[nodiscard]] std::uint64_t size() const;
  /// Every record within `radius`: nearest first, then by label.
  [[nodiscard]] std::vector<IndexMatch> search(const Bits256& word, unsigned radius) const;
  /// Reads all segments and compares their SHA-256. Code::input names the first that differs.
  [[nodiscard]] Status check() const;

 private:
  struct Impl;
  explicit Index(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Makes an index of many records at once: sorts them in runs and writes one segment, in time that
/// grows with their number alone. Needs as much room on the disk again for the runs, 64 bytes for
/// each record, while it is written. Memory: 84 bytes for each record of a run, then what
/// segment_write.hpp says.
class IndexBuilder {
 public:
  static constexpr std::size_t kRunRecords = std::size_t{4} << 20U;  ///< in 336 MiB

  /// Takes over what a build that was killed left. Code::usage if the name is taken, Code::busy if
  /// another process builds it.
  static Result<IndexBuilder> create(const std::string& path,
                                     std::size_t run_records = kRunRecords);
  IndexBuilder(IndexBuilder&&) noexcept;
  IndexBuilder& operator=(IndexBuilder&&) noexcept;
  /// Nothing is left of an index that is not finished.
  ~IndexBuilder();

  /// At most kSegmentRecordsMax in all, and 32,768 runs: Code::usage.
  Status add(std::span<const IndexRecord> records);
  /// Of records with one label the first is taken. The index is there, on disk, when it returns:
  /// how many it has.
  Result<std::uint64_t> finish();

 private:
  struct Impl;
  explicit IndexBuilder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::fp
