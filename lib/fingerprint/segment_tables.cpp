// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/segment_tables.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <numeric>

#include "base/check.hpp"
#include "fingerprint/segment_layout.hpp"

namespace cess::fp {
namespace {

/// 4,096 parts: each write of a pass meets a page of its own, and a part of 10^8 records fits the
/// second cache.
constexpr unsigned kFirstBitsMax = 12;

unsigned low_bits_of(unsigned piece, unsigned m) {
  const unsigned bits = piece_bits(piece, m);
  return bits - std::min(bits, kFirstBitsMax);
}

/// Memory that is not cleared, in large pages where there are.
class RawMemory {
 public:
  explicit RawMemory(std::size_t size)
      : size_(std::max<std::size_t>(size, 1)),
        at_(::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (valid()) (void)::madvise(at_, size_, MADV_HUGEPAGE);
  }
  RawMemory(const RawMemory&) = delete;
  RawMemory& operator=(const RawMemory&) = delete;
  ~RawMemory() {
    if (valid()) ::munmap(at_, size_);
  }
  [[nodiscard]] bool valid() const { return at_ != MAP_FAILED; }
  [[nodiscard]] std::uint8_t* bytes() const { return static_cast<std::uint8_t*>(at_); }

 private:
  std::size_t size_;
  void* at_;
};

/// Values of the first bits that are sorted together.
struct TableSlice {
  std::size_t first = 0;
  std::size_t end = 0;
  std::uint64_t records = 0;
};

std::vector<TableSlice> table_slices(const std::vector<std::uint32_t>& counts,
                                     std::uint64_t records_max) {
  std::vector<TableSlice> out(1);
  for (std::size_t v = 0; v < counts.size(); ++v) {
    if (out.back().records != 0 && out.back().records + counts[v] > records_max)
      out.push_back({v, v, 0});
    out.back().end = v + 1;
    out.back().records += counts[v];
  }
  return out;
}

/// The table of one piece. A pair is 8 bytes: the record's number, and the lower bits of its value.
class TableSort {
 public:
  TableSort(unsigned first_bit, unsigned bits, unsigned low,
            const std::vector<std::uint32_t>& counts, std::uint8_t* pairs)
      : first_bit_(first_bit),
        bits_(bits),
        low_(low),
        counts_(counts),
        pairs_(pairs),
        starts_((std::size_t{1} << bits) + 1),
        at_(counts.size()) {}

  void begin(const TableSlice& slice) {
    slice_ = slice;
    std::uint64_t sum = 0;
    for (std::size_t v = slice.first; v < slice.end; ++v) {
      at_[v] = sum;
      sum += counts_[v];
    }
  }
  /// Words in the order of their records.
  void add(const std::uint8_t* word, std::uint32_t record) {
    const std::uint32_t value = piece_value(word, first_bit_, bits_);
    const std::uint32_t v = value >> low_;
    if (v < slice_.first || v >= slice_.end) return;
    if (at_[v] >= slice_.records) return;  // of a file that somebody altered
    const std::uint32_t rest = value & ((1U << low_) - 1);
    store_le(pairs_ + 8 * at_[v]++, (std::uint64_t{rest} << 32U) | record);
  }
  /// Orders what was added; `base`: records of the slices before. Afterwards the first 4 bytes for
  /// each record are their numbers. False if the words were not those that were counted.
  [[nodiscard]] bool end(std::uint64_t base) {
    std::uint64_t sum = 0;
    for (std::size_t v = slice_.first; v < slice_.end; ++v) {
      sum += counts_[v];
      if (at_[v] != sum) return false;
    }
    std::uint64_t from = 0;
    for (std::size_t v = slice_.first; v < slice_.end; ++v) {
      order(v, from, counts_[v], base);
      from += counts_[v];
    }
    starts_[starts_.size() - 1] = static_cast<std::uint32_t>(base + slice_.records);
    return true;
  }
  [[nodiscard]] ByteView starts() const {
    return {reinterpret_cast<const std::uint8_t*>(starts_.data()), 4 * starts_.size()};
  }
  [[nodiscard]] ByteView records() const { return {pairs_, 4 * slice_.records}; }

