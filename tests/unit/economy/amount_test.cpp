// SPDX-License-Identifier: Apache-2.0
// links: economy base
// Arithmetic against Python's integers (tests/vectors/economy/amount.txt), and text both ways.
#include "economy/amount.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace cess {
namespace {

Amount of(const std::string& text) { return parse_decimal(text, "vector").value(); }

TEST(Amount, IsTheArithmeticOfPython) {
  std::ifstream in(CESS_VECTORS_DIR "/economy/amount.txt");
  std::string line;
  int count = 0;
  while (std::getline(in, line)) {
    if (line.starts_with("#")) continue;
    std::istringstream row(line);
    std::string a, b, c, ratio, sum, difference;
    row >> a >> b >> c >> ratio >> sum >> difference;
    EXPECT_EQ(to_decimal(mul_div(of(a), of(b), of(c))), ratio) << line;
    EXPECT_EQ(to_decimal(mul_div(of(b), of(a), of(c))), ratio) << line;
    const auto s = checked_add(of(a), of(b));
    EXPECT_EQ(s ? to_decimal(*s) : "-", sum) << line;
    const auto d = checked_sub(of(a), of(b));
    EXPECT_EQ(d ? to_decimal(*d) : "-", difference) << line;
    EXPECT_TRUE(saturating_add(of(a), of(b)) == s.value_or(kAmountMax));
    EXPECT_TRUE(saturating_sub(of(a), of(b)) == d.value_or(0));
    ++count;
  }
  EXPECT_EQ(count, 600);
}

TEST(Amount, DecimalTextHasOneForm) {
  for (const char* ok : {"0", "1", "10", "340282366920938463463374607431768211455"})
    EXPECT_EQ(to_decimal(of(ok)), ok);
  for (const char* bad :
       {"", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "0x10", "1e9",
        "340282366920938463463374607431768211456", "999999999999999999999999999999999999999",
        "1000000000000000000000000000000000000000", "１"}) {
    EXPECT_FALSE(parse_decimal(bad, "amount").has_value()) << bad;
  }
}

TEST(Amount, TokensHaveUpTo18Decimals) {
  const std::pair<const char*, const char*> known[] = {
      {"0", "0"},
      {"1", "1000000000000000000"},
      {"1.5", "1500000000000000000"},
      {"0.000000000000000001", "1"},
      {"340282366920938463462.374607431768211455", "340282366920938463462374607431768211455"}};
  for (const auto& [tokens, units] : known) {
    EXPECT_EQ(to_tokens(of(units)), tokens);
    const auto back = parse_tokens(tokens, "amount");
    ASSERT_TRUE(back.has_value()) << tokens;
    EXPECT_EQ(to_decimal(*back), units);
  }
  EXPECT_TRUE(parse_tokens("1.50", "amount").value() == of("1500000000000000000"));
  EXPECT_TRUE(parse_tokens("1.000", "amount").value() == kBaseUnitsPerToken);
  for (const char* bad : {"", ".", "1.", ".5", "1.0000000000000000001", "1.-5", "1.5.5", "-1",
                          "1,5", "340282366920938463463", "999999999999999999999999"}) {
    EXPECT_FALSE(parse_tokens(bad, "amount").has_value()) << bad;
  }
}

}  // namespace
}  // namespace cess
