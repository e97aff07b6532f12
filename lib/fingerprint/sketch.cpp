// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/sketch.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/endian.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::uint64_t kSketchEmptyBin = ~std::uint64_t{0};
constexpr std::uint32_t kShareWhole = 10000;
/// Places that values are moved by, on average, before they are sorted instead.
constexpr std::size_t kMovesPerValue = 8;

/// For each bit of `words` words of 64, the weights of the features that vote for it.
CESS_FP_WIDE void count_votes(const std::uint64_t* features, std::size_t count, std::size_t words,
                              std::uint32_t* votes) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto weight = static_cast<std::uint32_t>(features[i] & 3U) + 1;
    for (std::size_t half = 0; half < 2 * words; ++half) {
      const std::uint64_t h = mix64(features[i] + (half / 2 + 1) * kGolden);
      const auto bits = static_cast<std::uint32_t>(half % 2 == 0 ? h : h >> 32U);
      std::uint32_t* const to = votes + half * 32;
      for (std::uint32_t b = 0; b < 32; ++b) to[b] += (0U - ((bits >> b) & 1U)) & weight;
    }
  }
}

/// SimHash, as simhash.hpp has it for any tokens: bits with more than half of all weight.
template <std::size_t kWords>
std::array<std::uint64_t, kWords> sketch_vote(const Sketch& sketch) {
  std::array<std::uint32_t, kWords * 64> votes{};
  count_votes(sketch.smallest.data(), sketch.smallest.size(), kWords, votes.data());
  std::uint32_t all = 0;
  for (const std::uint64_t feature : sketch.smallest)
    all += static_cast<std::uint32_t>(feature & 3U) + 1;
  std::array<std::uint64_t, kWords> out{};
  for (std::size_t i = 0; i < votes.size(); ++i) {
    if (2 * votes[i] > all) out[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  return out;
}

/// The smallest `want` different ones of `values`, ascending. They are well mixed: as many buckets
/// as there are values hold next to none each, and what is left in disorder is put in its place one
/// by one; those behind the last wanted are not looked at.
std::vector<std::uint64_t> smallest_distinct(const std::vector<std::uint64_t>& values,
                                             std::size_t want) {
  std::vector<std::uint64_t> out;
  if (values.empty()) return out;
  const auto bits = static_cast<unsigned>(std::bit_width(values.size() / 2)) + 1;
  const auto width =
      static_cast<unsigned>(std::bit_width(*std::max_element(values.begin(), values.end())));
  const unsigned shift = width > bits ? width - bits : 0;
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1);
  for (const std::uint64_t v : values) ++ends[(v >> shift) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<std::uint64_t> sorted(values.size());
  for (const std::uint64_t v : values) sorted[ends[v >> shift]++] = v;
  // Somebody's own values may all be in one bucket.
  std::size_t moves_left = kMovesPerValue * values.size();
  out.reserve(values.size());
  for (const std::uint64_t v : sorted) {
    if (out.empty() || v > out.back()) {
      if (out.size() >= want && v >> shift != out.back() >> shift) break;
      out.push_back(v);
      continue;
    }
    std::size_t place = out.size();
    while (place != 0 && out[place - 1] > v) --place;
    const std::size_t moves = out.size() - place;  // of a repeat, too: it was looked for
    if (moves > moves_left) {
      std::sort(sorted.begin(), sorted.end());
      out.assign(sorted.begin(), std::unique(sorted.begin(), sorted.end()));
      break;
    }
    moves_left -= moves;
    if (place != 0 && out[place - 1] == v) continue;
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), v);
  }
  if (out.size() > want) out.resize(want);
  return out;
}

std::uint32_t overlap_share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<std::uint32_t>(part * kShareWhole / whole);
}

}  // namespace

std::uint32_t Overlap::resemblance() const {
  return overlap_share(common, std::uint64_t{in_a} + in_b - common);
}
std::uint32_t Overlap::containment() const { return overlap_share(common, std::min(in_a, in_b)); }

