// SPDX-License-Identifier: Apache-2.0
// One immutable part of a fingerprint index: records of 256 bits with a label, and m hash tables
// over m pieces of the bits (multi-index hashing, Norouzi, Punjani, Fleet 2012). Two words within
// distance r agree in one piece up to floor(r / m) bits, so looking up the few near values of each
// piece finds every one: the search is exact.
//
//   offset 0   8  magic "CFPSEG1\n"
//          8   8  records n, LE64 (1 to 2^31)
//         16   4  pieces m, LE32 (10 to 32); piece i has the bits [256·i/m, 256·(i+1)/m)
//         20   4  zero
//         24   8  zero
//         32  32·n  words, in the order of their labels
//          .  32·n  labels, ascending, distinct
//          .  for each piece of b bits: (2^b + 1) LE32 starts, then n LE32 record numbers, ordered
//          by the piece .  zeros to a multiple of 8
// The size is exact. Starts and record numbers are checked where they are used, not at opening: a
// false file gives false answers, never a read outside it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

struct IndexRecord {
  Bits256 word{};
  Hash256 label;
  friend bool operator==(const IndexRecord&, const IndexRecord&) = default;
};

struct IndexMatch {
  Hash256 label;
  unsigned distance = 0;
  friend auto operator<=>(const IndexMatch&, const IndexMatch&) = default;
};

inline constexpr std::uint64_t kSegmentRecordsMax = std::uint64_t{1} << 31U;

/// Reads a segment in place. Never changes; many threads may search at once.
class SegmentView {
 public:
  /// Checks header and size. The bytes must be aligned to 8 and outlive the view. Code::input.
  static Result<SegmentView> open(ByteView bytes);

  [[nodiscard]] std::uint64_t size() const { return count_; }
  [[nodiscard]] IndexRecord record(std::uint64_t i) const;
  [[nodiscard]] bool contains(const Hash256& label) const;
  /// Appends every record within `radius` of `word`, in no order. Exact.
  void search(const Bits256& word, unsigned radius, std::vector<IndexMatch>& out) const;

 private:
  struct Piece {
    unsigned first_bit = 0;
    unsigned bits = 0;
    const std::uint8_t* starts = nullptr;
    const std::uint8_t* records = nullptr;
  };
  friend struct SegmentSearch;
  void scan(const Bits256& word, unsigned radius, std::vector<IndexMatch>& out) const;

  std::uint64_t count_ = 0;
  const std::uint8_t* words_ = nullptr;
  const std::uint8_t* labels_ = nullptr;
  std::vector<Piece> pieces_;
};

/// Pieces for `records` records: those with which a search within 31 bits looks at the fewest
/// starts and records, were the words random.
unsigned segment_pieces(std::uint64_t records);

}  // namespace cess::fp
