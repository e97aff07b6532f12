// SPDX-License-Identifier: Apache-2.0
#include "economy/price.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cess {

Amount next_price(Amount price, std::uint64_t taken_bytes, std::uint64_t offered_bytes,
                  const PriceBounds& bounds) {
  CESS_CHECK(bounds.floor <= bounds.ceiling);
  if (offered_bytes != 0) {
    // (u - 1/2)/4 = (2 taken - offered) / (8 offered); from u = 1 on it is clamped to 1/8.
    const Amount taken = std::min(taken_bytes, offered_bytes);
    const Amount offered = offered_bytes;
    if (2 * taken >= offered) {
      price = saturating_add(price, mul_div(price, 2 * taken - offered, 8 * offered));
    } else {
      price -= mul_div(price, offered - 2 * taken, 8 * offered);
    }
  }
  return std::clamp(price, bounds.floor, bounds.ceiling);
}

Amount lease_cost(Amount price, std::uint64_t bytes, std::uint64_t blocks,
                  std::uint64_t blocks_per_day) {
  CESS_CHECK(blocks_per_day != 0);
  const Amount product = Amount{bytes} * blocks;
  const Amount unit = Amount{blocks_per_day} << 30U;
  const Amount whole = mul_div(price, product, unit);
  if (whole == kAmountMax) return whole;
  // What was cut off is below `unit` < 2^94, so it survives arithmetic modulo 2^128.
  return price * product == whole * unit ? whole : saturating_add(whole, 1);
}

}  // namespace cess
