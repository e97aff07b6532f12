// SPDX-License-Identifier: Apache-2.0
// How much is issued per era, and how it is shared among the four pools. Two curves: `halving`, the
// white paper's (7.4): half of the miners' total in the first four years, a quarter in the next
// four, and so on; `yearly`, the one of the existing network: a first year's amount, each further
// year 841/1000 of the one before to year 30, then flat. (0.841^4 = 0.5002: both halve in about
// four years.)
//
// An era's issue is a difference of cumulative sums, so eras never issue more or less than the
// curve by rounding: issue(0) + … + issue(e) = issued_before(e + 1) exactly.
#pragma once

#include <array>
#include <cstdint>

#include "economy/amount.hpp"

namespace cess {

enum class IssuanceCurve : std::uint8_t { halving, yearly };
inline constexpr std::array kIssuanceCurveNames = {"halving", "yearly"};
constexpr auto& record_names(IssuanceCurve) { return kIssuanceCurveNames; }

struct Issuance {
  IssuanceCurve curve = IssuanceCurve::halving;
  Amount total = 0;       ///< halving: never passed; base units
  Amount first_year = 0;  ///< yearly
  std::uint32_t eras_per_year = 1461;
};

constexpr std::uint64_t kYearsPerHalving = 4;
constexpr std::uint64_t kYearsOfDecay = 30;
constexpr Amount kYearlyDecay = 841;  ///< per mille

/// What year `year` (0-based) issues.
Amount issued_in_year(const Issuance& spec, std::uint64_t year);
/// Sum over eras 0 to era - 1. Saturates.
Amount issued_before(const Issuance& spec, std::uint64_t era);
/// Of one era.
Amount issue(const Issuance& spec, std::uint64_t era);

/// Shares of an era's issue, in any unit; only their ratio counts.
struct PoolShares {
  std::uint32_t storage = 0;
  std::uint32_t consensus = 0;
  std::uint32_t retrieval = 0;
  std::uint32_t cache = 0;
};

/// From `early` to `late` in ten equal monthly steps; the first step is taken at `from`.
struct ShareSchedule {
  PoolShares early;
  PoolShares late;
  std::uint64_t from = 0;          ///< block height
  std::uint64_t month_blocks = 1;  ///< at least 1
};

/// In tenths of the units of the schedule.
PoolShares shares_at(const ShareSchedule& schedule, std::uint64_t height);

struct PoolAmounts {
  Amount storage = 0;
  Amount consensus = 0;
  Amount retrieval = 0;
  Amount cache = 0;
};
/// `amount` in the ratio of `shares`, rounded down; what rounding leaves goes to storage, so that
/// the four sum to `amount`. At least one share is not zero.
PoolAmounts split_issue(Amount amount, const PoolShares& shares);

}  // namespace cess
