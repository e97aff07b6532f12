// SPDX-License-Identifier: Apache-2.0
// A sound joined of parts is the sound that one part alone gives, to the bit, and a part is not
// believed.
#include <gtest/gtest.h>

#include <vector>

#include "base/endian.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/sound_features.hpp"
#include "fingerprint/sound_part.hpp"

namespace cess::fp {
namespace sound_part_test {
namespace {

void append_word(Bytes& out, std::uint32_t v) {
  out.resize(out.size() + 4);
  store_le(out.data() + out.size() - 4, v);
}

/// A WAV of 16 bits: notes of noise that come and go.
Bytes wav_of(std::uint32_t rate, unsigned channels, unsigned seconds) {
  const std::uint32_t size = rate * channels * 2 * seconds;
  Bytes out;
  const auto text = [&](std::string_view t) { out.insert(out.end(), t.begin(), t.end()); };
  text("RIFF");
  append_word(out, 36 + size);
  text("WAVEfmt ");
  append_word(out, 16);
  append_word(out, 1U | channels << 16U);
  append_word(out, rate);
  append_word(out, rate * channels * 2);
  append_word(out, channels * 2 | 16U << 16U);
  text("data");
  append_word(out, size);
  std::uint32_t seed = 12345;
  std::int32_t smooth = 0;
  for (std::uint32_t i = 0; i < rate * seconds; ++i) {
    seed = seed * 1664525U + 1013904223U;
    const auto noise = static_cast<std::int32_t>(seed >> 17U) - 16384;
    // Another note every fifth of a second: more or less of the last sample, louder or softer.
    const auto note = static_cast<std::int32_t>(i * 5 / rate * 2654435761U >> 28U);
    smooth += (noise - smooth) * (note + 1) / 16;
    for (unsigned c = 0; c < channels; ++c) {
      const auto v = static_cast<std::uint32_t>(smooth / static_cast<std::int32_t>(c + 1));
      out.push_back(static_cast<std::uint8_t>(v));
      out.push_back(static_cast<std::uint8_t>(v >> 8U));
    }
  }
  return out;
}

Content joined(ByteView file, unsigned count) {
  std::vector<Content> parts;
  for (unsigned i = 0; i < count; ++i) {
    auto part = fingerprint_sound_part(file, {i, count}, {});
    if (!part) {
      ADD_FAILURE() << part.error().message;
      return {};
    }
    EXPECT_TRUE(parse_content(encode_content(*part)));
    parts.push_back(std::move(*part));
  }
  auto sound = join_sound(parts, "audio/wav");
  if (!sound) {
    ADD_FAILURE() << sound.error().message;
    return {};
  }
  return std::move(*sound);
}

TEST(SoundPart, JoinedToTheSoundOfOnePart) {
  // Rates whose samples fall together with ours every 4th, 640th, 320th and every 44101st.
  for (const auto& [rate, channels] : std::vector<std::pair<std::uint32_t, unsigned>>{
           {44100, 2}, {48000, 1}, {8000, 1}, {44101, 1}}) {
    const Bytes file = wav_of(rate, channels, 24);
    const Content whole = joined(file, 1);
    EXPECT_EQ(whole.duration_ms / 100, 240U);
    EXPECT_GT(whole.features.at(0).count(), 500U);
    EXPECT_GT(whole.features.at(1).count(), 200U);
    ASSERT_EQ(whole.iscc.size(), 1U);
    for (const unsigned count : {2U, 3U, 4U}) {
      const Content parts = joined(file, count);
      EXPECT_EQ(parts.features, whole.features) << rate << ' ' << count;
      EXPECT_EQ(parts, whole) << rate << ' ' << count;
    }
  }
}

TEST(SoundPart, PartsOfASoundThatHasNoRoomForThem) {
  // So short that parts want what the whole has not, and of one packet.
  for (const unsigned seconds : {1U, 3U}) {
    const Bytes file = wav_of(11025, 1, seconds);
    EXPECT_EQ(joined(file, 4), joined(file, 1)) << seconds;
  }
  const Bytes none = wav_of(44100, 1, 0);
  const auto part = fingerprint_sound_part(none, {0, 2}, {});
  const auto other = fingerprint_sound_part(none, {1, 2}, {});
  EXPECT_TRUE(!part || !other || !join_sound(std::vector{*part, *other}, "audio/wav"));
}

TEST(SoundPart, SumsThatDependOnTheFileAlone) {
  const Bytes file = wav_of(48000, 2, 60);
  ASSERT_EQ(sound_parts("audio/wav", file.size()), 2U);
  const auto whole = fingerprint_audio(file, "audio/wav", {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole, joined(file, 1));
}

TEST(SoundPart, NumberByTypeAndSize) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  EXPECT_EQ(sound_parts("audio/mpeg", kMiB - 1), 1U);
  EXPECT_EQ(sound_parts("audio/mpeg", kMiB), 2U);
  EXPECT_EQ(sound_parts("audio/mpeg", 16 * kMiB - 1), 2U);
  EXPECT_EQ(sound_parts("audio/ogg", 16 * kMiB), 4U);
  EXPECT_EQ(sound_parts("audio/flac", 8 * kMiB - 1), 1U);
  EXPECT_EQ(sound_parts("audio/flac", 8 * kMiB), 2U);
  EXPECT_EQ(sound_parts("audio/wav", ~std::uint64_t{0}), 4U);
  EXPECT_EQ(sound_parts(kTrackType, ~std::uint64_t{0}), 1U);
  EXPECT_EQ(sound_parts("video/mp4", 64 * kMiB), 1U);
}

Content part_with(std::uint64_t samples, std::size_t frames, const std::vector<Peak>& peaks) {
  Content c;
  c.kind = Kind::audio;
  c.type = "audio/part";
  Feature s = samples_feature();
  s.data.resize(8);
  store_le(s.data.data(), samples);
  Feature b = bits_feature();
  b.data.resize(4 * frames, 0x5a);
  Feature p = peaks_feature();
  p.data = encode_peaks(peaks);
  c.features = {b, items_feature(), p, s};
  return c;
}

TEST(SoundPart, KeepsTheLimitsWhateverPartsSay) {
  const auto keeps = [](const std::vector<Content>& parts) {
    const auto sound = join_sound(parts, "audio/wav");
    return sound && check_content(*sound).has_value();
  };
  EXPECT_TRUE(keeps({part_with(1, 1, {})}));
  EXPECT_TRUE(keeps({part_with(~std::uint64_t{0}, 1, {}), part_with(~std::uint64_t{0}, 1, {})}));
  EXPECT_TRUE(keeps({part_with(1, kSoundFramesMax, {}), part_with(1, kSoundFramesMax, {})}));
  // Peaks of frames that there are not.
  const auto sound = join_sound(
      std::vector{part_with(9, 2, {{1, 5}, {2, 5}}), part_with(9, 2, {{0, 7}})}, "audio/wav");
  ASSERT_TRUE(sound);
  EXPECT_EQ(parse_peaks(sound->features.at(1).data).value(), (std::vector<Peak>{{1, 5}, {2, 7}}));
  std::vector<Peak> many;
  for (std::uint32_t i = 0; i < 400'000; ++i) many.push_back({i, 1});
  EXPECT_TRUE(keeps({part_with(9, kSoundFramesMax - 1, many)}));
  std::vector<Peak> more;
  for (std::uint32_t i = 0; i < 200'000; ++i) more.insert(more.end(), {{i, 1}, {i, 2}});
  EXPECT_TRUE(keeps({part_with(9, 200'000, more), part_with(9, 200'000, more)}));
  EXPECT_FALSE(keeps({}));
  EXPECT_FALSE(keeps({part_with(0, 0, {})}));
  EXPECT_FALSE(keeps({Content{}}));
  Content torn = part_with(9, 2, {});
  torn.features.at(2).data = {1, 2, 3};
  EXPECT_FALSE(keeps({torn}));
  // A part that has lost its items: the sound has no unit, and is one.
  Content quiet = part_with(9, 2, {});
  quiet.features.erase(quiet.features.begin() + 1);
  Content loud = part_with(9, 2, {});
  loud.features.at(1).data.resize(400, 0x33);
  const auto without = join_sound(std::vector{loud, quiet}, "audio/wav");
  ASSERT_TRUE(without);
  EXPECT_TRUE(without->iscc.empty());
  EXPECT_EQ(join_sound(std::vector{loud, loud}, "audio/wav")->iscc.size(), 1U);
}

}  // namespace
}  // namespace sound_part_test
}  // namespace cess::fp
