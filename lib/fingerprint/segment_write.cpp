// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/segment_write.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/segment.hpp"
#include "fingerprint/segment_layout.hpp"
#include "fingerprint/segment_tables.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kOutputPart = std::size_t{1} << 20U;
constexpr std::uint64_t kColumnPart = 8192;  ///< records of a file that are read at once
constexpr std::uint16_t kRepeated = 0x8000;  ///< in the order: a label that was there already
static_assert(kSegmentSourcesMax <= kRepeated);

/// What is written, with its hash.
class SegmentOutput {
 public:
  explicit SegmentOutput(NewFile& file) : file_(file) { part_.reserve(kOutputPart); }
  Status put(ByteView bytes) {
    if (part_.size() + bytes.size() > kOutputPart) CESS_TRY(flush());
    for (; bytes.size() > kOutputPart; bytes = bytes.subspan(kOutputPart))
      CESS_TRY(send(bytes.first(kOutputPart)));
    append(part_, bytes);
    return {};
  }
  Status flush() {
    CESS_TRY(send(part_));
    part_.clear();
    return {};
  }
  Hash256 finish() { return hash_.finish(); }

 private:
  Status send(ByteView bytes) {
    hash_.update(bytes);
    return file_.write(bytes);
  }
  NewFile& file_;
  Sha256 hash_;
  Bytes part_;
};

/// One column of a source, front to back.
class ColumnReader {
 public:
  ColumnReader(const RecordColumns& source, bool labels)
      : source_(&source),
        at_(labels ? source.labels_at : source.words_at),
        left_(source.count),
        next_(labels ? source.labels : source.words) {
    if (source.fd < 0) ready_ = std::exchange(left_, 0);
  }
  [[nodiscard]] bool ended() const { return ready_ == 0 && left_ == 0; }
  /// Whether to `fetch` before `front`.
  [[nodiscard]] bool drained() const { return ready_ == 0; }
  Status fetch() {
    const std::uint64_t n = std::min(kColumnPart, left_);
    part_.resize(n * kIndexWordSize);
    CESS_TRY_ASSIGN(const std::size_t got, pread_full(source_->fd, part_, at_, source_->name));
    if (got != part_.size()) {
      return fail(Code::input, "'" + source_->name + "' was cut", source_->name);
    }
    at_ += got;
    left_ -= n;
    ready_ = n;
    next_ = part_.data();
    return {};
  }
  [[nodiscard]] const std::uint8_t* front() const { return next_; }
  void pop() {
    next_ += kIndexWordSize;
    --ready_;
  }

 private:
  const RecordColumns* source_;
  std::uint64_t at_;
  std::uint64_t left_;       ///< not read yet
  std::uint64_t ready_ = 0;  ///< from `next_` on
  const std::uint8_t* next_;
  Bytes part_;
};

std::vector<ColumnReader> column_readers(std::span<const RecordColumns> sources, bool labels) {
  std::vector<ColumnReader> out;
  for (const RecordColumns& s : sources) out.emplace_back(s, labels);
  return out;
}

/// The next label of a source.
struct MergeHead {
  std::uint64_t prefix = 0;
  const std::uint8_t* label = nullptr;
  std::uint16_t source = 0;
};

int label_order(const MergeHead& a, const MergeHead& b) {
  if (a.prefix != b.prefix) return a.prefix < b.prefix ? -1 : 1;
  return std::memcmp(a.label, b.label, kIndexWordSize);
}
/// For a heap whose first is the least; of equal labels the first source's.
bool after(const MergeHead& a, const MergeHead& b) {
  const int order = label_order(a, b);
  return order != 0 ? order > 0 : a.source > b.source;
}

