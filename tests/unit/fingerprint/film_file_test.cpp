// SPDX-License-Identifier: Apache-2.0
// Who is asked for what of a film, and what becomes of workers that die: by workers that make
// contents instead of decoding.
#include "fingerprint/film_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT: abort by name
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "base/endian.hpp"
#include "fingerprint/ask.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/film_features.hpp"
#include "hash_of_seed.hpp"

namespace cess::fp {
namespace film_file_test {
namespace {

constexpr unsigned kParts = 8;
constexpr std::uint64_t kFilmSize = kParts * (std::uint64_t{2} << 20U);
constexpr unsigned kSlotsOfPart = 3;

Content part_of_number(unsigned part) {
  Content c;
  c.kind = Kind::video;
  c.type = "video/mp4";
  c.width = 64;
  c.height = 48;
  Feature slots = slots_feature();
  for (unsigned i = 0; i < kSlotsOfPart; ++i) {
    const unsigned slot = part * kSlotsOfPart + i;
    std::array<std::uint8_t, 4> number{};
    store_le(number.data(), slot);
    append(slots.data, number);
    append(slots.data, hash_of_seed(slot + 1, 0, 90));
  }
  Feature signatures = signatures_feature();
  for (unsigned i = 0; i < kSignatureSize; ++i)
    signatures.data.push_back(static_cast<std::uint8_t>(((part + 2) * i * i + i) % 243));
  c.features = {scenes_feature({}), std::move(signatures), std::move(slots)};
  return c;
}

std::string sound_unit() { return iscc_text(IsccUnit::audio, Bits256{0x5a, 0xc3, 0x0f}, 256); }

Content sound_of_film() {
  Content c;
  c.kind = Kind::audio;
  c.type = "audio/x";
  c.features = {Feature{"audio_bits", 1, 32, Bytes(64, 7)}};
  c.iscc = {sound_unit()};
  return c;
}

Content sound_alone() {
  Content c = sound_of_film();
  c.type = "video/mp4";
  return c;
}

Result<Bytes> film_sound(char how) {
  switch (how) {
    case 'c':
      ::abort();
    case 'm':
      throw std::bad_alloc();
    case 'l': {
      volatile std::uint64_t n = 0;
      while (true) n = n + 1;
    }
    case 's': {
      Content silent;
      silent.kind = Kind::audio;
      silent.type = "audio/x";
      return encode_content(silent);
    }
    default:
      return encode_content(sound_of_film());
  }
}

/// What the file's two letters say: of the sound, and of the parts.
Result<Bytes> pretend(ByteView file, std::string_view request, const OnProgress& progress) {
  if (request == "film sound") return film_sound(static_cast<char>(file[0]));
  const auto part = static_cast<unsigned>(request.back() - '0');
  const char how = static_cast<char>(file[1]);
  if (how == 'c' && part == 5) ::abort();
  if (how == 'a' && part == 0) return encode_content(sound_alone());
  progress(file.size() / 2);
  Content c = part_of_number(part);
  if (how == 'n') {  // nothing that can be decoded
    c.features = {scenes_feature({}), signatures_feature(), slots_feature()};
  }
  return encode_content(c);
}

class FilmFileTest : public testing::Test {
 protected:
  FilmFileTest() : box_(Sandbox::start({.memory_bytes = 256U << 20U, .cpu_seconds = 1}, pretend)) {}

