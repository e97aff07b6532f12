// SPDX-License-Identifier: Apache-2.0
// Money: unsigned 128-bit integers in base units, 10^18 of which are one CESS. No float, no wrap:
// every sum that could pass the type is checked, every division rounds down and its remainder is
// the caller's to account for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cess {

__extension__ typedef unsigned __int128 Amount;

constexpr Amount kBaseUnitsPerToken = 1'000'000'000'000'000'000U;
constexpr Amount kAmountMax = ~Amount{0};

/// a + b, or nullopt past the type.
constexpr std::optional<Amount> checked_add(Amount a, Amount b) {
  if (a > kAmountMax - b) return std::nullopt;
  return a + b;
}
/// a - b, or nullopt below zero.
constexpr std::optional<Amount> checked_sub(Amount a, Amount b) {
  if (b > a) return std::nullopt;
  return a - b;
}
/// a + b, at most the type's greatest value.
constexpr Amount saturating_add(Amount a, Amount b) {
  return checked_add(a, b).value_or(kAmountMax);
}
/// a - b, at least zero.
constexpr Amount saturating_sub(Amount a, Amount b) { return a > b ? a - b : 0; }
/// floor(a * b / c) with a 256-bit product; c > 0; saturates where the quotient passes the type.
Amount mul_div(Amount a, Amount b, Amount c);

/// Base units in decimal.
std::string to_decimal(Amount a);
/// Base units, decimal digits only, no leading zero.
Result<Amount> parse_decimal(std::string_view text, std::string_view what);
/// "1.5" for 1.5 · 10^18: tokens with as many decimals as needed.
std::string to_tokens(Amount a);
/// What to_tokens prints, up to 18 decimals.
Result<Amount> parse_tokens(std::string_view text, std::string_view what);

}  // namespace cess
