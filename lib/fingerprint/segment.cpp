// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/segment.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kSegmentMagic = "CFPSEG1\n";
constexpr std::size_t kSegmentHeader = 32;
constexpr std::size_t kIndexWordSize = 32;
constexpr unsigned kPiecesMin = 10;
constexpr unsigned kPiecesMax = 32;

/// First bit of piece i of m.
unsigned piece_start(unsigned i, unsigned m) { return 256 * i / m; }

std::uint64_t pieces_size(std::uint64_t count, unsigned m) {
  std::uint64_t size = 0;
  for (unsigned i = 0; i < m; ++i) {
    const unsigned bits = piece_start(i + 1, m) - piece_start(i, m);
    size += 4 * ((std::uint64_t{1} << bits) + 1 + count);
  }
  return (size + 7) / 8 * 8;
}

/// Bits [first, first + bits) of a word; bits is at most 64 - 7.
std::uint32_t piece_value(const std::uint8_t* word, unsigned first, unsigned bits) {
  // The last piece would reach over the end: read earlier and shift more.
  const unsigned byte = std::min(first / 8, 24U);
  const std::uint64_t v = load_le<std::uint64_t>(word + byte) >> (first - 8 * byte);
  return static_cast<std::uint32_t>(v & ((std::uint64_t{1} << bits) - 1));
}

unsigned word_distance(const std::uint8_t* a, const std::uint8_t* b) {
  unsigned d = 0;
  for (unsigned i = 0; i < 4; ++i) {
    d += static_cast<unsigned>(
        std::popcount(load_le<std::uint64_t>(a + 8 * i) ^ load_le<std::uint64_t>(b + 8 * i)));
  }
  return d;
}

/// A record and how far its word is.
struct NearRecord {
  std::uint32_t record;
  unsigned distance;
};

/// Of `n` records those whose words are within the radius; how many. Bits are counted by the
/// instruction for it, which the plainest processors do not have.
CESS_FP_WIDE std::size_t near_records(const std::uint8_t* word, const std::uint8_t* words,
                                      const std::uint32_t* records, std::size_t n, unsigned radius,
                                      NearRecord* out) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const unsigned d = word_distance(word, words + kIndexWordSize * records[i]);
    out[found] = {records[i], d};
    found += d <= radius ? 1U : 0U;
  }
  return found;
}

/// All values within `radius` bits of `value`, itself first.
void near_values(std::uint32_t value, unsigned bits, unsigned radius, unsigned from,
                 std::vector<std::uint32_t>& out) {
  out.push_back(value);
  if (radius == 0) return;
  for (unsigned b = from; b < bits; ++b)
    near_values(value ^ (1U << b), bits, radius - 1, b + 1, out);
}

std::uint64_t near_count(unsigned bits, unsigned radius) {
  std::uint64_t sum = 1;
  std::uint64_t term = 1;
  for (unsigned k = 1; k <= radius && k <= bits; ++k) {
    term = term * (bits - k + 1) / k;
    sum += term;
    if (sum > kSegmentRecordsMax) break;
  }
  return sum;
}

}  // namespace

/// One search in one segment. Loads are asked for well before they are used: nearly every one
/// misses the caches.
struct SegmentSearch {
  const SegmentView& segment;
  const Bits256& word;
  unsigned radius;
  std::vector<IndexMatch>& out;
  std::vector<unsigned>
      radius_of{};  ///< of each piece; kSkipped where nothing needs to be looked up
  std::vector<std::uint32_t> values{};
  std::vector<std::uint32_t> candidates{};
  std::vector<NearRecord> near{};

  static constexpr unsigned kSkipped = ~0U;

