// SPDX-License-Identifier: Apache-2.0
// The index of similarity bits: bounded work, the same on every node.
//
// A word of 256 bits is cut into 16 bands of 16. It stands in one bucket a band, under the value of
// the band, and a search looks at 17 buckets a band: the value itself and those one bit away. By
// the pigeonhole principle two words that differ in at most 31 bits have a band that differs in at
// most one bit (if all 16 differed in two, it were 32), so every radius up to 31 is exact, as long
// as the found word stands in all 16 bands. A bucket takes kBucketMax words; a band whose bucket is
// full is left out, and a word in n bands is found for sure within 2n - 1 bits: its `reach`. What
// is further away is found by luck (DESIGN.md has the odds). A search reads 272 buckets, so at most
// 272 · kBucketMax words, whatever strangers registered.
#pragma once

#include <vector>

#include "chain/state/rights/rights.hpp"

namespace cess::rights {

constexpr unsigned kBands = 16;
constexpr unsigned kBandBits = 16;
constexpr std::size_t kPageEntries = 32;
constexpr std::size_t kBucketMax = 256;

struct Entry {
  Word word{};
  std::uint64_t number = 0;  ///< of the certificate
  CESS_RECORD(word, number)
};
/// kPageEntries words of a bucket; only the last page is not full.
struct Page {
  std::vector<Entry> entries;
  CESS_RECORD(entries)
};
/// Kind, band, value of the band, page.
inline constexpr StoredMap<Page, Kind, std::uint8_t, std::uint16_t, std::uint8_t> kBuckets{
    kModule, 13, "bucket"};

struct Match {
  std::uint64_t number = 0;
  unsigned distance = 0;
  friend bool operator==(const Match&, const Match&) = default;
};

/// Bits 16·band to 16·band + 15 of the word, first byte first.
[[nodiscard]] std::uint16_t band_of(const Word& word, unsigned band);
[[nodiscard]] unsigned distance_of(const Word& a, const Word& b);

/// The bands in which it was put, a bit each; none for a word that is all zero.
std::uint16_t add_word(State& state, Kind kind, const Word& word, std::uint64_t number);
void remove_word(State& state, Kind kind, const Word& word, std::uint64_t number,
                 std::uint16_t bands);
/// All that is found within the radius: nearest first, then in order of registration. A word that
/// is all zero is near to nothing.
[[nodiscard]] std::vector<Match> find_near(const State& state, Kind kind, const Word& word,
                                           unsigned radius);
/// The same within the radius, but the `limit` earliest of them, in order of registration, and how
/// many there are. Of linear cost: strangers choose how many are near.
struct Earliest {
  std::vector<Match> matches;
  std::size_t count = 0;
};
[[nodiscard]] Earliest find_earliest(const State& state, Kind kind, const Word& word,
                                     unsigned radius, std::size_t limit);
/// 2n - 1 for n bands.
[[nodiscard]] std::uint8_t reach_of(std::uint16_t bands);

}  // namespace cess::rights