  static Fd file_of(std::string_view letters) {
    Fd file(memfd_create("film", MFD_CLOEXEC));
    EXPECT_TRUE(write_full(file.get(), as_bytes(letters), "file").has_value());
    return file;
  }
  Result<Content> film(std::string_view letters, unsigned lanes = 2,
                       const OnProgress& progress = {}) {
    const Fd file = file_of(letters);
    return film_of_file(*box_, file.get(), kFilmSize, "f", lanes, progress);
  }
  std::string why(std::string_view letters) {
    const auto r = film(letters);
    if (r) return "a film";
    EXPECT_EQ(r.error().code, Code::input);
    return r.error().message;
  }
  Result<Sandbox> box_;
};

TEST_F(FilmFileTest, PartsStandInTheirOrderForAnyNumberOfWorkers) {
  ASSERT_EQ(film_parts(kFilmSize), kParts);
  std::vector<Content> parts;
  for (unsigned i = 0; i < kParts; ++i) parts.push_back(part_of_number(i));
  const auto want = join_film(parts);
  ASSERT_TRUE(want.has_value());
  ASSERT_EQ(want->find("frames")->count(), kParts * kSlotsOfPart);
  ASSERT_EQ(want->iscc.size(), 1U);
  for (const unsigned lanes : {1U, 2U, 5U, 30U}) {
    const auto silent = film("s.", lanes);
    ASSERT_TRUE(silent.has_value()) << silent.error().message;
    EXPECT_EQ(*silent, *want) << lanes;
  }
}

TEST_F(FilmFileTest, AFilmHasTheUnitsOfItsSoundAndOfBoth) {
  const auto silent = film("s.");
  const auto both = film("a.");
  ASSERT_TRUE(silent.has_value() && both.has_value());
  ASSERT_EQ(silent->iscc.size(), 1U);
  ASSERT_EQ(both->iscc.size(), 3U);
  EXPECT_EQ(both->iscc[0], silent->iscc[0]);
  EXPECT_EQ(both->iscc[1], sound_unit());
  const std::array two{both->iscc[0], both->iscc[1]};
  const auto mixed = iscc_mixed_body(two, 256);
  ASSERT_TRUE(mixed.has_value());
  EXPECT_EQ(both->iscc[2], iscc_text(IsccUnit::mixed, *mixed, 256));
  EXPECT_EQ(silent->find("audio_bits"), nullptr);
  ASSERT_NE(both->find("audio_bits"), nullptr);
  EXPECT_EQ(*both->find("audio_bits"), sound_of_film().features[0]);
}

// Without the sound the line would be another one: of a machine that was slower, or had less room.
TEST_F(FilmFileTest, AFilmWhoseSoundWorkerDiesIsRefused) {
  EXPECT_NE(why("c.").find("cannot decode 'f': the decoder crashed"), std::string::npos);
  EXPECT_NE(why("l.").find("more than 1 s of processor time"), std::string::npos);
  EXPECT_NE(why("m.").find("needs more memory than a decoder may have"), std::string::npos);
}

TEST_F(FilmFileTest, AFilmWhosePartDiesIsRefused) {
  EXPECT_NE(why("sc").find("cannot decode 'f': the decoder crashed"), std::string::npos);
}

TEST_F(FilmFileTest, WhatHoldsSoundAloneIsASound) {
  for (const std::string_view letters : {"aa", "an"}) {
    const auto sound = film(letters);
    ASSERT_TRUE(sound.has_value()) << letters << ": " << sound.error().message;
    EXPECT_EQ(*sound, sound_alone()) << letters;
  }
  EXPECT_NE(why("sn").find("its pictures cannot be decoded"), std::string::npos);
}

TEST_F(FilmFileTest, ProgressOfAllPartsIsOne) {
  std::mutex mutex;
  std::vector<std::uint64_t> told;
  const auto r = film("s.", 4, [&](std::uint64_t done) {
    const std::lock_guard lock(mutex);
    told.push_back(done);
  });
  ASSERT_TRUE(r.has_value());
  // Each part tells one byte of two; what is told is the sum.
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  // Of a file of five bytes no more than these, whatever the parts say.
  told.clear();
  const auto parts =
      ask_contents(*box_, file_of("s.").get(), 5, "f", part_requests("film part ", 8), 4,
                   [&](std::uint64_t done) { told.push_back(done); });
  EXPECT_TRUE(std::all_of(parts.begin(), parts.end(), [](const auto& p) { return bool(p); }));
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 5, 5, 5}));
}

}  // namespace
}  // namespace film_file_test
}  // namespace cess::fp
