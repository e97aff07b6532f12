// SPDX-License-Identifier: Apache-2.0
#include "economy/shares.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cess {
namespace {

Amount sum_of(Amount own, std::span<const Amount> nominators) {
  Amount total = own;
  for (const Amount n : nominators) {
    const auto sum = checked_add(total, n);
    CESS_CHECK(sum.has_value());
    total = *sum;
  }
  return total;
}

}  // namespace

Amount after_commission(Amount amount, std::uint16_t commission) {
  CESS_CHECK(commission <= kCommissionMax);
  return mul_div(amount, Amount{kCommissionMax} - commission, kCommissionMax);
}

Amount pro_rata(Amount amount, Amount share, Amount total) {
  CESS_CHECK(share <= total);
  return total == 0 ? 0 : mul_div(amount, share, total);
}

Split split_reward(Amount amount, std::uint16_t commission, Amount own,
                   std::span<const Amount> nominators) {
  const Amount total = sum_of(own, nominators);
  const Amount shared = after_commission(amount, commission);
  Split out{amount, {}};
  out.nominators.reserve(nominators.size());
  for (const Amount n : nominators) {
    out.nominators.push_back(pro_rata(shared, n, total));
    out.own -= out.nominators.back();
  }
  return out;
}

Split split_slash(Amount amount, Amount own, std::span<const Amount> nominators) {
  const Amount total = sum_of(own, nominators);
  CESS_CHECK(amount <= total);
  Split out;
  out.own = pro_rata(amount, own, total);
  out.nominators.reserve(nominators.size());
  Amount rest = amount - out.own;
  for (const Amount n : nominators) {
    out.nominators.push_back(pro_rata(amount, n, total));
    rest -= out.nominators.back();
  }
  // `rest` is below the number of parts, and amount <= total: it finds room.
  const auto fill = [&rest](Amount& part, Amount stake) {
    const Amount more = std::min(rest, stake - part);
    part += more;
    rest -= more;
  };
  fill(out.own, own);
  for (std::size_t i = 0; i < nominators.size(); ++i) fill(out.nominators[i], nominators[i]);
  CESS_CHECK(rest == 0);
  return out;
}

}  // namespace cess
