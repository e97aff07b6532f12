// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// The on-chain index against comparing everything, and at its limits.
#include <ctime>
#include <map>

#include "unit/chain/state/rights_fixture.hpp"

namespace cess {
namespace rights_index_test {

using namespace rights;  // NOLINT(google-build-using-namespace): of this test's own namespace

constexpr Kind kPicture = Kind::image;

struct Listed {
  Word word{};
  std::uint64_t number = 0;
  std::uint16_t bands = 0;
};

std::vector<Match> near_of_all(const std::vector<Listed>& all, const Word& word, unsigned radius) {
  std::vector<Match> out;
  for (unsigned d = 0; d <= radius; ++d) {
    for (const auto& l : all) {
      if (distance_of(l.word, word) == d) out.push_back({l.number, d});
    }
  }
  return out;
}

TEST(RightsIndex, FindsEverythingWithin31BitsAndNothingElse) {
  State state;
  RightsRandom random(1);
  std::vector<Listed> all;
  // Families: words around centres, at every distance.
  for (unsigned family = 0; family < 8; ++family) {
    const Word centre = random.word();
    for (unsigned bits = 0; bits <= 40; bits += 2) {
      Listed l{random.away(centre, bits), all.size(), 0};
      l.bands = add_word(state, kPicture, l.word, l.number);
      EXPECT_EQ(l.bands, 0xffff);
      all.push_back(l);
    }
  }
  for (unsigned i = 0; i < 400; ++i) {
    const Word asked =
        random.away(all[random.below(all.size())].word, static_cast<unsigned>(random.below(34)));
    for (const unsigned radius : {0U, 15U, 31U})
      ASSERT_EQ(find_near(state, kPicture, asked, radius), near_of_all(all, asked, radius)) << i;
  }
  EXPECT_TRUE(find_near(state, Kind::text, all[0].word, 31).empty());
}

// The worst there is for 31: two bits in each band but one, where there is one.
TEST(RightsIndex, TheBoundIs31AndNotMore) {
  State state;
  const Word word = RightsRandom(2).word();
  add_word(state, kPicture, word, 7);
  Word asked = word;
  for (std::size_t band = 0; band < kBands; ++band)
    asked[2 * band] = static_cast<std::uint8_t>(asked[2 * band] ^ (band == 11 ? 1U : 3U));
  EXPECT_EQ(find_near(state, kPicture, asked, 64), (std::vector<Match>{{7, 31}}));
  asked[22] = static_cast<std::uint8_t>(asked[22] ^ 2U);
  EXPECT_EQ(distance_of(word, asked), 32U);
  EXPECT_TRUE(find_near(state, kPicture, asked, 64).empty());
}

TEST(RightsIndex, AFullBucketShortensTheReachAndSaysSo) {
  State state;
  RightsRandom random(3);
  const Word victim = random.word();
  // Strangers fill the buckets of the victim's first three bands, far from it everywhere else.
  for (std::uint64_t i = 0; i < kBucketMax; ++i) {
    Word w = random.word();
    std::copy_n(victim.begin(), 6, w.begin());
    ASSERT_EQ(add_word(state, kPicture, w, i), 0xffff);
  }
  const std::uint16_t bands = add_word(state, kPicture, victim, 1000);
  EXPECT_EQ(bands, 0xfff8);
  EXPECT_EQ(reach_of(bands), 25);
  // 25 bits in the worst places: all of the bands that do not count stay equal.
  Word asked = victim;
  for (std::size_t band = 3; band < kBands; ++band)
    asked[2 * band] = static_cast<std::uint8_t>(asked[2 * band] ^ (band == 5 ? 1U : 3U));
  EXPECT_EQ(find_near(state, kPicture, asked, 31), (std::vector<Match>{{1000, 25}}));
  // One goes, and there is room again; what is left is all found still.
  Word first{};
  random = RightsRandom(3);
  random.word();
  first = random.word();
  std::copy_n(victim.begin(), 6, first.begin());
  remove_word(state, kPicture, first, 0, 0xffff);
  EXPECT_TRUE(find_near(state, kPicture, first, 0).empty());
  EXPECT_EQ(add_word(state, kPicture, first, 2000), 0xffff);
}

TEST(RightsIndex, AddingAndRemovingInAnyOrderLeavesNothing) {
  State state;
  RightsRandom random(4);
  std::vector<Listed> all;
  for (unsigned step = 0; step < 3000; ++step) {
    const bool add = all.empty() || (step < 2000 && random.below(3) != 0);
    if (add) {
      // Few values, so that buckets have several pages.
      Word w{};
      for (auto& b : w) b = static_cast<std::uint8_t>(random.below(2));
      w[0] = 1;
      Listed l{w, step, 0};
      l.bands = add_word(state, kPicture, l.word, l.number);
      all.push_back(l);
    } else {
      const std::size_t i = random.below(all.size());
      remove_word(state, kPicture, all[i].word, all[i].number, all[i].bands);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (const auto& l : all) remove_word(state, kPicture, l.word, l.number, l.bands);
  EXPECT_EQ(state.size(), 0U);
}

// All 272 buckets that are looked at are full of words that are near: 256 that stand in all bands,
// and others in one band each. Under the policy `refuse` too: what is near to the word asked for
// may be far from one another.
TEST(RightsIndex, TheEarliestOfAFullNeighbourhoodAreFoundInTheTimeThatIsPaidFor) {
  State state;
  RightsRandom random(5);
  const Word centre = random.word();
  std::map<std::uint64_t, unsigned> all;
  std::uint64_t place = 0;
  const auto entry = [&] {
    const std::uint64_t number = place++ * 40503U % 131071U;  // in no order, each once
    const auto bits = static_cast<unsigned>(random.below(32));
    all[number] = bits;
    return Entry{random.away(centre, bits), number};
  };
  std::vector<Entry> everywhere(kBucketMax);
  for (auto& e : everywhere) e = entry();
  for (std::uint8_t band = 0; band < kBands; ++band) {
    for (unsigned probe = 0; probe <= kBandBits; ++probe) {
      const auto value = static_cast<std::uint16_t>(band_of(centre, band) ^
                                                    (probe == kBandBits ? 0U : 1U << probe));
      for (std::uint8_t at = 0; at < kBucketMax / kPageEntries; ++at) {
        Page page;
        for (std::size_t i = 0; i < kPageEntries; ++i)
          page.entries.push_back(probe == kBandBits ? everywhere[at * kPageEntries + i] : entry());
        kBuckets.put(state, kPicture, band, value, at, page);
      }
    }
  }
  const auto near = find_near(state, kPicture, centre, 31);
  const auto first = find_earliest(state, kPicture, centre, 31, 256);
  ASSERT_EQ(near.size(), kBands * kBandBits * kBucketMax + kBucketMax);
  ASSERT_EQ(all.size(), near.size());
  EXPECT_EQ(first.count, near.size());
  ASSERT_EQ(first.matches.size(), 256U);
  std::map<std::uint64_t, unsigned> found;
  for (const auto& m : near) found[m.number] = m.distance;
  EXPECT_EQ(found.size(), near.size());
  auto it = found.begin();
  for (const auto& m : first.matches) {
    EXPECT_EQ(m, (Match{it->first, it->second}));
    EXPECT_EQ(all[m.number], m.distance);
    ++it;
  }
  EXPECT_EQ(find_earliest(state, kPicture, centre, 31, 70000).matches.size(), near.size());
  EXPECT_EQ(find_earliest(state, kPicture, centre, 0, 9999).count,
            find_near(state, kPicture, centre, 0).size());
  // For decision 1653: the processor's time of the most that a registration looks for.
  double best_ms = 1e9;
  for (int i = 0; i < 5; ++i) {
    const std::clock_t begin = std::clock();
    EXPECT_EQ(find_earliest(state, kPicture, centre, 31, 256).count, near.size());
    best_ms = std::min(best_ms, 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  RecordProperty("best_ms", std::to_string(best_ms));
}

TEST(RightsIndex, AWordOfZerosIsNearToNothing) {
  State state;
  EXPECT_EQ(find_earliest(state, kPicture, Word{}, 64, 9).count, 0U);
  EXPECT_EQ(add_word(state, kPicture, Word{}, 1), 0);
  EXPECT_TRUE(find_near(state, kPicture, Word{}, 64).empty());
  EXPECT_EQ(state.size(), 0U);
}

}  // namespace rights_index_test
}  // namespace cess