/// Puts the heap in order again after its first was replaced.
void sift_down(std::vector<MergeHead>& heap) {
  const MergeHead moved = heap.front();
  std::size_t at = 0;
  while (true) {
    std::size_t child = 2 * at + 1;
    if (child >= heap.size()) break;
    if (child + 1 < heap.size() && after(heap[child], heap[child + 1])) ++child;
    if (!after(moved, heap[child])) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
}

struct MergeOrder {
  std::vector<std::uint16_t> sources;  ///< of each record in turn, with kRepeated
  std::uint64_t records = 0;           ///< without the repeated
};

MergeHead head_of(const ColumnReader& reader, std::uint16_t source) {
  return {load_be<std::uint64_t>(reader.front()), reader.front(), source};
}

Result<MergeOrder> merge_labels(std::span<const RecordColumns> sources) {
  auto readers = column_readers(sources, true);
  std::uint64_t total = 0;
  std::vector<MergeHead> heap;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    total += sources[s].count;
    if (readers[s].ended()) continue;
    if (readers[s].drained()) CESS_TRY(readers[s].fetch());
    heap.push_back(head_of(readers[s], static_cast<std::uint16_t>(s)));
  }
  std::make_heap(heap.begin(), heap.end(), after);
  MergeOrder order;
  order.sources.reserve(total);
  std::array<std::uint8_t, kIndexWordSize> last{};
  while (!heap.empty()) {
    MergeHead& head = heap.front();
    const MergeHead before{load_be<std::uint64_t>(last.data()), last.data(), 0};
    const int step = order.sources.empty() ? 1 : label_order(head, before);
    const std::uint16_t s = head.source;
    if (step < 0) {
      return fail(Code::input, "'" + sources[s].name + "' was altered: its labels do not ascend",
                  sources[s].name);
    }
    order.sources.push_back(step == 0 ? static_cast<std::uint16_t>(s | kRepeated) : s);
    if (step != 0) {
      std::memcpy(last.data(), head.label, kIndexWordSize);
      ++order.records;
    }
    ColumnReader& reader = readers[s];
    reader.pop();
    if (reader.ended()) {
      head = heap.back();
      heap.pop_back();
      if (heap.empty()) break;
    } else {
      if (reader.drained()) CESS_TRY(reader.fetch());
      head = head_of(reader, s);
    }
    sift_down(heap);
  }
  return order;
}

/// Writes one column of all sources in their order, without the repeated.
template <class Each>
Status write_column(std::span<const RecordColumns> sources, bool labels, const MergeOrder& order,
                    SegmentOutput& out, const Each& each) {
  auto readers = column_readers(sources, labels);
  for (const std::uint16_t entry : order.sources) {
    ColumnReader& reader = readers[entry & (kRepeated - 1U)];
    if (reader.drained()) CESS_TRY(reader.fetch());
    if ((entry & kRepeated) == 0) {
      CESS_TRY(out.put({reader.front(), kIndexWordSize}));
      each(reader.front());
    }
    reader.pop();
  }
  return {};
}

}  // namespace

Result<SegmentWritten> write_segment(NewFile& file, const std::string& name,
                                     std::span<const RecordColumns> sources,
                                     std::uint64_t table_records) {
  CESS_CHECK(sources.size() <= kSegmentSourcesMax);
  CESS_TRY_ASSIGN(MergeOrder order, merge_labels(sources));
  const std::uint64_t count = order.records;
  CESS_CHECK(count > 0 && count <= kSegmentRecordsMax);
  const unsigned m = segment_pieces(count);
  std::array<std::uint8_t, kSegmentHeader> head{};
  std::copy(kSegmentMagic.begin(), kSegmentMagic.end(), head.begin());
  store_le(head.data() + 8, count);
  store_le(head.data() + 16, std::uint32_t{m});
  SegmentOutput out(file);
  CESS_TRY(out.put(head));
  PieceCounts counts(m);
  CESS_TRY(write_column(sources, false, order, out,
                        [&](const std::uint8_t* word) { counts.add(word); }));
  CESS_TRY(write_column(sources, true, order, out, [](const std::uint8_t*) {}));
  order = {};
  CESS_TRY(out.flush());  // the tables read the words
  CESS_TRY(write_tables(file, name, kSegmentHeader, count, counts, table_records,
                        [&](ByteView bytes) { return out.put(bytes); }));
  std::uint64_t size = 0;
  for (unsigned i = 0; i < m; ++i) size += 4 * ((std::uint64_t{1} << piece_bits(i, m)) + 1 + count);
  const std::array<std::uint8_t, 8> zeros{};
  CESS_TRY(out.put(ByteView(zeros).first(pieces_size(count, m) - size)));
  CESS_TRY(out.flush());
  return SegmentWritten{count, out.finish()};
}

}  // namespace cess::fp
