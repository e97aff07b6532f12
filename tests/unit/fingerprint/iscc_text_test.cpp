// SPDX-License-Identifier: Apache-2.0
// The fast ways of the text unit beside the plain ones, value by value.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fingerprint/hash.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/iscc_tables.hpp"
#include "fingerprint/text_extract.hpp"

namespace cess::fp {
namespace {

/// Least values of each permutation, as the standard writes them: all of 64 bits, by division.
std::array<std::uint32_t, 64> plain_minima(const std::vector<std::uint32_t>& features) {
  std::array<std::uint32_t, 64> least;
  least.fill(~std::uint32_t{0});
  for (const std::uint32_t f : features) {
    for (std::size_t i = 0; i < least.size(); ++i) {
      const std::uint64_t v = kIsccMinHashA[i] * f + kIsccMinHashB[i];
      least[i] = std::min(least[i], static_cast<std::uint32_t>(v % 0x1fffffffffffffffU));
    }
  }
  return least;
}

/// Their four lowest bits, bit by bit over all of them.
Bits256 plain_bits(const std::array<std::uint32_t, 64>& least) {
  Bits256 out{};
  for (std::size_t at = 0; at < 256; ++at) {
    if (((least[at % 64] >> (at / 64)) & 1U) != 0)
      out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (0x80U >> (at % 8)));
  }
  return out;
}

Bits256 plain_body(const std::string& text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<std::uint8_t>(text[i]) & 0xc0U) != 0x80U) starts.push_back(i);
  }
  const std::size_t window = std::min<std::size_t>(13, starts.size());
  starts.push_back(text.size());
  std::vector<std::uint32_t> features;
  for (std::size_t i = 0; i + window < starts.size(); ++i)
    features.push_back(xxh32(as_bytes(text.substr(starts[i], starts[i + window] - starts[i]))));
  return plain_bits(plain_minima(features));
}

/// A feature that permutation `i` gives the low half `low` before anything is added to it.
std::uint32_t feature_of_low(std::size_t i, std::uint32_t low) {
  const auto a = static_cast<std::uint32_t>(kIsccMinHashA[i]);
  std::uint32_t inverse = a;  // of an odd number modulo 2^32, by Newton's method
  for (int n = 0; n < 5; ++n) inverse *= 2 - a * inverse;
  return (low - static_cast<std::uint32_t>(kIsccMinHashB[i])) * inverse;
}

TEST(IsccText, MinHashIsThePlainOne) {
  std::uint64_t x = 1;
  for (const std::size_t count : {1U, 2U, 7U, 8U, 9U, 16U, 100U, 5'000U}) {
    for (int round = 0; round < (count < 200 ? 40 : 4); ++round) {
      std::vector<std::uint32_t> features;
      for (std::size_t n = 0; n < count; ++n)
        features.push_back(static_cast<std::uint32_t>(mix64(x++)));
      IsccMinHash all;
      all.add(features);
      ASSERT_EQ(all.bits256(), plain_bits(plain_minima(features))) << count << " " << round;
      IsccMinHash each;
      for (const std::uint32_t f : features) each.add(f);
      ASSERT_EQ(each.bits256(), all.bits256());
    }
  }
}

// Low halves around 0 and 2^32: what is added carries some of them over, to the least values of
// all.
TEST(IsccText, MinHashWhereTheLowHalfPassesItsEnd) {
  std::size_t carried = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    if (kIsccMinHashA[i] % 2 == 0) continue;  // has no inverse
    for (std::uint32_t off = 0; off < 40; ++off) {
      const std::uint32_t low = off - 20;
      const std::uint32_t feature = feature_of_low(i, low);
      ASSERT_EQ(static_cast<std::uint32_t>(kIsccMinHashA[i] * feature + kIsccMinHashB[i]), low);
      if (off < 20 && plain_minima({feature})[i] < 20) ++carried;
      std::vector<std::uint32_t> features{feature};
      for (std::uint64_t n = 0; n < 64; ++n)
        features.insert(features.begin(), static_cast<std::uint32_t>(mix64(n)));
      IsccMinHash hash;
      hash.add(features);
      ASSERT_EQ(hash.bits256(), plain_bits(plain_minima(features))) << i << " " << low;
    }
  }
  EXPECT_GT(carried, 20U);
}

TEST(IsccText, BodyIsThePlainOne) {
  std::uint64_t x = 5;
  const auto draw = [&x](std::uint64_t n) { return mix64(x++) % n; };
  // Of each: nearly all ASCII, in runs, of any length in bytes.
  for (const std::uint64_t rare : {1'000'000U, 200U, 20U, 2U}) {
    for (std::size_t characters = 0; characters < 1'200; characters += 1 + characters / 9) {
      std::string text;
      for (std::size_t n = 0; n < characters; ++n) {
        constexpr std::uint32_t kWide[] = {0xe9, 0x7ff, 0x4e00, 0x1f600};
        append_utf8(text,
                    draw(rare) == 0 ? kWide[draw(4)] : 'a' + static_cast<std::uint32_t>(draw(26)));
      }
      ASSERT_EQ(iscc_text_body(text), plain_body(text)) << characters << " of " << rare;
    }
  }
}

