// SPDX-License-Identifier: Apache-2.0
// A sound from its parts. Its features:
//   audio_bits    of each frame its 32 bits
//   audio_peaks   the peaks, by frame, then band
#include <algorithm>

#include "base/endian.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/sound_features.hpp"
#include "fingerprint/sound_part.hpp"

namespace cess::fp {
namespace {

constexpr std::uint16_t kSoundVersion = 1;
constexpr std::uint64_t kPartSamplesMax = std::uint64_t{1} << 40U;  // three years

/// The frames of one part after another.
class SoundJoiner {
 public:
  Status add(const Content& part) {
    const Feature samples = part.find_as(samples_feature());
    if (part.kind != Kind::audio || samples.count() != 1)
      return fail(Code::input, "a part of the sound is none");
    samples_ += std::min(load_le<std::uint64_t>(samples.data.data()), kPartSamplesMax);
    const Feature bits = part.find_as(bits_feature());
    const std::size_t count = std::min(bits.count(), kSoundFramesMax - bits_.size());
    CESS_TRY_ASSIGN(const std::vector<Peak> peaks, parse_peaks(part.find_as(peaks_feature()).data));
    for (const Peak& p : peaks) {
      if (p.frame < count)
        peaks_.push_back({static_cast<std::uint32_t>(bits_.size() + p.frame), p.band});
    }
    for (std::size_t i = 0; i < count; ++i)
      bits_.push_back(load_le<std::uint32_t>(bits.item(i).data()));
    const Feature items = part.find_as(items_feature());
    is_told_ = is_told_ && part.find("items") != nullptr;
    for (std::size_t i = 0; i < items.count(); ++i)
      items_.push_back(static_cast<std::int32_t>(load_le<std::uint32_t>(items.item(i).data())));
    return {};
  }

  Result<Content> finish() {
    if (samples_ == 0) return fail(Code::input, "its sound cannot be decoded");
    Content c;
    c.kind = Kind::audio;
    c.duration_ms = samples_ * 1000 / kSoundRateHz;
    c.similarity = sound_summary(bits_);
    peaks_.resize(std::min(peaks_.size(), kSoundWordsMax - bits_.size()));
    if (!bits_.empty()) {
      SimHash<1> certificate;
      certificate.add_bits(token_seed("audio"), c.similarity);
      c.certificate = word(certificate);
      Bytes bits(4 * bits_.size());
      for (std::size_t i = 0; i < bits_.size(); ++i) store_le(bits.data() + 4 * i, bits_[i]);
      c.features = {{"audio_bits", kSoundVersion, 32, std::move(bits)},
                    {"audio_peaks", kSoundVersion, 32, encode_peaks(peaks_)}};
    }
    if (is_told_ && !items_.empty())
      c.iscc = {iscc_text(IsccUnit::audio, iscc_audio_body(items_), 256)};
    return c;
  }

 private:
  std::uint64_t samples_ = 0;
  std::vector<std::uint32_t> bits_;
  std::vector<Peak> peaks_;
  std::vector<std::int32_t> items_;
  bool is_told_ = true;
};

}  // namespace

unsigned sound_parts(std::string_view type, std::uint64_t size_bytes) {
  if (!type.starts_with("audio/") || type == kTrackType) return 1;
  // Those that hold ten times the bytes of a second.
  const bool lossless = type == "audio/flac" || type == "audio/wav" || type == "audio/aiff" ||
                        type == "audio/x-w64" || type == "audio/x-wavpack" ||
                        type == "audio/x-ape" || type == "audio/x-tta" || type == "audio/basic" ||
                        type == "audio/x-caf";
  const std::uint64_t one = std::uint64_t{lossless ? 8U : 1U} << 20U;
  if (size_bytes < one) return 1;
  return size_bytes < 16 * one ? 2 : 4;
}

Result<Content> join_sound(std::span<const Content> parts, std::string_view type) {
  SoundJoiner sound;
  for (const Content& part : parts) CESS_TRY(sound.add(part));
  CESS_TRY_ASSIGN(Content c, sound.finish());
  c.type = type;
  return c;
}

Result<Content> fingerprint_audio(ByteView file, std::string_view type,
                                  const OnProgress& progress) {
  const unsigned count = sound_parts(type, file.size());
  std::vector<Content> parts;
  for (unsigned i = 0; i < count; ++i) {
    CESS_TRY_ASSIGN(Content part, fingerprint_sound_part(file, {i, count}, progress));
    parts.push_back(std::move(part));
  }
  return join_sound(parts, type);
}

}  // namespace cess::fp
