// SPDX-License-Identifier: Apache-2.0
// What texts of different origin share shows nothing: licences are left out, the rest still counts.
#include "fingerprint/common_shingles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "fingerprint/compare.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/set_features.hpp"
#include "fingerprint/text_features.hpp"

namespace cess::fp {
namespace common_shingles_test {
namespace {

constexpr std::string_view kNotice =
    "This program is free software; you can redistribute it and/or modify it under the terms of "
    "the "
    "GNU General Public License as published by the Free Software Foundation; either version 2 of "
    "the "
    "License, or (at your option) any later version. This program is distributed in the hope that "
    "it "
    "will be useful, but WITHOUT ANY WARRANTY; without even the implied warranty of "
    "MERCHANTABILITY or "
    "FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details. ";

/// Words that no other seed gives.
std::string prose(std::uint64_t seed, std::size_t words) {
  std::string out;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint64_t h = mix64(seed * 1000003 + i);
    for (int letter = 0; letter < 7; ++letter, h /= 26)
      out.push_back(static_cast<char>('a' + h % 26));
    out.push_back(' ');
  }
  return out;
}

Comparison compared(const std::string& a, const std::string& b) {
  Content x, y;
  for (const auto& [text, content] : {std::pair{&a, &x}, std::pair{&b, &y}}) {
    const TextFeatures f = text_features(*text);
    add_set_features(*content, "text", f.sketch, f.minhash);
  }
  return compare_text(x, y);
}

TEST(CommonShingles, NearlyAllOfALicenceNoticeAndNearlyNothingElse) {
  const auto share = [](std::string_view text) {
    const auto all = text_features(text).sketch.smallest;
    return 100 *
           static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_common_shingle)) /
           all.size();
  };
  EXPECT_GE(share(kNotice), 90U);
  EXPECT_LE(share(prose(1, 200)), 5U);
}

TEST(CommonShingles, ANoticeInBothShowsNothing) {
  const std::string notice(kNotice);
  const Comparison c = compared(notice + prose(1, 60), notice + prose(2, 60));
  EXPECT_EQ(c.verdict, Verdict::unrelated);
  EXPECT_GE(c.evidence.at(0).distance, 9500U);
  // With nothing else in one of them nothing can be told.
  EXPECT_EQ(compared(notice, notice + prose(2, 60)).verdict, Verdict::unknown);
  EXPECT_EQ(compared(notice, notice).verdict, Verdict::same);
}

TEST(CommonShingles, CopyingIsFoundBesideANotice) {
  const std::string notice(kNotice);
  EXPECT_EQ(compared(notice + prose(1, 200), prose(1, 200)).verdict, Verdict::same);
  EXPECT_EQ(compared(notice + prose(1, 200), notice + prose(1, 100) + prose(2, 100)).verdict,
            Verdict::derived);
  // 30 of 100 words of each: below 40 % of the smaller and below 18 % of both together.
  EXPECT_EQ(compared(prose(1, 100) + prose(2, 230), prose(1, 100) + prose(3, 230)).verdict,
            Verdict::unrelated);
  EXPECT_EQ(compared(prose(1, 150) + prose(2, 180), prose(1, 150) + prose(3, 180)).verdict,
            Verdict::derived);
}

TEST(CommonShingles, FewSamplesNeedMostOfTheSmaller) {
  // Of a text of 16 words in a longer one 10 shingles or fewer are seen: 60 % and not 40 % must be
  // common.
  EXPECT_EQ(compared(prose(1, 20), prose(1, 9) + prose(2, 90)).verdict, Verdict::unrelated);
  EXPECT_EQ(compared(prose(1, 17), prose(1, 13) + prose(2, 90)).verdict, Verdict::derived);
}

}  // namespace
}  // namespace common_shingles_test
}  // namespace cess::fp