 private:
  void order(std::size_t v, std::uint64_t from, std::uint32_t count, std::uint64_t base) {
    const std::size_t values = std::size_t{1} << low_;
    next_.assign(values, 0);
    sorted_.resize(count);
    const std::uint8_t* pairs = pairs_ + 8 * from;
    for (std::uint64_t i = 0; i < count; ++i) ++next_[load_le<std::uint32_t>(pairs + 8 * i + 4)];
    std::uint32_t sum = 0;
    for (std::size_t rest = 0; rest < values; ++rest) {
      starts_[(v << low_) + rest] = static_cast<std::uint32_t>(base + from + sum);
      sum += std::exchange(next_[rest], sum);
    }
    for (std::uint64_t i = 0; i < count; ++i)
      sorted_[next_[load_le<std::uint32_t>(pairs + 8 * i + 4)]++] =
          load_le<std::uint32_t>(pairs + 8 * i);
    // Over pairs that were ordered before, or just now.
    if (count != 0) std::memcpy(pairs_ + 4 * from, sorted_.data(), std::size_t{4} * count);
  }

  unsigned first_bit_;
  unsigned bits_;
  unsigned low_;
  const std::vector<std::uint32_t>& counts_;
  std::uint8_t* pairs_;
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint64_t> at_;
  TableSlice slice_;
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> sorted_;
};

/// Calls `each(word, number)` for all words of a file.
template <class Each>
Status each_word(const NewFile& file, const std::string& name, std::uint64_t at,
                 std::uint64_t count, const Each& each) {
  constexpr std::uint64_t kWords = 8192;
  Bytes part(kWords * kIndexWordSize);
  for (std::uint64_t from = 0; from < count; from += kWords) {
    const std::uint64_t n = std::min(kWords, count - from);
    CESS_TRY_ASSIGN(const std::size_t got,
                    pread_full(file.fd(), MutByteView(part).first(n * kIndexWordSize),
                               at + from * kIndexWordSize, name));
    if (got != n * kIndexWordSize) return fail(Code::system, "'" + name + "' was cut", name);
    for (std::uint64_t i = 0; i < n; ++i)
      each(part.data() + i * kIndexWordSize, static_cast<std::uint32_t>(from + i));
  }
  return {};
}

}  // namespace

PieceCounts::PieceCounts(unsigned pieces) : counts_(pieces) {
  for (unsigned i = 0; i < pieces; ++i)
    counts_[i].resize(std::size_t{1} << (piece_bits(i, pieces) - low_bits_of(i, pieces)));
}

unsigned PieceCounts::low_bits(unsigned piece) const { return low_bits_of(piece, pieces()); }

void PieceCounts::add(const std::uint8_t* word) {
  const unsigned m = pieces();
  for (unsigned i = 0; i < m; ++i)
    ++counts_[i][piece_value(word, piece_start(i, m), piece_bits(i, m)) >> low_bits_of(i, m)];
}

Status write_tables(const NewFile& file, const std::string& name, std::uint64_t words_at,
                    std::uint64_t count, const PieceCounts& counts, std::uint64_t table_records,
                    const std::function<Status(ByteView)>& write) {
  const unsigned m = counts.pieces();
  std::uint64_t largest = 0;
  for (unsigned i = 0; i < m; ++i) {
    for (const auto& s : table_slices(counts.of(i), table_records))
      largest = std::max(largest, s.records);
  }
  const RawMemory pairs(8 * largest);
  if (!pairs.valid()) return fail(Code::system, "no memory to write '" + name + "'", name);
  for (unsigned i = 0; i < m; ++i) {
    TableSort table(piece_start(i, m), piece_bits(i, m), counts.low_bits(i), counts.of(i),
                    pairs.bytes());
    const auto slices = table_slices(counts.of(i), table_records);
    const auto sort = [&](const TableSlice& slice, std::uint64_t base) -> Status {
      table.begin(slice);
      CESS_TRY(each_word(file, name, words_at, count,
                         [&](const std::uint8_t* word, std::uint32_t n) { table.add(word, n); }));
      if (!table.end(base)) return fail(Code::input, "'" + name + "' was altered", name);
      return {};
    };
    // The starts of all values come before the numbers: of several slices each is sorted twice.
    std::uint64_t base = 0;
    for (const auto& s : slices) {
      CESS_TRY(sort(s, base));
      base += s.records;
    }
    CESS_CHECK(base == count);
    CESS_TRY(write(table.starts()));
    base = 0;
    for (const auto& s : slices) {
      if (slices.size() > 1) CESS_TRY(sort(s, base));
      base += s.records;
      CESS_TRY(write(table.records()));
    }
  }
  return {};
}

}  // namespace cess::fp
