// SPDX-License-Identifier: Apache-2.0
#include "base/endian.hpp"
#include "fingerprint/av.hpp"
#include "fingerprint/chromaprint.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/sound_content.hpp"

namespace cess::fp {

Result<SoundFeatures> sound_features(ByteView file, const OnProgress& progress,
                                     std::uint64_t& duration_ms, ChromaprintStream* chromaprint) {
  SoundHasher hasher;
  const OnSamples samples = [&](std::span<const std::int16_t> part) {
    hasher.feed(part);
    if (chromaprint != nullptr) chromaprint->feed(part, kSoundRateHz);
  };
  CESS_TRY_ASSIGN(const SoundInfo info, decode_sound(file, kSoundRateHz, samples, progress));
  duration_ms = info.duration_ms;
  return hasher.finish();
}

void add_sound_features(Content& content, const SoundFeatures& sound) {
  constexpr std::uint16_t kSoundVersion = 1;
  if (sound.bits.empty()) return;
  Bytes bits(4 * sound.bits.size());
  for (std::size_t i = 0; i < sound.bits.size(); ++i) store_le(bits.data() + 4 * i, sound.bits[i]);
  content.features.push_back({"audio_bits", kSoundVersion, 32, std::move(bits)});
  content.features.push_back({"audio_peaks", kSoundVersion, 32, encode_peaks(sound.peaks)});
}

Result<Content> fingerprint_audio(ByteView file, std::string_view type,
                                  const OnProgress& progress) {
  Content c;
  c.kind = Kind::audio;
  c.type = type;
  ChromaprintStream chromaprint;
  CESS_TRY_ASSIGN(const SoundFeatures sound,
                  sound_features(file, progress, c.duration_ms, &chromaprint));
  add_sound_features(c, sound);
  c.similarity = sound_summary(sound.bits);
  if (!sound.bits.empty()) {
    SimHash<1> certificate;
    certificate.add_bits(token_seed("audio"), c.similarity);
    c.certificate = word(certificate);
  }
  const std::vector<std::int32_t> items = chromaprint.finish();
  if (!items.empty()) c.iscc = {iscc_text(IsccUnit::audio, iscc_audio_body(items), 256)};
  return c;
}

}  // namespace cess::fp