TEST(IsccText, CollapsesCharactersAsWholeTexts) {
  std::uint64_t x = 9;
  const auto draw = [&x](std::uint64_t n) { return static_cast<std::uint32_t>(mix64(x++) % n); };
  struct Range {
    std::uint32_t first;
    std::uint32_t size;
  };
  // Accents and marks, Greek (its final sigma), Indic, Hangul whole and apart, Kana with its marks,
  // forms of compatibility, music, mathematics; then everything.
  constexpr Range kRanges[] = {{0x20, 0x5f},    {0xa0, 0x160},    {0x300, 0x70},    {0x370, 0x90},
                               {0x5b0, 0x50},   {0x600, 0x100},   {0x900, 0x480},   {0xe00, 0x100},
                               {0x1100, 0x100}, {0x1e00, 0x200},  {0x2000, 0x200},  {0x3040, 0xc0},
                               {0x3130, 0x60},  {0xac00, 0x2ba4}, {0xf900, 0x200},  {0xfb00, 0x500},
                               {0xff00, 0x100}, {0x1d100, 0x80},  {0x1d400, 0x400}, {0, 0x110000}};
  std::string all;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const Range& one = kRanges[draw(std::size(kRanges))];
    const Range& other = kRanges[draw(std::size(kRanges))];
    for (std::uint32_t n = draw(24); n > 0; --n) {
      const Range& r = draw(3) == 0 ? other : one;
      append_utf8(text, round % 4 != 0 || draw(4) != 0 ? r.first + draw(r.size)
                        : draw(2) == 0                 ? ' '
                                                       : '\n');
    }
    ASSERT_EQ(iscc_collapse(text), iscc_collapse_in_context(text)) << text;
    all += text;
  }
  ASSERT_EQ(iscc_collapse(all), iscc_collapse_in_context(all));
  // Every character behind a letter, and before one that would join a mark.
  for (std::uint32_t c = 1; c < 0x110000; c += c < 0x30000 ? 1 : 97) {
    std::string text = "e";
    append_utf8(text, c);
    text += "\u1100";
    append_utf8(text, c);
    ASSERT_EQ(iscc_collapse(text), iscc_collapse_in_context(text)) << c;
  }
}

// Words that have to be seen as a whole among many that have not, and too many of them.
TEST(IsccText, CollapsesWordsWithSigma) {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string text = std::string(size, 'a') + "Σ";  // the word is read twice
    ASSERT_EQ(iscc_collapse(text), iscc_collapse_in_context(text)) << size;
  }
  std::uint64_t x = 11;
  for (const std::uint64_t rare : {2U, 20U, 200U}) {
    for (int round = 0; round < 60; ++round) {
      constexpr std::string_view kRare[] = {
          "ΣΊΣΥΦΟΣ",        "ΑΣ", "Σ", "Σ'α", "αΣ.", "\u1100", "\u1161", "ΑΣ\u0301 \u0301Σ",
          "a\u1100 \u1161b"};
      const std::size_t kinds = round % 3 == 0 ? std::size(kRare) : 5;
      std::string text;
      for (int n = 0; n < 600; ++n) {
        const std::uint64_t v = mix64(x++);
        text += v % rare == 0 ? kRare[v / rare % kinds] : v % 3 == 0 ? "οδός" : "a word,";
        text += v % 7 == 0 ? "" : v % 5 == 0 ? "\n" : v % 11 == 0 ? "\u00a0" : " ";
      }
      ASSERT_EQ(iscc_collapse(text), iscc_collapse_in_context(text)) << rare << " " << round;
    }
  }
}

TEST(IsccText, CollapsesWhatIsNoTextAsIcuDoes) {
  std::uint64_t x = 3;
  for (int round = 0; round < 20'000; ++round) {
    constexpr std::uint8_t kBytes[] = {'a',  ' ',  0x80, 0xbf, 0xc1, 0xc3, 0xe0, 0xe4,
                                       0xed, 0xa0, 0x9f, 0xf0, 0xf4, 0x90, 0xf8, 0xff};
    std::string text;
    for (std::uint64_t n = mix64(x++) % 12; n > 0; --n)
      text += static_cast<char>(kBytes[mix64(x++) % std::size(kBytes)]);
    ASSERT_EQ(iscc_collapse(text), iscc_collapse_in_context(text)) << round;
  }
}

}  // namespace
}  // namespace cess::fp
