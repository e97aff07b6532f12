// SPDX-License-Identifier: Apache-2.0
// What misbehaviour costs. The more validators offend together, the nearer it is to an attack, so
// the share grows with the number of offenders: the formulas of Web3 Foundation's slashing design
// for NPoS, with the figures that CESS uses. Pure; rounds down.
#pragma once

#include <cstdint>

#include "economy/amount.hpp"

namespace cess {

/// Out of a million.
constexpr std::uint32_t kMillion = 1'000'000;

/// Equivocation: stake · min((3x/n)², 1), of x offenders in one era out of n validators; x <= n.
/// Beyond a third of the committee everything is lost.
Amount equivocation_slash(Amount stake, std::uint32_t offenders, std::uint32_t validators);

/// Absence: base · share · min(3 (x − (n/10 + 1)) / n, 1), where share is out of a million (CESS: 5
/// % of the minimum stake). Nothing for up to a tenth of the committee and one more: single outages
/// are not an attack.
Amount absence_slash(Amount base, std::uint32_t share_ppm, std::uint32_t offenders,
                     std::uint32_t validators);

}  // namespace cess
