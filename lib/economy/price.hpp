// SPDX-License-Identifier: Apache-2.0
// The price of leased space: one for the whole network, in base units per GiB and day, that moves
// once an era with the share of the space that is taken. Pure integer arithmetic.
#pragma once

#include <cstdint>

#include "economy/amount.hpp"

namespace cess {

/// Where a price may be.
struct PriceBounds {
  Amount floor = 0;
  Amount ceiling = kAmountMax;
};

/// The next era's price: price · (1 + clamp((u − 1/2)/4, ±1/8)) with u = taken/offered, inside the
/// bounds. The step is rounded toward zero. Nothing offered: the price stays (inside the bounds).
Amount next_price(Amount price, std::uint64_t taken_bytes, std::uint64_t offered_bytes,
                  const PriceBounds& bounds);

/// Base units for `bytes` over `blocks` blocks, rounded up:
/// price · bytes/2^30 · blocks/blocks_per_day. Saturates. blocks_per_day < 2^64, not 0.
Amount lease_cost(Amount price, std::uint64_t bytes, std::uint64_t blocks,
                  std::uint64_t blocks_per_day);

}  // namespace cess
