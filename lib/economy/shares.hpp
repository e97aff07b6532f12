// SPDX-License-Identifier: Apache-2.0
// Splitting money among those who stand behind a validator, to the last unit. Every share is
// rounded down; what is left over belongs to the validator. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "economy/amount.hpp"

namespace cess {

/// Commission and shares are out of 10000.
constexpr std::uint16_t kCommissionMax = 10'000;

/// What of `amount` is the nominators' as a whole: amount less commission, both rounded so that the
/// validator gets the remainder.
Amount after_commission(Amount amount, std::uint16_t commission);
/// floor(amount · share / total); share <= total; 0 if total is 0.
Amount pro_rata(Amount amount, Amount share, Amount total);

/// `amount` split over own and the nominators' stakes. own + sum(nominators) fits the type.
struct Split {
  Amount own = 0;                  ///< with commission and all remainders
  std::vector<Amount> nominators;  ///< in the order given
};
/// The parts add up to `amount`; with no stake at all everything is the validator's.
Split split_reward(Amount amount, std::uint16_t commission, Amount own,
                   std::span<const Amount> nominators);
/// The parts add up to `amount` <= own + sum(nominators), no part exceeds its stake: the remainder
/// of the roundings falls on own, then on nominators in order, each within its stake.
Split split_slash(Amount amount, Amount own, std::span<const Amount> nominators);

}  // namespace cess