Overlap overlap(const Sketch& a, const Sketch& b) {
  Overlap out;
  std::uint64_t bound = ~std::uint64_t{0};
  for (const Sketch* s : {&a, &b}) {
    if (!s->complete && !s->smallest.empty()) bound = std::min(bound, s->smallest.back());
  }
  auto i = a.smallest.begin();
  auto j = b.smallest.begin();
  while (i != a.smallest.end() && *i <= bound) {
    while (j != b.smallest.end() && *j < *i) ++j, ++out.in_b;
    ++out.in_a;
    if (j != b.smallest.end() && *j == *i) ++j, ++out.in_b, ++out.common;
    ++i;
  }
  while (j != b.smallest.end() && *j <= bound) ++j, ++out.in_b;
  return out;
}

SketchBuilder::SketchBuilder() { bins_.fill(kSketchEmptyBin); }

void SketchBuilder::keep(std::uint64_t feature) {
  kept_.push_back(feature);
  if (kept_.size() >= 2 * Sketch::kSizeMax) shrink();
}

void SketchBuilder::shrink() {
  kept_ = smallest_distinct(kept_, Sketch::kSizeMax + 1);
  if (kept_.size() > Sketch::kSizeMax) {
    kept_.pop_back();
    bound_ = kept_.back();
    dropped_ = true;
  }
}

Sketch SketchBuilder::sketch() const {
  const std::size_t size = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(added_ / 32, Sketch::kSizeMin, Sketch::kSizeMax));
  Sketch out;
  out.smallest = smallest_distinct(kept_, size + 1);
  out.complete = !dropped_ && out.smallest.size() <= size;
  if (out.smallest.size() > size) out.smallest.pop_back();
  return out;
}

Bits256 SketchBuilder::minhash() const {
  Bits256 out{};
  if (std::all_of(bins_.begin(), bins_.end(), [](std::uint64_t v) { return v == kSketchEmptyBin; }))
    return out;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    // An empty bin borrows from others in an order of its own.
    std::uint64_t value = bins_[i];
    for (std::uint64_t attempt = 1; value == kSketchEmptyBin; ++attempt) {
      value = bins_[mix64(i * kGolden + attempt) >> 56U];
    }
    if ((mix64(value + i) & 1U) != 0)
      out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | (1U << (i % 8)));
  }
  return out;
}

Bits256 sketch_simhash(const Sketch& sketch) {
  Bits256 out{};
  const auto words = sketch_vote<4>(sketch);
  for (std::size_t i = 0; i < words.size(); ++i) store_le(out.data() + 8 * i, words[i]);
  return out;
}
std::uint64_t sketch_certificate(const Sketch& sketch) { return sketch_vote<1>(sketch)[0]; }

Bytes encode_sketch(const Sketch& sketch) {
  Bytes out{static_cast<std::uint8_t>(sketch.complete ? 1 : 0)};
  std::uint64_t last = 0;
  for (const std::uint64_t value : sketch.smallest) {
    std::uint64_t rest = value - last;
    for (; rest >= 0x80; rest >>= 7U) out.push_back(static_cast<std::uint8_t>(rest | 0x80U));
    out.push_back(static_cast<std::uint8_t>(rest));
    last = value;
  }
  return out;
}

Result<Sketch> parse_sketch(ByteView in) {
  if (in.empty() || in[0] > 1) return fail(Code::input, "sketch does not begin with 0 or 1");
  Sketch out;
  out.complete = in[0] == 1;
  std::size_t at = 1;
  while (at < in.size()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at == in.size()) return fail(Code::input, "sketch ends inside an element");
      const std::uint8_t byte = in[at++];
      const std::uint64_t part = byte & 0x7fU;
      if (shift == 63 && part > 1) return fail(Code::input, "sketch has an element above 64 bits");
      value |= part << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift != 0)
          return fail(Code::input, "sketch has an element in more bytes than it needs");
        break;
      }
      if (shift == 63) return fail(Code::input, "sketch has an element above 64 bits");
    }
    const std::uint64_t last = out.smallest.empty() ? 0 : out.smallest.back();
    if (!out.smallest.empty() && value == 0) return fail(Code::input, "sketch repeats an element");
    if (value > ~std::uint64_t{0} - last)
      return fail(Code::input, "sketch has an element above 64 bits");
    if (out.smallest.size() == Sketch::kSizeMax)
      return fail(Code::input, "sketch has too many elements");
    out.smallest.push_back(last + value);
  }
  if (!out.complete && out.smallest.size() < Sketch::kSizeMin) {
    return fail(Code::input, "sketch is neither complete nor full");
  }
  return out;
}

}  // namespace cess::fp
