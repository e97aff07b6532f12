// SPDX-License-Identifier: Apache-2.0
// A part of a sound, from its bytes: frames and items are those that begin in it, on the grid of
// the whole.
#include "fingerprint/sound_part.hpp"

#include <algorithm>
#include <optional>

#include "base/endian.hpp"
#include "fingerprint/chromaprint.hpp"
#include "fingerprint/sound_features.hpp"

namespace cess::fp {
namespace {

/// A frame's bits and peaks depend on so many frames before it and after it.
constexpr std::uint64_t kFramesAround = 6;
/// Items begin so many samples apart, and an item depends on so many: 20 of the library's frames.
constexpr std::uint64_t kItemHop = 1365;
constexpr std::uint64_t kItemSamples = 19 * kItemHop + 4096;

/// The first multiple of `step` from `at` on.
std::uint64_t next_of(std::uint64_t at, std::uint64_t step) { return (at + step - 1) / step; }

class SoundPartMaker {
 public:
  void start(std::uint64_t first, std::uint64_t begin) {
    at_ = first;
    begin_ = begin;
    frame_ = next_of(begin, kFrameHop);
    item_ = next_of(begin, kItemHop);
    hashed_ = std::max(next_of(first, kFrameHop), frame_ - std::min(frame_, kFramesAround));
  }
  bool take(std::span<const std::int16_t> samples) {
    hasher_.feed(from(samples, hashed_ * kFrameHop));
    chromaprint_.feed(from(samples, item_ * kItemHop), kSoundRateHz);
    at_ += samples.size();
    return !end_ || at_ < wanted_;
  }
  void end(std::uint64_t at) {
    end_ = std::max(at, begin_);
    wanted_ = std::max((next_of(*end_, kFrameHop) + kFramesAround) * kFrameHop + kFrameSize,
                       next_of(*end_, kItemHop) * kItemHop + kItemSamples);
  }

  Content finish() {
    const std::uint64_t end = end_.value_or(std::max(at_, begin_));
    Feature samples = samples_feature();
    samples.data.resize(8);
    store_le(samples.data.data(), end - begin_);
    Content c;
    c.kind = Kind::audio;
    c.type = "audio/part";
    const SoundFeatures own = own_frames();
    const std::vector<std::int32_t> items = own_items();
    std::size_t room = kSoundWordsMax - own.bits.size();
    c.features.push_back(of_words(bits_feature(), own.bits));
    if (items.size() <= room) {
      room -= items.size();
      c.features.push_back(of_words(items_feature(), items));
    }
    Feature peaks = peaks_feature();
    peaks.data = encode_peaks(std::span(own.peaks).first(std::min(room, own.peaks.size())));
    c.features.push_back(std::move(peaks));
    c.features.push_back(std::move(samples));
    return c;
  }

 private:
  template <class T>
  static Feature of_words(Feature f, const std::vector<T>& words) {
    f.data.resize(4 * words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
      store_le(f.data.data() + 4 * i, static_cast<std::uint32_t>(words[i]));
    return f;
  }
  /// What is not before the sample `at`.
  [[nodiscard]] std::span<const std::int16_t> from(std::span<const std::int16_t> samples,
                                                   std::uint64_t at) const {
    return at <= at_ ? samples : samples.subspan(std::min<std::uint64_t>(at - at_, samples.size()));
  }
  SoundFeatures own_frames() {
    const SoundFeatures all = hasher_.finish();
    const std::uint64_t before = frame_ - hashed_;
    std::uint64_t last = hashed_ + all.bits.size();
    if (end_) last = std::min(last, next_of(*end_, kFrameHop));
    SoundFeatures own;
    for (std::uint64_t i = frame_; i < last; ++i) own.bits.push_back(all.bits[i - hashed_]);
    for (const Peak& p : all.peaks) {
      if (p.frame >= before && hashed_ + p.frame < last)
        own.peaks.push_back({static_cast<std::uint32_t>(p.frame - before), p.band});
    }
    return own;
  }
  std::vector<std::int32_t> own_items() {
    std::vector<std::int32_t> all = chromaprint_.finish();
    if (end_) all.resize(std::min<std::uint64_t>(all.size(), next_of(*end_, kItemHop) - item_));
    return all;
  }

  SoundHasher hasher_;
  ChromaprintStream chromaprint_;
  std::uint64_t at_ = 0;      ///< the number of the next sample that comes
  std::uint64_t begin_ = 0;   ///< of the part's first sample
  std::uint64_t frame_ = 0;   ///< of its first frame
  std::uint64_t hashed_ = 0;  ///< of the first frame that is hashed
  std::uint64_t item_ = 0;    ///< of its first item
  std::uint64_t wanted_ = 0;  ///< samples before this one are
  std::optional<std::uint64_t> end_;
};

}  // namespace

Result<Content> fingerprint_sound_part(ByteView file, MediaPart part, const OnProgress& progress) {
  SoundPartMaker maker;
  const SoundWants wants{
      .start = [&](std::uint64_t first, std::uint64_t begin) { maker.start(first, begin); },
      .samples = [&](std::span<const std::int16_t> samples) { return maker.take(samples); },
      .end = [&](std::uint64_t at) { maker.end(at); }};
  CESS_TRY(decode_sound(file, part, kSoundRateHz, wants, progress));
  return maker.finish();
}

}  // namespace cess::fp
