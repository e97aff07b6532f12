// SPDX-License-Identifier: Apache-2.0
// Writes a segment of sorted records from any number of places, in time that grows with their
// number alone: labels are merged, words and labels copied in that order, each table is sorted by
// parts that fit the processor's caches; the checksum is made of what is written. Internal to this
// module.
//
// Memory: 2 bytes for each record of the sources, and then, for one table at a time, its starts (4
// bytes for each of at most 2^26 values) and 8 bytes for each record, at most 1 GiB of the latter
// unless more than 2^27 words begin with the same 12 bits of a piece. A quarter of a mebibyte
// for each source.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess::fp {

/// Records in two columns of 32 bytes each: words, and labels, ascending and distinct. In memory,
/// or in a file, which is read from front to back.
struct RecordColumns {
  std::uint64_t count = 0;
  const std::uint8_t* words = nullptr;  ///< in memory, if `fd` is none
  const std::uint8_t* labels = nullptr;
  int fd = -1;
  std::uint64_t words_at = 0;  ///< offsets in the file
  std::uint64_t labels_at = 0;
  std::string name;  ///< of the file, for messages
};

struct SegmentWritten {
  std::uint64_t records = 0;
  Hash256 sha256;  ///< of the whole file
};

/// Sources that one segment is written from at most.
inline constexpr std::size_t kSegmentSourcesMax = 32768;
/// Records of a table that are sorted at once.
inline constexpr std::uint64_t kTableRecordsMax = std::uint64_t{1} << 27U;

/// Writes to `file`, which is empty; messages call it `name`. Of records with one label that of the
/// first source. In: at least one record, at most kSegmentRecordsMax. Code::input if the labels of
/// a file do not ascend.
Result<SegmentWritten> write_segment(NewFile& file, const std::string& name,
                                     std::span<const RecordColumns> sources,
                                     std::uint64_t table_records = kTableRecordsMax);

}  // namespace cess::fp
