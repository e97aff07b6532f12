// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/sound.hpp"

#include <algorithm>
#include <deque>

#include "base/endian.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kBitBandFirst = 10;  ///< 242 Hz; 33 groups of four bands end at 3.0 kHz
constexpr std::size_t kBitGroups = 33;
constexpr std::size_t kBitGroupBands = 4;
constexpr std::size_t kBitFramesBack = 4;  ///< 186 ms: frames that do not overlap

constexpr std::size_t kPeakFrames =
    6;  ///< a peak is the highest within so many frames before and after
constexpr std::size_t kPeakBands = 8;             ///< and so many bands below and above
constexpr std::int32_t kPeakOverMean = 512;       ///< over the mean of its frame: 6 dB
constexpr std::int32_t kPeakLevelMin = 20 * 256;  ///< below is silence

using BandGroups = std::array<std::int32_t, kBitGroups>;

BandGroups group_levels(const Levels& levels) {
  BandGroups out{};
  for (std::size_t g = 0; g < kBitGroups; ++g) {
    for (std::size_t i = 0; i < kBitGroupBands; ++i)
      out[g] += levels[kBitBandFirst + g * kBitGroupBands + i];
  }
  return out;
}

std::uint32_t growth_bits(const BandGroups& before, const BandGroups& now) {
  std::uint32_t out = 0;
  for (unsigned g = 0; g < 32; ++g) {
    if (now[g] - now[g + 1] > before[g] - before[g + 1]) out |= 1U << g;
  }
  return out;
}

/// Each band's highest level within kPeakBands.
Levels spread_levels(const Levels& in) {
  Levels out{};
  for (std::size_t b = 0; b < kBands; ++b) {
    const std::size_t from = b < kPeakBands ? 0 : b - kPeakBands;
    const std::size_t to = std::min(kBands, b + kPeakBands + 1);
    out[b] = *std::max_element(in.begin() + static_cast<std::ptrdiff_t>(from),
                               in.begin() + static_cast<std::ptrdiff_t>(to));
  }
  return out;
}

}  // namespace

struct SoundHasher::Impl {
  SoundFeatures out;
  std::deque<BandGroups> groups;  ///< of the last kBitFramesBack frames
  struct Seen {
    Levels levels{};
    Levels around{};
    std::int32_t floor = 0;
  };
  std::deque<Seen> window;  ///< of the last 2 · kPeakFrames + 1 frames
  std::uint32_t frames = 0;
  SoundSpectrum spectrum{[this](const Levels& levels) { frame(levels); }};

  void frame(const Levels& levels) {
    if (out.bits.size() == kSoundFramesMax) return;
    groups.push_back(group_levels(levels));
    out.bits.push_back(groups.size() > kBitFramesBack ? growth_bits(groups.front(), groups.back())
                                                      : 0);
    if (groups.size() > kBitFramesBack) groups.pop_front();
    Seen seen{levels, spread_levels(levels), 0};
    std::int64_t sum = 0;
    for (const std::int32_t l : levels) sum += l;
    seen.floor =
        std::max(static_cast<std::int32_t>(sum / static_cast<std::int64_t>(kBands)) + kPeakOverMean,
                 kPeakLevelMin);
    window.push_back(seen);
    ++frames;
    if (window.size() > 2 * kPeakFrames + 1) window.pop_front();
    if (window.size() == 2 * kPeakFrames + 1) find_peaks();
  }
  void find_peaks() {
    const Seen& mid = window[kPeakFrames];
    std::vector<std::size_t> found;
    for (std::size_t b = 1; b + 1 < kBands; ++b) {
      const std::int32_t level = mid.levels[b];
      if (level < mid.floor || level < mid.around[b] || mid.levels[b - 1] == level) continue;
      bool highest = true;
      for (std::size_t i = 0; i < window.size() && highest; ++i) {
        // Of equals in a row the first.
        if (i < kPeakFrames) highest = window[i].around[b] < level;
        if (i > kPeakFrames) highest = window[i].around[b] <= level;
      }
      if (highest) found.push_back(b);
    }
    if (found.size() > kPeaksPerFrameMax) {
      std::stable_sort(found.begin(), found.end(),
                       [&](std::size_t x, std::size_t y) { return mid.levels[x] > mid.levels[y]; });
      found.resize(kPeaksPerFrameMax);
      std::sort(found.begin(), found.end());
    }
    for (const std::size_t b : found) {
      out.peaks.push_back(
          {static_cast<std::uint32_t>(frames - kPeakFrames - 1), static_cast<std::uint32_t>(b)});
    }
  }
};

SoundHasher::SoundHasher() : impl_(std::make_unique<Impl>()) {}
SoundHasher::~SoundHasher() = default;
void SoundHasher::feed(std::span<const std::int16_t> samples) { impl_->spectrum.feed(samples); }
SoundFeatures SoundHasher::finish() { return std::move(impl_->out); }

Bytes encode_peaks(std::span<const Peak> peaks) {
  Bytes out(4 * peaks.size());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    store_le(out.data() + 4 * i, (peaks[i].frame << 8U) | peaks[i].band);
  }
  return out;
}

Result<std::vector<Peak>> parse_peaks(ByteView in) {
  if (in.size() % 4 != 0) return fail(Code::input, "sound peaks are cut");
  std::vector<Peak> out(in.size() / 4);
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto v = load_le<std::uint32_t>(in.data() + 4 * i);
    if (i > 0 && v <= last) return fail(Code::input, "sound peaks are out of order");
    if ((v & 0xffU) >= kBands || (v >> 8U) >= kSoundFramesMax)
      return fail(Code::input, "sound peaks are out of range");
    out[i] = {v >> 8U, v & 0xffU};
    last = v;
  }
  return out;
}

}  // namespace cess::fp
