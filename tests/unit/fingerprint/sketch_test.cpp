// SPDX-License-Identifier: Apache-2.0
// Sketches: order does not matter, ratios are right, encodings are strict; words fold as Unicode
// says.
#include "fingerprint/sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "fingerprint/chunks.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_features.hpp"
#include "fingerprint/text_scan.hpp"

namespace cess::fp {
namespace {

Sketch sketch_of(std::uint64_t first, std::uint64_t count) {
  SketchBuilder builder;
  for (std::uint64_t i = first; i < first + count; ++i) builder.add(mix64(i));
  return builder.sketch();
}

TEST(Sketch, OrderAndRepeatsDoNotMatter) {
  SketchBuilder forward, backward;
  for (std::uint64_t i = 0; i < 50000; ++i) forward.add(mix64(i % 20000));
  for (std::uint64_t i = 50000; i-- > 0;) backward.add(mix64(i % 20000));
  EXPECT_EQ(forward.sketch(), backward.sketch());
  EXPECT_EQ(forward.minhash(), backward.minhash());
}

TEST(Sketch, ResemblanceAndContainment) {
  const Sketch whole = sketch_of(0, 30000);
  const Sketch half = sketch_of(0, 15000);
  const Sketch piece = sketch_of(7000, 200);
  const Sketch other = sketch_of(100000, 30000);
  EXPECT_NEAR(overlap(whole, half).resemblance(), 5000, 600);
  EXPECT_NEAR(overlap(whole, half).containment(), 10000, 600);
  EXPECT_EQ(overlap(whole, piece).containment(), 10000U);
  EXPECT_GE(overlap(whole, piece).common, 2U);
  EXPECT_EQ(overlap(whole, other).common, 0U);
  EXPECT_EQ(overlap(whole, whole).resemblance(), 10000U);
  EXPECT_EQ(overlap(Sketch{}, whole).common, 0U);
}

TEST(Sketch, DistancesFollowResemblance) {
  const Sketch a = sketch_of(0, 4000);
  SketchBuilder x, y;
  for (std::uint64_t i = 0; i < 4000; ++i) x.add(mix64(i)), y.add(mix64(i + 1000));  // J = 0.6
  // 128 · (1 − 0.6) = 51 with a deviation of about 7
  EXPECT_NEAR(static_cast<double>(hamming(x.minhash(), y.minhash())), 51, 28);
  EXPECT_EQ(hamming(sketch_simhash(a), sketch_simhash(a)), 0U);
  EXPECT_NEAR(
      static_cast<double>(hamming(sketch_simhash(a), sketch_simhash(sketch_of(900000, 4000)))), 128,
      40);
}

TEST(Sketch, HoldsTheSmallestOfItsSet) {
  std::uint64_t x = 1;
  // Well mixed; many repeats; all in one bucket; few bits; the ends of 64 bits.
  const std::vector<std::function<std::uint64_t(std::uint64_t)>> kinds = {
      [](std::uint64_t v) { return v; }, [](std::uint64_t v) { return mix64(v % 700); },
      [](std::uint64_t v) { return (v >> 40U) | 0xabcd000000000000U; },
      [](std::uint64_t v) { return v % 5; },
      [](std::uint64_t v) { return v % 3 == 0   ? 0
                                   : v % 3 == 1 ? ~std::uint64_t{1}
                                                : v; }};
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    for (const std::uint64_t count : {0U, 1U, 2U, 255U, 300U, 8191U, 8193U, 17000U, 100000U}) {
      SketchBuilder builder;
      std::set<std::uint64_t> all;
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t v = kinds[kind](mix64(x++));
        builder.add(v);
        all.insert(v);
      }
      const std::size_t size = std::clamp<std::size_t>(count / 32, 256, 8192);
      const Sketch s = builder.sketch();
      std::vector<std::uint64_t> expected(all.begin(), all.end());
      EXPECT_EQ(s.complete, expected.size() <= size) << kind << " " << count;
      expected.resize(std::min(size, expected.size()));
      EXPECT_EQ(s.smallest == expected, true) << kind << " " << count;
      SimHash<4> votes;
      SimHash<1> certificate;
      for (const std::uint64_t v : expected) {
        votes.add(v, static_cast<std::int64_t>(v & 3U) + 1);
        certificate.add(v, static_cast<std::int64_t>(v & 3U) + 1);
      }
      EXPECT_EQ(sketch_simhash(s), bits256(votes)) << kind << " " << count;
      EXPECT_EQ(sketch_certificate(s), word(certificate)) << kind << " " << count;
    }
  }
}

