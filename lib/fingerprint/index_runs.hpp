// SPDX-License-Identifier: Apache-2.0
// Records in the order of their labels: of a batch in memory; of a new index in sorted runs, in a
// file without a name. Internal to this module.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fingerprint/index.hpp"
#include "fingerprint/segment_write.hpp"
#include "sys/file.hpp"

namespace cess::fp {

/// Positions of the records in the order of their labels; of those with one label the first alone.
std::vector<std::uint32_t> order_of_labels(std::span<const IndexRecord> records);

/// Records sorted by label, as columns in memory.
class SortedRecords {
 public:
  explicit SortedRecords(std::span<const IndexRecord> records);
  [[nodiscard]] RecordColumns columns() const;

 private:
  Bytes words_;
  Bytes labels_;
};

/// Takes any number of records, of which it holds `run_records` in memory, 64 bytes each.
class IndexRuns {
 public:
  IndexRuns(std::string folder, std::size_t run_records)
      : folder_(std::move(folder)), run_records_(run_records) {}
  Status add(std::span<const IndexRecord> records);
  [[nodiscard]] std::uint64_t size() const { return spilled_ + held_.size(); }
  /// The records if they are at most `few`, in memory: distinct, in the order of their labels.
  [[nodiscard]] std::optional<std::vector<IndexRecord>> take_few(std::size_t few) const;
  /// All of them, in files; earlier ones first. Nothing is added afterwards.
  Result<std::vector<RecordColumns>> columns();

 private:
  Status spill();

  std::string folder_;
  std::size_t run_records_;
  std::vector<IndexRecord> held_;
  std::optional<NewFile> file_;  ///< all runs, one behind the other; never named
  std::uint64_t end_ = 0;        ///< of the file
  std::uint64_t spilled_ = 0;
  std::vector<RecordColumns> runs_;
};

}  // namespace cess::fp
