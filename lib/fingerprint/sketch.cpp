// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/sketch.hpp"

#include <algorithm>

#include "fingerprint/hash.hpp"

namespace cess::fp {
namespace {

constexpr std::uint64_t kSketchEmptyBin = ~std::uint64_t{0};
constexpr std::uint32_t kShareWhole = 10000;

template <std::size_t kWords>
SimHash<kWords> sketch_vote(const Sketch& sketch) {
  SimHash<kWords> votes;
  for (const std::uint64_t feature : sketch.smallest)
    votes.add(feature, static_cast<std::int64_t>(feature & 3U) + 1);
  return votes;
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
  std::sort(kept_.begin(), kept_.end());
  kept_.erase(std::unique(kept_.begin(), kept_.end()), kept_.end());
  if (kept_.size() > Sketch::kSizeMax) {
    kept_.resize(Sketch::kSizeMax);
    bound_ = kept_.back();
    dropped_ = true;
  }
}

Sketch SketchBuilder::sketch() {
  shrink();
  const std::size_t size = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(added_ / 32, Sketch::kSizeMin, Sketch::kSizeMax));
  Sketch out;
  out.complete = !dropped_ && kept_.size() <= size;
  out.smallest.assign(kept_.begin(),
                      kept_.begin() + static_cast<std::ptrdiff_t>(std::min(size, kept_.size())));
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

Bits256 sketch_simhash(const Sketch& sketch) { return bits256(sketch_vote<4>(sketch)); }
std::uint64_t sketch_certificate(const Sketch& sketch) { return word(sketch_vote<1>(sketch)); }

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
