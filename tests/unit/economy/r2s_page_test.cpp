// SPDX-License-Identifier: Apache-2.0
// The tables of doc/economy/r2s.md, worked out anew.
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "economy/r2s.hpp"
#include "economy/slash.hpp"

namespace cess {
namespace {

using Row = std::vector<std::string>;

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::size_t at = 1;
  while (at < line.size()) {
    const auto end = line.find('|', at);
    if (end == std::string::npos) break;
    auto cell = line.substr(at, end - at);
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    out.push_back(cell);
    at = end + 1;
  }
  return out;
}

// The rows below the header that begins with `header`.
std::vector<Row> table(const std::string& header) {
  std::ifstream page(CESS_VECTORS_DIR "/../../doc/economy/r2s.md");
  EXPECT_TRUE(page.good());
  std::vector<Row> out;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(header)) {
      inside = true;
    } else if (inside && !line.starts_with("|")) {
      break;
    } else if (inside && !line.starts_with("| ---")) {
      out.push_back(cells(line));
    }
  }
  EXPECT_FALSE(out.empty()) << header;
  return out;
}

std::uint64_t number(const std::string& text, int base = 10) {
  std::uint64_t v = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), v, base);
  EXPECT_TRUE(r.ec == std::errc() && r.ptr == text.data() + text.size()) << text;
  return v;
}
Score score(const std::string& text) { return static_cast<Score>(number(text)); }

TEST(R2sPage, EndOfAnEra) {
  const auto rows = table("| candidate | on duty");
  std::uint64_t most = 0;
  for (const auto& r : rows) most = std::max(most, number(r[2]));
  for (const auto& r : rows) {
    const auto penalties = static_cast<std::uint32_t>(number(r[3]));
    auto era = era_reputation(number(r[2]), most, penalties);
    if (r[1] == "no") era = std::max(era, less_penalties(5000, penalties));
    EXPECT_EQ(era, number(r[4])) << r[0];
  }
}

TEST(R2sPage, FiveEras) {
  std::map<std::string, std::string> newest;
  for (const auto& r : table("| candidate | on duty")) newest[r[0]] = r[4];
  for (const auto& r : table("| candidate | newest")) {
    EXPECT_EQ(r[1], newest[r[0]]) << r[0];
    const ReputationHistory h = {score(r[1]), score(r[2]), score(r[3]), score(r[4]), score(r[5])};
    EXPECT_EQ(reputation(h), number(r[6])) << r[0];
  }
}

TEST(R2sPage, Election) {
  std::map<std::string, Score> reputations;
  for (const auto& r : table("| candidate | newest")) reputations[r[0]] = score(r[6]);
  const auto rows = table("| candidate | own");
  Amount largest = 0;
  for (const auto& r : rows) largest = std::max(largest, Amount{number(r[1])} + number(r[2]));
  std::uint64_t before = kScoreMax;
  std::size_t place = 0;
  for (const auto& r : rows) {
    const Score stake = stake_score(Amount{number(r[1])} + number(r[2]), largest);
    EXPECT_EQ(stake, number(r[3])) << r[0];
    Score random = 0;
    if (!r[4].empty()) {
      const auto x = number(r[4], 16);
      std::array<std::uint8_t, 8> b{};
      for (std::size_t i = 0; i < 8; ++i) b[i] = static_cast<std::uint8_t>(x >> (56 - 8 * i));
      random = random_score(b);
    }
    EXPECT_EQ(random, number(r[5])) << r[0];
    const Score total = total_score(reputations.at(r[0]), stake, random);
    EXPECT_EQ(total, number(r[6])) << r[0];
    EXPECT_LE(total, before);
    before = total;
    ++place;
    EXPECT_EQ(r[7], place <= 3 ? std::to_string(place) : "standby");
  }
}

TEST(R2sPage, Slashes) {
  const auto rows = table("| offenders of 11");
  ASSERT_EQ(rows.size(), 2U);
  for (std::uint32_t x = 1; x <= 4; ++x) {
    EXPECT_TRUE(equivocation_slash(kMillion, x, 11) == number(rows[0][x])) << x;
    EXPECT_TRUE(absence_slash(kMillion, 50'000, x, 11) == number(rows[1][x])) << x;
  }
}

}  // namespace
}  // namespace cess