  /// r = a·m + b: were all of the first b + 1 pieces farther than a and the others farther than a -
  /// 1, the sum would pass r (the bound of Norouzi et al., section 3.1, spread as Qin et al. 2018).
  void plan() {
    const auto m = static_cast<unsigned>(segment.pieces_.size());
    for (unsigned i = 0; i < m; ++i) {
      const unsigned a = radius / m;
      radius_of.push_back(i <= radius % m ? a : (a == 0 ? kSkipped : a - 1));
    }
  }
  [[nodiscard]] std::uint64_t cost() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < radius_of.size(); ++i) {
      if (radius_of[i] == kSkipped) continue;
      const unsigned bits = segment.pieces_[i].bits;
      sum += near_count(bits, radius_of[i]) * (1 + (segment.count_ >> bits));
    }
    return sum;
  }
  /// Whether an earlier piece has found this record already.
  [[nodiscard]] bool found_before(const std::uint8_t* other, std::size_t piece) const {
    for (std::size_t i = 0; i < piece; ++i) {
      if (radius_of[i] == kSkipped) continue;
      const auto& p = segment.pieces_[i];
      const std::uint32_t x =
          piece_value(word.data(), p.first_bit, p.bits) ^ piece_value(other, p.first_bit, p.bits);
      if (static_cast<unsigned>(std::popcount(x)) <= radius_of[i]) return true;
    }
    return false;
  }
  void judge(std::size_t piece) {
    near.resize(candidates.size());
    near.resize(near_records(word.data(), segment.words_, candidates.data(), candidates.size(),
                             radius, near.data()));
    for (const auto& [c, d] : near) {
      if (found_before(segment.words_ + kIndexWordSize * c, piece)) continue;
      out.push_back({Hash256::from({segment.labels_ + kIndexWordSize * c, kIndexWordSize}), d});
    }
    candidates.clear();
  }
  void look_up(std::size_t piece) {
    const auto& p = segment.pieces_[piece];
    values.clear();
    near_values(piece_value(word.data(), p.first_bit, p.bits), p.bits, radius_of[piece], 0, values);
    for (const std::uint32_t v : values) __builtin_prefetch(p.starts + std::size_t{4} * v);
    for (const std::uint32_t v : values) {
      __builtin_prefetch(p.records +
                         std::size_t{4} * load_le<std::uint32_t>(p.starts + std::size_t{4} * v));
    }
    for (const std::uint32_t v : values) {
      const std::uint64_t from = load_le<std::uint32_t>(p.starts + std::size_t{4} * v);
      const std::uint64_t to = load_le<std::uint32_t>(p.starts + std::size_t{4} * v + 4);
      if (to > segment.count_) continue;  // a false file
      for (std::uint64_t i = from; i < to; ++i) {
        const std::uint32_t c = load_le<std::uint32_t>(p.records + 4 * i);
        if (c >= segment.count_) continue;  // a false file
        __builtin_prefetch(segment.words_ + kIndexWordSize * c);
        candidates.push_back(c);
        if (candidates.size() == 4096) judge(piece);
      }
    }
    judge(piece);
  }
};

Result<SegmentView> SegmentView::open(ByteView bytes) {
  const auto refuse = [](const char* why) {
    return fail(Code::input, std::string("index segment ") + why);
  };
  if (bytes.size() < kSegmentHeader) return refuse("is too short");
  CESS_CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 == 0);
  if (as_text(bytes.first(8)) != kSegmentMagic)
    return refuse("does not begin with its magic number");
  SegmentView v;
  v.count_ = load_le<std::uint64_t>(bytes.data() + 8);
  const auto m = load_le<std::uint32_t>(bytes.data() + 16);
  if (v.count_ == 0 || v.count_ > kSegmentRecordsMax) return refuse("has a bad number of records");
  if (m < kPiecesMin || m > kPiecesMax) return refuse("has a bad number of pieces");
  if (load_le<std::uint32_t>(bytes.data() + 20) != 0 ||
      load_le<std::uint64_t>(bytes.data() + 24) != 0) {
    return refuse("has a reserved field that is not zero");
  }
  if (bytes.size() != kSegmentHeader + 2 * kIndexWordSize * v.count_ + pieces_size(v.count_, m)) {
    return refuse("has another size than its header says");
  }
  v.words_ = bytes.data() + kSegmentHeader;
  v.labels_ = v.words_ + kIndexWordSize * v.count_;
  const std::uint8_t* at = v.labels_ + kIndexWordSize * v.count_;
  for (unsigned i = 0; i < m; ++i) {
    Piece p;
    p.first_bit = piece_start(i, m);
    p.bits = piece_start(i + 1, m) - p.first_bit;
    p.starts = at;
    p.records = at + 4 * ((std::uint64_t{1} << p.bits) + 1);
    at = p.records + 4 * v.count_;
    v.pieces_.push_back(p);
  }
  return v;
}

IndexRecord SegmentView::record(std::uint64_t i) const {
  CESS_CHECK(i < count_);
  IndexRecord r;
  std::copy_n(words_ + kIndexWordSize * i, kIndexWordSize, r.word.begin());
  r.label = Hash256::from({labels_ + kIndexWordSize * i, kIndexWordSize});
  return r;
}

