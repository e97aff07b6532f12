// SPDX-License-Identifier: Apache-2.0
// The files of an index in its folder: their names, reading and writing each. Internal to this
// module. Who may call what when: index.cpp.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fingerprint/index.hpp"
#include "fingerprint/segment_write.hpp"

namespace cess::fp {

/// A file mapped for reading.
class IndexMapping {
 public:
  static Result<std::unique_ptr<IndexMapping>> open(const std::string& path);
  IndexMapping() = default;
  IndexMapping(const IndexMapping&) = delete;
  IndexMapping& operator=(const IndexMapping&) = delete;
  ~IndexMapping();
  [[nodiscard]] ByteView bytes() const { return bytes_; }
  /// To read it from front to back, which a mapping for searches is slow at: it fetches single
  /// pages.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  Fd fd_;
  ByteView bytes_;
};

struct IndexSegment {
  IndexManifest::Part part;
  std::unique_ptr<IndexMapping> file;
  SegmentView view;
};

/// Records of the log in memory. One thread appends, any number read up to `count`.
struct IndexLog {
  std::unique_ptr<IndexRecord[]> records = std::make_unique<IndexRecord[]>(Index::kLogRecordsMax);
  std::atomic<std::size_t> count = 0;
};

struct IndexState {
  std::vector<std::shared_ptr<const IndexSegment>> segments;
  std::shared_ptr<IndexLog> log;
};

std::string segment_path(const std::string& folder, std::uint64_t n);
std::string log_path(const std::string& folder, std::uint64_t n);
std::string manifest_path(const std::string& folder);
/// Of the files that a writer makes and may remove: segments, logs, and those of NewFile that was
/// killed between naming and renaming.
bool is_index_file(const std::string& name);
/// Whether a build that was killed may have left the folder so.
bool is_unfinished(const std::string& folder);

Result<std::shared_ptr<const IndexSegment>> load_segment(const std::string& folder,
                                                         const IndexManifest::Part& part);
/// Its records, in its file.
RecordColumns segment_columns(const std::string& folder, const IndexSegment& s);
/// Reads all of it. Code::input if its SHA-256 is not the manifest's.
Status check_segment(const std::string& folder, const IndexSegment& s);
Result<IndexManifest> load_manifest(const std::string& folder);
/// Manifest and state. A writer may replace files between our reading one and the other: then the
/// manifest is new.
Result<std::pair<IndexManifest, IndexState>> load_index(const std::string& folder);

/// Writes a segment of all `sources` (segment_write.hpp) aside and names it; returns what the
/// manifest says of it.
Result<IndexManifest::Part> store_segment(const std::string& folder, std::uint64_t number,
                                          std::span<const RecordColumns> sources);
Status store_log_head(const std::string& folder, std::uint64_t number);

}  // namespace cess::fp
