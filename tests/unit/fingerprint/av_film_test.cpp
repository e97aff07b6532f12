// SPDX-License-Identifier: Apache-2.0
// Parts of a film that is written here: an AVI of plain grey frames that bear their numbers.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "fingerprint/av.hpp"

namespace cess::fp {
namespace av_film_test {
namespace {

constexpr std::uint32_t kWidth = 64;
constexpr std::uint32_t kHeight = 48;
constexpr std::uint32_t kGreySize = kWidth * kHeight;
constexpr std::uint32_t kPerSecond = 25;

void put(Bytes& to, std::initializer_list<std::uint32_t> words) {
  for (const std::uint32_t w : words) {
    std::array<std::uint8_t, 4> b{};
    store_le(b.data(), w);
    append(to, b);
  }
}
void chunk(Bytes& to, std::string_view name, ByteView body) {
  append(to, as_bytes(name));
  put(to, {static_cast<std::uint32_t>(body.size())});
  append(to, body);
}
void list(Bytes& to, std::string_view name, ByteView body) {
  append(to, as_bytes("LIST"));
  put(to, {static_cast<std::uint32_t>(body.size() + 4)});
  append(to, as_bytes(name));
  append(to, body);
}

struct Film {
  Bytes bytes;
  std::vector<std::size_t> at;  ///< where each frame's chunk begins
};

/// Those of `bad` are too short to be frames.
Film film_of(std::uint32_t frames, std::uint32_t bad_from = 0, std::uint32_t bad_end = 0) {
  Bytes main;
  put(main, {1'000'000 / kPerSecond, 0, 0, 0x10, frames, 0, 1, 0, kWidth, kHeight, 0, 0, 0, 0});
  Bytes stream;
  append(stream, as_bytes("vids"));
  append(stream, as_bytes("Y800"));
  put(stream, {0, 0, 0, 1, kPerSecond, 0, frames, kGreySize, ~0U, 0, 0, kWidth | kHeight << 16U});
  Bytes format;
  put(format, {40, kWidth, kHeight, 1U | 8U << 16U});
  append(format, as_bytes("Y800"));
  put(format, {kGreySize, 0, 0, 0, 0});
  Bytes track;
  chunk(track, "strh", stream);
  chunk(track, "strf", format);
  Bytes head;
  chunk(head, "avih", main);
  list(head, "strl", track);
  Bytes movi;
  Bytes index;
  std::vector<std::size_t> at;
  for (std::uint32_t i = 0; i < frames; ++i) {
    Bytes frame(i >= bad_from && i < bad_end ? kGreySize - 2 : kGreySize, 99);
    frame[0] = static_cast<std::uint8_t>(i);
    frame[1] = static_cast<std::uint8_t>(i >> 8U);
    append(index, as_bytes("00db"));
    put(index, {0x10, static_cast<std::uint32_t>(movi.size() + 4),
                static_cast<std::uint32_t>(frame.size())});
    at.push_back(movi.size());
    chunk(movi, "00db", frame);
  }
  Bytes body;
  append(body, as_bytes("AVI "));
  list(body, "hdrl", head);
  for (std::size_t& a : at) a += body.size() + 8 + 12;
  list(body, "movi", movi);
  chunk(body, "idx1", index);
  Film out;
  chunk(out.bytes, "RIFF", body);
  out.at = std::move(at);
  return out;
}

struct Seen {
  FilmInfo info;
  std::vector<std::pair<std::uint64_t, unsigned>> moments;  ///< ms, number of the frame
  std::vector<unsigned> at_rate;
};

unsigned number_of(const Gray& luma) { return luma.at(0, 0) + 256U * luma.at(1, 0); }

Seen decode(ByteView film, MediaPart part) {
  Seen seen;
  const FilmWants wants{
      .interval_ms = 500,
      .first_of_interval =
          [&](std::uint64_t ms, const Gray& luma) {
            seen.moments.emplace_back(ms, number_of(luma));
          },
      .per_second = 5,
      .at_rate = [&](const Gray& luma) { seen.at_rate.push_back(number_of(luma)); }};
  const auto info = decode_film(film, part, wants, {});
  EXPECT_TRUE(info.has_value()) << info.error().message;
  if (info) seen.info = *info;
  return seen;
}

/// What the parts see one after another; a part's first frame may stand within an interval that the
/// part before has begun.
Seen joined(ByteView film, unsigned count) {
  Seen all;
  unsigned end = 0;
  for (unsigned i = 0; i < count; ++i) {
    const Seen part = decode(film, {i, count});
    EXPECT_FALSE(part.info.whole) << i << " of " << count;
    EXPECT_EQ(part.info.width, kWidth) << i << " of " << count;
    for (const auto& m : part.moments) {
      EXPECT_GE(m.second, end) << "two parts have it: " << i << " of " << count;
      end = m.second + 1;
      if (all.moments.empty() || m.first / 500 != all.moments.back().first / 500)
        all.moments.push_back(m);
    }
    all.at_rate.insert(all.at_rate.end(), part.at_rate.begin(), part.at_rate.end());
  }
  return all;
}

TEST(AvFilm, PartsGiveTheFramesOfTheWholeInTheirOrder) {
  // Seams within a fifth of a second, at its end, and parts shorter than it.
  for (const auto& [frames, count] : {std::pair(600U, 2U), {606U, 2U}, {600U, 8U}, {6U, 3U}}) {
    const Film film = film_of(frames);
    const Seen whole = decode(film.bytes, {0, 1});
    EXPECT_TRUE(whole.info.whole);
    EXPECT_EQ(whole.info.duration_ms, frames * 1000 / kPerSecond);
    ASSERT_EQ(whole.moments.size(), (frames * 2 + kPerSecond - 1) / kPerSecond);
    EXPECT_EQ(whole.moments[0], std::pair(std::uint64_t{0}, 0U));
    ASSERT_EQ(whole.at_rate.size(), frames / 5);
    EXPECT_EQ(whole.at_rate.back(), frames / 5 * 5 - 3);
    const Seen parts = joined(film.bytes, count);
    EXPECT_EQ(parts.moments, whole.moments) << count << " of " << frames;
    EXPECT_EQ(parts.at_rate, whole.at_rate) << count << " of " << frames;
  }
  // About equally long.
  EXPECT_EQ(decode(film_of(600).bytes, {3, 8}).moments.size(), 6U);
}

TEST(AvFilm, APartThatBeginsWithNothingIsThePartBefores) {
  // The second of two begins with 20 packets that hold no frame.
  const Film film = film_of(600, 300, 320);
  EXPECT_TRUE(decode(film.bytes, {0, 2}).info.whole);
  EXPECT_EQ(decode(film.bytes, {1, 2}).info.width, 0U);
}

// Else a film that is damaged in its midst is read to its end for each of its parts, twice.
TEST(AvFilm, WhereAPartBeginsIsNotSoughtToTheEndOfTheFilm) {
  const Film film = film_of(1400, 700, 1300);
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto up = [&](std::size_t n) { return (n + page - 1) / page * page; };
  void* const map = mmap(nullptr, up(film.bytes.size()), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(map, MAP_FAILED);
  std::memcpy(map, film.bytes.data(), film.bytes.size());
  const ByteView mapped(static_cast<const std::uint8_t*>(map), film.bytes.size());
  // Read well, but for the bytes that nobody shall read: 300 packets behind the place and more.
  const std::size_t from = up(film.at[1000]);
  ASSERT_LT(from, film.at[1300]);
  ASSERT_EQ(mprotect(static_cast<std::uint8_t*>(map) + from, up(film.at[1300]) - from, PROT_NONE),
            0);
  EXPECT_EXIT(
      {
        const Seen part = decode(mapped, {1, 2});
        _exit(part.info.width == 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  munmap(map, up(film.bytes.size()));
}

}  // namespace
}  // namespace av_film_test
}  // namespace cess::fp