bool SegmentView::contains(const Hash256& label) const {
  std::uint64_t from = 0;
  std::uint64_t to = count_;
  while (from < to) {
    const std::uint64_t mid = from + (to - from) / 2;
    const int order =
        std::memcmp(labels_ + kIndexWordSize * mid, label.bytes.data(), kIndexWordSize);
    if (order == 0) return true;
    (order < 0 ? from : to) = order < 0 ? mid + 1 : mid;
  }
  return false;
}

void SegmentView::scan(const Bits256& word, unsigned radius, std::vector<IndexMatch>& out) const {
  constexpr std::uint64_t kRow = 1024;
  std::vector<std::uint32_t> row(kRow);
  std::iota(row.begin(), row.end(), 0U);
  std::vector<NearRecord> near(kRow);
  for (std::uint64_t first = 0; first < count_; first += kRow) {
    const std::uint8_t* words = words_ + kIndexWordSize * first;
    const std::uint8_t* labels = labels_ + kIndexWordSize * first;
    const std::size_t found = near_records(word.data(), words, row.data(),
                                           std::min(kRow, count_ - first), radius, near.data());
    for (std::size_t k = 0; k < found; ++k) {
      const auto& [i, d] = near[k];
      out.push_back({Hash256::from({labels + kIndexWordSize * i, kIndexWordSize}), d});
    }
  }
}

void SegmentView::search(const Bits256& word, unsigned radius, std::vector<IndexMatch>& out) const {
  SegmentSearch s{*this, word, radius, out};
  s.plan();
  // A look-up costs about as much as comparing eight words one after another.
  if (s.cost() * 8 > count_) return scan(word, radius, out);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (s.radius_of[i] != SegmentSearch::kSkipped) s.look_up(i);
  }
}

unsigned segment_pieces(std::uint64_t records) {
  const auto bits = static_cast<unsigned>(std::bit_width(records));
  return std::clamp(256 / std::max(bits, 1U), kPiecesMin, kPiecesMax);
}

namespace {

/// The table of one piece, by counting.
Status write_piece(std::size_t count, const std::function<const IndexRecord&(std::size_t)>& record,
                   unsigned first, unsigned bits, const std::function<Status(ByteView)>& write) {
  std::vector<std::uint32_t> starts((std::size_t{1} << bits) + 1);
  for (std::size_t i = 0; i < count; ++i)
    ++starts[piece_value(record(i).word.data(), first, bits) + 1];
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  CESS_TRY(write({reinterpret_cast<const std::uint8_t*>(starts.data()), 4 * starts.size()}));
  std::vector<std::uint32_t> records(count);
  for (std::size_t i = 0; i < count; ++i) {
    records[starts[piece_value(record(i).word.data(), first, bits)]++] =
        static_cast<std::uint32_t>(i);
  }
  return write({reinterpret_cast<const std::uint8_t*>(records.data()), 4 * records.size()});
}

}  // namespace

Status write_segment(std::size_t count,
                     const std::function<const IndexRecord&(std::size_t)>& record,
                     const std::function<Status(ByteView)>& write) {
  CESS_CHECK(count > 0 && count <= kSegmentRecordsMax);
  const unsigned m = segment_pieces(count);
  std::array<std::uint8_t, kSegmentHeader> head{};
  std::copy(kSegmentMagic.begin(), kSegmentMagic.end(), head.begin());
  store_le(head.data() + 8, std::uint64_t{count});
  store_le(head.data() + 16, std::uint32_t{m});
  CESS_TRY(write(head));
  for (std::size_t i = 0; i < count; ++i) CESS_TRY(write(record(i).word));
  for (std::size_t i = 0; i < count; ++i) CESS_TRY(write(record(i).label.view()));
  std::uint64_t size = 0;
  for (unsigned i = 0; i < m; ++i) {
    const unsigned first = piece_start(i, m);
    const unsigned bits = piece_start(i + 1, m) - first;
    CESS_TRY(write_piece(count, record, first, bits, write));
    size += 4 * ((std::uint64_t{1} << bits) + 1 + count);
  }
  const std::array<std::uint8_t, 8> zeros{};
  return write(ByteView(zeros).first(pieces_size(count, m) - size));
}

}  // namespace cess::fp
