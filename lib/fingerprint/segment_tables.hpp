// SPDX-License-Identifier: Apache-2.0
// The tables of a segment (segment.hpp), each by two passes of counting: by the first bits of the
// piece's values, which were counted while the words were written, and then by the others. Internal
// to this module.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess::fp {

/// How many words have each value of the first bits of each piece.
class PieceCounts {
 public:
  explicit PieceCounts(unsigned pieces);
  void add(const std::uint8_t* word);

  [[nodiscard]] unsigned pieces() const { return static_cast<unsigned>(counts_.size()); }
  /// Lower bits of the piece, that are not counted.
  [[nodiscard]] unsigned low_bits(unsigned piece) const;
  [[nodiscard]] const std::vector<std::uint32_t>& of(unsigned piece) const {
    return counts_[piece];
  }

 private:
  std::vector<std::vector<std::uint32_t>> counts_;
};

/// Writes the tables through `write`, in order, for the `count` words that stand at `words_at` of
/// `file`. `table_records`: how many are sorted at once, unless more have one value of the first
/// bits.
Status write_tables(const NewFile& file, const std::string& name, std::uint64_t words_at,
                    std::uint64_t count, const PieceCounts& counts, std::uint64_t table_records,
                    const std::function<Status(ByteView)>& write);

}  // namespace cess::fp