TEST(Sketch, EncodingIsStrict) {
  for (const std::uint64_t count : {0U, 1U, 255U, 256U, 257U, 40000U}) {
    const Sketch s = sketch_of(1, count);
    EXPECT_EQ(s.complete, count <= 256) << count;
    const Bytes encoded = encode_sketch(s);
    const auto again = parse_sketch(encoded);
    ASSERT_TRUE(again) << count;
    EXPECT_EQ(*again, s);
    if (count == 0) continue;
    EXPECT_FALSE(parse_sketch(ByteView(encoded).first(encoded.size() - 1)));
  }
  EXPECT_FALSE(parse_sketch({}));
  EXPECT_FALSE(parse_sketch(Bytes{2}));
  EXPECT_FALSE(parse_sketch(Bytes{0, 5}));           // neither complete nor full
  EXPECT_FALSE(parse_sketch(Bytes{1, 5, 0}));        // repeated
  EXPECT_FALSE(parse_sketch(Bytes{1, 0x85, 0x00}));  // two bytes for one
  EXPECT_TRUE(parse_sketch(Bytes{1, 5, 1}));
  Bytes large(11, 0xff);
  large[0] = 1;
  EXPECT_FALSE(parse_sketch(large));
  Bytes most{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  EXPECT_TRUE(parse_sketch(most));
  most.push_back(1);
  EXPECT_FALSE(parse_sketch(most));  // past 2^64
}

std::vector<Word> words_of(std::string_view in) {
  const std::vector<char> exact(in.begin(), in.end());  // nothing behind it may be read
  std::string_view text(exact.data(), exact.size());
  TextScanner scanner;
  std::vector<Word> out;
  while (!text.empty()) text.remove_prefix(scanner.scan(text, out));
  return out;
}
void expect_same_words(std::string_view a, std::string_view b) {
  const auto x = words_of(a);
  const auto y = words_of(b);
  ASSERT_EQ(x.size(), y.size()) << a << " / " << b;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(x[i].hash, y[i].hash) << a << " / " << b;
    EXPECT_EQ(x[i].letters, y[i].letters) << a << " / " << b;
  }
}

TEST(TextScan, FoldsCharacters) {
  expect_same_words("Straße", "STRASSE");
  expect_same_words("ｓｔｒａｓｓｅ １２", "strasse 12");  // full width
  expect_same_words("Caf\u00e9 na\u00efve", "cafe\u0301 NAI\u0308VE");
  expect_same_words("Crème brûlée", "creme brulee");
  expect_same_words("ΣΊΣΥΦΟΣ", "σίσυφος");  // final sigma
  expect_same_words("ﬁne", "fine");
  expect_same_words("exam-\n   ple", "example");
  expect_same_words("soft\u00adhyphen", "softhyphen");
  expect_same_words("한국어 문장",
                    "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165 문장");  // jamo
  expect_same_words("مُحَمَّد", "محمد");  // Arabic vowel points
}

// Full width letters are read one by one, ASCII many at once; here and there is one that is not.
TEST(TextScan, AsciiIsReadAsAnyText) {
  constexpr std::string_view kOthers = " \n-\r\t.-_`^\x7f@[{/:";
  constexpr std::string_view kLetters = "azAZ09mM58";
  std::uint64_t x = 1;
  for (int round = 0; round < 3200; ++round) {
    const std::uint64_t size_max = round < 3000 ? 60 : 14000;
    const std::uint64_t border_in = 3 + static_cast<std::uint64_t>(round) % 40;
    const std::uint64_t accent_in = round % 4 == 0 ? 1U << 20U : 80U << (round % 4);
    std::string narrow;
    std::string full;
    for (std::uint64_t n = mix64(x++) % size_max; n > 0; --n) {
      const std::uint64_t v = mix64(x++);
      if (v % border_in == 0) {
        const char c = kOthers[v / border_in % kOthers.size()];
        narrow += c;
        full += c;
        continue;
      }
      if (mix64(v) % accent_in == 0) {
        narrow += "\u00c9";
        full += "\uff25";
        continue;
      }
      const char c = kLetters[v / border_in % kLetters.size()];
      narrow += c;
      append_utf8(full, 0xff00U + static_cast<std::uint32_t>(c) - 0x20U);
    }
    expect_same_words(narrow, full);
    if (HasFailure()) break;
  }
}

// Of one letter and of thousands, side by side.
TEST(TextScan, WordsOfAnyLength) {
  for (const std::size_t size :
       {1U, 7U, 8U, 9U, 63U, 64U, 65U, 4094U, 4095U, 4096U, 4097U, 9000U}) {
    std::string narrow;
    std::string full;
    for (std::size_t word = 0; word < 40; ++word) {
      for (std::size_t i = 0; i < (word % 5 == 0 ? size : 1 + word % 3); ++i) {
        const char c = static_cast<char>('a' + (i * 7 + word) % 26);
        narrow += c;
        append_utf8(full, 0xff00U + static_cast<std::uint32_t>(c) - 0x20U);
      }
      narrow += ' ';
      full += ' ';
    }
    ASSERT_EQ(words_of(narrow).size(), 40U);
    expect_same_words(narrow, full);
  }
}

