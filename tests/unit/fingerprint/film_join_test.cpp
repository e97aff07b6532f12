// SPDX-License-Identifier: Apache-2.0
// A film joined of parts is the film that one part alone gives, and a part is not believed.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

#include "base/endian.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/film_features.hpp"
#include "hash_of_seed.hpp"

namespace cess::fp {
namespace film_join_test {
namespace {

/// A slot and the seed of its frame.
using Slots = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

Content part_of(const Slots& slots, const std::vector<std::uint16_t>& placed = {},
                std::uint8_t quality = 90) {
  Content c;
  c.kind = Kind::video;
  c.type = "video/mp4";
  c.width = 64;
  c.height = 48;
  std::vector<Keypoint> places;
  for (const std::uint16_t frame : placed) {
    Keypoint k;
    k.x = k.y = 160;
    k.size = 9;
    k.frame = frame;
    places.push_back(k);
  }
  Feature s = slots_feature();
  for (const auto& [slot, seed] : slots) {
    std::array<std::uint8_t, 4> number{};
    store_le(number.data(), slot);
    append(s.data, number);
    append(s.data, hash_of_seed(seed, 0, quality));
  }
  c.features = {scenes_feature(places), signatures_feature(), std::move(s)};
  return c;
}

Slots run_of(std::uint32_t from, std::uint32_t to, std::uint64_t seed) {
  Slots out;
  for (std::uint32_t i = from; i < to; ++i) out.emplace_back(i, seed);
  return out;
}

Content joined(const std::vector<Content>& parts) {
  auto film = join_film(parts);
  if (!film) {
    ADD_FAILURE() << film.error().message;
    return {};
  }
  (void)encode_content(*film);  // keeps the limits
  return std::move(*film);
}

std::vector<std::uint64_t> seeds_of(const Content& film, std::uint64_t seeds) {
  std::vector<std::uint64_t> out;
  const Feature* f = film.find("frames");
  for (std::size_t i = 0; i < f->count(); ++i) {
    std::uint64_t found = 0;
    for (std::uint64_t s = 1; s <= seeds; ++s) {
      const Bytes b = hash_of_seed(s, 0, 90);
      if (std::equal(b.begin(), b.end(), f->item(i).begin())) found = s;
    }
    out.push_back(found);
  }
  return out;
}

std::map<unsigned, unsigned> placed_of(const Content& film) {
  std::map<unsigned, unsigned> out;
  for (const Keypoint& k : keypoints_of(*film.find("scenes"), 4096)) ++out[k.frame];
  return out;
}

TEST(FilmJoin, FillsSlotsAndDropsWhatAnEarlierPartHad) {
  const Content film = joined({part_of({{1, 1}, {3, 2}}), part_of({{2, 3}, {3, 3}, {4, 4}})});
  EXPECT_EQ(seeds_of(film, 4), (std::vector<std::uint64_t>{0, 1, 1, 2, 4}));
  EXPECT_EQ(film.width, 64U);
  // The same in one part, to the bit.
  EXPECT_EQ(film, joined({part_of({{1, 1}, {3, 2}, {4, 4}})}));
}

TEST(FilmJoin, TakesTheMiddleOfASceneThatASeamCuts) {
  // Slots 0 to 9 and 10 to 29 are one scene, whose middle is 15; 30 to 33 are another.
  const Content first = part_of(run_of(0, 10, 1), {0, 4, 9});
  Slots rest = run_of(10, 30, 1);
  for (const auto& one : run_of(30, 34, 2)) rest.push_back(one);
  const Content second = part_of(rest, {10, 15, 16, 29, 32});
  EXPECT_EQ(placed_of(joined({first, second})), (std::map<unsigned, unsigned>{{15, 1}, {32, 1}}));
  EXPECT_EQ(placed_of(joined({first})), (std::map<unsigned, unsigned>{{4, 1}}));
}

TEST(FilmJoin, KeepsTheLongestScenes) {
  Slots slots;
  std::vector<std::uint16_t> placed;
  std::uint32_t at = 0;
  for (std::uint32_t scene = 0; scene < kScenesMax + 1; ++scene) {
    const std::uint32_t length = scene == 3 ? 2 : 4;
    placed.push_back(static_cast<std::uint16_t>(at + length / 2));
    for (const auto& one : run_of(at, at + length, 100 + scene)) slots.push_back(one);
    at += length;
  }
  const auto kept = placed_of(joined({part_of(slots, placed)}));
  EXPECT_EQ(kept.size(), kScenesMax);
  EXPECT_FALSE(kept.contains(placed[3]));
}

TEST(FilmJoin, UnitOfTheFramesOfAllParts) {
  Content a = part_of({{0, 1}});
  Content b = part_of({{1, 2}});
  const auto unit_of = [](const std::vector<Content>& parts) { return joined(parts).iscc; };
  EXPECT_TRUE(unit_of({a, b}).empty());  // too small for a unit
  const auto give = [](Content& c, std::initializer_list<unsigned> seeds) {
    for (const unsigned seed : seeds) {
      for (unsigned i = 0; i < kSignatureSize; ++i)
        c.features[1].data.push_back(static_cast<std::uint8_t>((seed * i * i + i) % 243));
    }
  };
  Content both = a;
  give(a, {7, 83});
  give(b, {83, 121});
  give(both, {7, 83, 121});
  const auto unit = unit_of({a, b});
  ASSERT_EQ(unit.size(), 1U);
  EXPECT_EQ(unit, unit_of({both, part_of({{1, 2}})}));
  EXPECT_NE(unit, unit_of({a, part_of({{1, 2}})}));
  // A part behind the last slot that is looked at has signatures alone.
  Content late = part_of({});
  give(late, {83, 121});
  EXPECT_EQ(unit, unit_of({a, late}));
  // Without what one part saw there is no unit: not that of a shorter film.
  Content silent = b;
  silent.features.erase(silent.features.begin() + 1);
  EXPECT_TRUE(unit_of({a, silent}).empty());
  Content wrong = b;
  wrong.features[1].data[0] = 243;
  EXPECT_TRUE(unit_of({a, wrong}).empty());
}

TEST(FilmJoin, ASoundsUnitsAreNotBelieved) {
  Content film = part_of({{0, 1}});
  Content sound;
  sound.iscc = {"ISCC:nonsense"};
  EXPECT_TRUE(add_sound_units(film, sound));  // no unit to mix it with
  film.iscc = {iscc_text(IsccUnit::video, Bits256{}, 256)};
  EXPECT_FALSE(add_sound_units(film, sound));
}

TEST(FilmJoin, RefusesWhatIsNoPart) {
  EXPECT_FALSE(join_film({}));
  EXPECT_FALSE(join_film(std::vector{part_of({})}));
  Content other = part_of({{0, 1}});
  other.kind = Kind::audio;
  EXPECT_FALSE(join_film(std::vector{part_of({{0, 1}}), other}));
  // Items of another size are none.
  Content odd = part_of({{0, 1}});
  odd.features[2].item_bits = 8;
  EXPECT_FALSE(join_film(std::vector{odd}));
}

TEST(FilmJoin, KeepsTheLimitsWhateverPartsSay) {
  std::vector<std::uint16_t> many(4000, 1);
  const Content film = joined({part_of({{0, 1}, {1, 1}, {2, 1}}, many)});
  EXPECT_EQ(placed_of(film), (std::map<unsigned, unsigned>{{1, kPlacesOfScene}}));
  const Content late = joined({part_of({{0, 1}, {kFilmSlotsMax, 1}, {0xffffffff, 1}})});
  EXPECT_EQ(late.find("frames")->count(), 1U);
  EXPECT_EQ(joined({part_of({{0, 1}, {kFilmSlotsMax - 1, 1}})}).find("frames")->count(),
            kFilmSlotsMax);
}

TEST(FilmJoin, PartsByTheSizeOfTheFile) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  EXPECT_EQ(film_parts(0), 1U);
  EXPECT_EQ(film_parts(4 * kMiB - 1), 1U);
  EXPECT_EQ(film_parts(4 * kMiB), 2U);
  EXPECT_EQ(film_parts(16 * kMiB - 1), 7U);
  EXPECT_EQ(film_parts(1024 * kMiB), 8U);
}

}  // namespace
}  // namespace film_join_test
}  // namespace cess::fp
