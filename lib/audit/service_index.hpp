// SPDX-License-Identifier: Apache-2.0
// A miner's service index as a list: the JSON Lines document cess.service_index/1
// (doc/formats/audit-documents.md) and what a verifier does with it. The first line states the
// totals, then comes one line per entry in index order; the reader recomputes the root.
//   {"schema":"cess.service_index/1","miner_id":..,"svc_root":..,"fragments":n,"blocks":N}
//   {"frag_id":"..","blocks":b,"tagger":".."}                         n times
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "merkle/sum_tree.hpp"

namespace cess {

/// Entries of one list that a reader accepts.
constexpr std::uint64_t kIndexEntriesMax = std::uint64_t{1} << 26U;

struct IndexTotals {
  MinerId miner;
  SumNode root;  ///< svc_root and the number of blocks
  std::uint64_t fragments = 0;
  friend bool operator==(const IndexTotals&, const IndexTotals&) = default;
};

/// The two kinds of line, without the newline.
std::string index_header_line(const IndexTotals& totals);
std::string index_entry_line(const IndexEntry& entry);

/// Reads the lines in order; holds O(log n) of the tree.
class IndexLineReader {
 public:
  /// `what` names the input in messages. Each accepted entry is handed to `entry`, which may be
  /// empty.
  IndexLineReader(std::string what, std::function<void(const IndexEntry&)> entry);
  /// One line without its newline.
  Status line(std::string_view text);
  /// After the last line: the totals, once they agree with the entries.
  Result<IndexTotals> finish();

 private:
  Status header(std::string_view text, const std::string& where);
  Status add(const IndexEntry& entry, const std::string& where);

  std::string what_;
  std::function<void(const IndexEntry&)> entry_;
  std::uint64_t lines_ = 0;
  IndexTotals stated_;
  std::uint64_t count_ = 0;
  std::uint64_t blocks_ = 0;
  std::vector<SumNode> open_;  ///< roots of the complete subtrees so far, largest first
};

/// A whole list in memory, for finding blocks: 76 bytes an entry.
class ServiceIndex {
 public:
  void add(const IndexEntry& entry);
  [[nodiscard]] std::uint64_t blocks() const { return ends_.empty() ? 0 : ends_.back(); }
  [[nodiscard]] std::uint64_t fragments() const { return entries_.size(); }
  [[nodiscard]] const IndexEntry& entry(std::uint64_t position) const { return entries_[position]; }
  /// The entry that holds block `block` (< blocks()), and the block's number inside it.
  [[nodiscard]] SumTree::Hit find(std::uint64_t block) const;

 private:
  std::vector<IndexEntry> entries_;
  std::vector<std::uint64_t> ends_;  ///< blocks up to and including the entry
};

}  // namespace cess