TEST(TextScan, CutsScriptsWithoutSpaces) {
  EXPECT_EQ(words_of("私は学生です。").size(), 5U);      // 私 / は / 学生 / で / す
  EXPECT_EQ(words_of("我们在中国大学学习").size(), 5U);  // 我们 / 在 / 中国 / 大学 / 学习
  EXPECT_EQ(words_of("ภาษาไทยเป็นภาษาที่สวย").size(), 6U);  // ภาษา / ไทย / เป็น / ภาษา / ที่ / สวย
  expect_same_words("中国abc大学", "中国 abc 大学");
  EXPECT_TRUE(words_of(" \t.,;!-- \n").empty());
  EXPECT_EQ(words_of(std::string_view("a\xff\xfe"
                                      "b\xc3",
                                      5))
                .size(),
            2U);  // bytes that are not UTF-8
}

// Where a part ends tells where a word without end is cut: at the first border behind 64 KiB.
TEST(TextScan, PartsEndAtTheSameBorder) {
  for (const std::size_t words : {100U, 21'845U, 30'000U}) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += "ab ";
    const std::size_t parted = words == 30'000U ? 65'538 : 0;
    const std::size_t plain = text.size();
    for (int i = 0; i < 1'000'000; ++i) text += "\u00e9";
    std::vector<std::uint64_t> sizes;
    for (const Word& w : words_of(text)) sizes.push_back(w.letters);
    const std::uint64_t first = ((1U << 20U) - (plain - parted) + 1) / 2;
    ASSERT_EQ(sizes.size(), words + 2);
    EXPECT_EQ(sizes[words], first) << words;
    EXPECT_EQ(sizes[words + 1], 1'000'000 - first) << words;
  }
}

// Nearly all in one bucket, one of them again and again: work stays in bounds, by what it takes.
TEST(Sketch, RepeatsInOneBucket) {
  SketchBuilder builder;
  builder.add(std::uint64_t{1} << 63U);
  for (std::uint64_t i = 1; i <= 8190; ++i) builder.add(4 * i);
  for (int i = 0; i < 2'000'000; ++i) builder.add(4);
  const Sketch s = builder.sketch();
  EXPECT_EQ(s.smallest.size(), 8191U);
  EXPECT_TRUE(s.complete);
}

TEST(TextFeatures, EveryThreeWordsAreAFeature) {
  for (std::uint64_t round = 0; round < 40; ++round) {
    const std::size_t size = 500 + 7 * round;
    std::vector<std::string> words;
    for (std::uint64_t i = 0; i < size; ++i)
      words.push_back(std::to_string(mix64(round * size + i) >> (mix64(i) % 60)));
    std::string text;
    std::set<std::uint64_t> all;
    for (std::size_t i = 0; i < size; ++i) {
      text += words[i] + ' ';
      if (i < 2) continue;
      const TextFeatures three = text_features(words[i - 2] + ' ' + words[i - 1] + ' ' + words[i]);
      ASSERT_EQ(three.sketch.smallest.size(), 1U);
      all.insert(three.sketch.smallest[0]);
    }
    std::vector<std::uint64_t> expected(all.begin(), all.end());
    expected.resize(std::min(Sketch::kSizeMin, expected.size()));
    EXPECT_EQ(text_features(text).sketch.smallest, expected);
  }
}

TEST(TextFeatures, PartsAreWhole) {
  // Longer than a part: words at the borders are not lost, the features are those of one piece.
  std::string text;
  for (unsigned i = 0; i < 40000; ++i) text += "word" + std::to_string(i * 2654435761U) + ' ';
  const TextFeatures f = text_features(text);
  EXPECT_EQ(f.words, 40000U);
  const TextFeatures half = text_features(std::string_view(text).substr(text.size() / 2));
  const Overlap o = overlap(f.sketch, half.sketch);
  EXPECT_GT(o.containment(), 9900U);
  EXPECT_NEAR(o.resemblance(), 5000, 600);
  EXPECT_EQ(text_features("two words").sketch.smallest.size(), 1U);
  EXPECT_TRUE(text_features("").sketch.smallest.empty());
}

TEST(Chunks, PartsDoNotMatterAndContainersAreFound) {
  Bytes data(300000);
  std::uint64_t state = 7;
  for (std::uint8_t& b : data) b = static_cast<std::uint8_t>(mix64(++state));
  DataHasher whole;
  whole.update(data);
  const DataFeatures expected = whole.finish();
  for (const std::size_t step : {1U, 255U, 4096U, 9000U, 70000U}) {
    DataHasher parts;
    for (std::size_t at = 0; at < data.size(); at += step) {
      parts.update(ByteView(data).subspan(at, std::min(step, data.size() - at)));
    }
    const DataFeatures got = parts.finish();
    EXPECT_EQ(got.sketch, expected.sketch) << step;
    EXPECT_EQ(got.iscc, expected.iscc) << step;
    EXPECT_EQ(got.minhash, expected.minhash) << step;
  }
  DataHasher inner;
  inner.update(ByteView(data).subspan(100001, 60000));
  EXPECT_GT(overlap(expected.sketch, inner.finish().sketch).containment(), 9000U);
}

}  // namespace
}  // namespace cess::fp
