// SPDX-License-Identifier: Apache-2.0
#include "economy/amount.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace cess {
namespace {

constexpr std::uint64_t low(Amount a) { return static_cast<std::uint64_t>(a); }
constexpr std::uint64_t high(Amount a) { return static_cast<std::uint64_t>(a >> 64U); }

// a * b as four 64-bit limbs, lowest first.
std::array<std::uint64_t, 4> multiply(Amount a, Amount b) {
  const Amount ll = Amount{low(a)} * low(b);
  const Amount lh = Amount{low(a)} * high(b);
  const Amount hl = Amount{high(a)} * low(b);
  const Amount hh = Amount{high(a)} * high(b);
  const Amount middle = Amount{high(ll)} + low(lh) + low(hl);
  const Amount top = hh + high(lh) + high(hl) + high(middle);
  return {low(ll), low(middle), low(top), high(top)};
}

}  // namespace

Amount mul_div(Amount a, Amount b, Amount c) {
  CESS_CHECK(c != 0);
  const auto product = multiply(a, b);
  const Amount upper = Amount{product[3]} << 64U | product[2];
  const Amount lower = Amount{product[1]} << 64U | product[0];
  if (upper == 0) return lower / c;
  if (upper >= c) return kAmountMax;
  // Schoolbook, a bit at a time: the remainder stays below c, so the quotient fits 128 bits.
  Amount rest = upper;
  Amount quotient = 0;
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = (rest >> 127U) != 0;
    rest = rest << 1U | (lower >> static_cast<unsigned>(bit) & 1U);
    quotient <<= 1U;
    if (carry || rest >= c) {
      rest -= c;
      quotient |= 1U;
    }
  }
  return quotient;
}

std::string to_decimal(Amount a) {
  std::string out;
  do {
    out.push_back(static_cast<char>('0' + static_cast<int>(a % 10)));
    a /= 10;
  } while (a != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

Result<Amount> parse_decimal(std::string_view text, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::input, std::string(what) + ": " + std::string(why),
                std::string(text.substr(0, 60)));
  };
  if (text.empty() || text.size() > 39) return refuse("want a decimal integer of 1 to 39 digits");
  if (text.size() > 1 && text.front() == '0') return refuse("leading zero");
  Amount a = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return refuse("want decimal digits only");
    const auto digit = static_cast<unsigned>(c - '0');
    if (a > (kAmountMax - digit) / 10) return refuse("larger than 128 bits hold");
    a = a * 10 + digit;
  }
  return a;
}

std::string to_tokens(Amount a) {
  std::string out = to_decimal(a / kBaseUnitsPerToken);
  Amount rest = a % kBaseUnitsPerToken;
  if (rest == 0) return out;
  std::string fraction = to_decimal(rest);
  fraction.insert(0, 18 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return out + "." + fraction;
}

Result<Amount> parse_tokens(std::string_view text, std::string_view what) {
  const auto dot = text.find('.');
  CESS_TRY_ASSIGN(const Amount whole, parse_decimal(text.substr(0, dot), what));
  Amount fraction = 0;
  if (dot != std::string_view::npos) {
    auto digits = std::string(text.substr(dot + 1));
    if (digits.empty() || digits.size() > 18) {
      return fail(Code::input, std::string(what) + ": want 1 to 18 decimals",
                  std::string(text.substr(0, 60)));
    }
    digits.resize(18, '0');
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    CESS_TRY_ASSIGN(fraction, parse_decimal(digits, what));
  }
  const Amount limit = kAmountMax / kBaseUnitsPerToken;
  if (whole >= limit)
    return fail(Code::input, std::string(what) + ": larger than 128 bits hold", std::string(text));
  return whole * kBaseUnitsPerToken + fraction;
}

}  // namespace cess
