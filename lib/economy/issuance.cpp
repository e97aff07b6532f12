// SPDX-License-Identifier: Apache-2.0
#include "economy/issuance.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cess {
namespace {

// Sum over whole years 0 to year - 1.
Amount years_before(const Issuance& spec, std::uint64_t year) {
  if (spec.curve == IssuanceCurve::halving) {
    const auto halvings = year / kYearsPerHalving;
    if (halvings >= 128) return spec.total;
    const Amount left = spec.total >> halvings;  // not yet issued when the period begins
    const Amount part = left - (left >> 1U);     // of this period
    return spec.total - left + mul_div(part, year % kYearsPerHalving, kYearsPerHalving);
  }
  Amount sum = 0;
  Amount issue = spec.first_year;
  for (std::uint64_t y = 0; y < std::min(year, kYearsOfDecay); ++y) {
    sum = saturating_add(sum, issue);
    if (y + 1 < kYearsOfDecay) issue = mul_div(issue, kYearlyDecay, 1000);
  }
  if (year <= kYearsOfDecay || issue == 0) return sum;
  const Amount flat = year - kYearsOfDecay;
  return flat > kAmountMax / issue ? kAmountMax : saturating_add(sum, flat * issue);
}

std::uint32_t step(std::uint32_t early, std::uint32_t late, std::uint64_t tenths) {
  return static_cast<std::uint32_t>(early * (10 - tenths) + late * tenths);
}

}  // namespace

Amount issued_in_year(const Issuance& spec, std::uint64_t year) {
  return years_before(spec, year + 1) - years_before(spec, year);
}

Amount issued_before(const Issuance& spec, std::uint64_t era) {
  CESS_CHECK(spec.eras_per_year > 0);
  const auto year = era / spec.eras_per_year;
  const auto within =
      mul_div(issued_in_year(spec, year), era % spec.eras_per_year, spec.eras_per_year);
  return saturating_add(years_before(spec, year), within);
}

Amount issue(const Issuance& spec, std::uint64_t era) {
  return issued_before(spec, era + 1) - issued_before(spec, era);
}

PoolShares shares_at(const ShareSchedule& s, std::uint64_t height) {
  const auto tenths =
      height < s.from ? 0 : std::min<std::uint64_t>(10, 1 + (height - s.from) / s.month_blocks);
  return {step(s.early.storage, s.late.storage, tenths),
          step(s.early.consensus, s.late.consensus, tenths),
          step(s.early.retrieval, s.late.retrieval, tenths),
          step(s.early.cache, s.late.cache, tenths)};
}

PoolAmounts split_issue(Amount amount, const PoolShares& s) {
  const Amount sum = Amount{s.storage} + s.consensus + s.retrieval + s.cache;
  CESS_CHECK(sum > 0);
  PoolAmounts out;
  out.consensus = mul_div(amount, s.consensus, sum);
  out.retrieval = mul_div(amount, s.retrieval, sum);
  out.cache = mul_div(amount, s.cache, sum);
  out.storage = amount - out.consensus - out.retrieval - out.cache;
  return out;
}

}  // namespace cess
