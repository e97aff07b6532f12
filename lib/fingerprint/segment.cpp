// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/segment.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "fingerprint/segment_layout.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

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

constexpr unsigned kUsualRadius = 31;  ///< that of PDQ, and of the command if none is given
constexpr unsigned kSkipped = ~0U;     ///< of a piece where nothing needs to be looked up

/// How far from a word's the values of piece i of m are looked up. r = a·m + b: were all of the
/// first b + 1 pieces farther than a and the others farther than a - 1, the sum would pass r (the
/// bound of Norouzi et al., section 3.1, spread as Qin et al. 2018).
unsigned piece_radius(unsigned i, unsigned m, unsigned radius) {
  const unsigned a = radius / m;
  if (i <= radius % m) return a;
  return a == 0 ? kSkipped : a - 1;
}

}  // namespace

/// One search in one segment. Loads are asked for well before they are used: nearly every one
/// misses the caches.
struct SegmentSearch {
  const SegmentView& segment;
  const Bits256& word;
  unsigned radius;
  std::vector<IndexMatch>& out;
  std::vector<unsigned> radius_of{};  ///< of each piece
  std::vector<std::uint32_t> values{};
  std::vector<std::uint32_t> candidates{};
  std::vector<NearRecord> near{};

  void plan() {
    const auto m = static_cast<unsigned>(segment.pieces_.size());
    for (unsigned i = 0; i < m; ++i) radius_of.push_back(piece_radius(i, m, radius));
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
    if (s.radius_of[i] != kSkipped) s.look_up(i);
  }
}

unsigned segment_pieces(std::uint64_t records) {
  unsigned best = kPiecesMin;
  double least = 0;
  for (unsigned m = kPiecesMin; m <= kPiecesMax; ++m) {
    double looked_at = 0;
    for (unsigned i = 0; i < m; ++i) {
      const unsigned within = piece_radius(i, m, kUsualRadius);
      if (within == kSkipped) continue;
      const unsigned bits = piece_bits(i, m);
      looked_at += static_cast<double>(near_count(bits, within)) *
                   (1 + static_cast<double>(records) / static_cast<double>(1U << bits));
    }
    if (m == kPiecesMin || looked_at < least) {
      best = m;
      least = looked_at;
    }
  }
  return best;
}

}  // namespace cess::fp
