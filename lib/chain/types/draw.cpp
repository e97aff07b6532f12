// SPDX-License-Identifier: Apache-2.0
#include "chain/types/draw.hpp"

#include <bit>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"

namespace cess {

DrawStream::DrawStream(const Hash256& seed, std::string_view label) : prefix_("CESS-DRAW-v1") {
  std::uint8_t size[4];
  store_le(size, static_cast<std::uint32_t>(label.size()));
  prefix_ += as_text(seed.view());
  prefix_ += as_text(size);
  prefix_ += label;
}

std::uint64_t DrawStream::next() {
  if (used_ == 4) {
    std::uint8_t i[8];
    store_le(i, counter_++);
    block_ = sha256({as_bytes(prefix_), i});
    used_ = 0;
  }
  return load_le<std::uint64_t>(block_.bytes.data() + 8 * used_++);
}

std::uint64_t DrawStream::below(std::uint64_t n) {
  CESS_CHECK(n != 0);
  const std::uint64_t mask = ~std::uint64_t{0} >> (64U - std::bit_width((n - 1) | 1U));
  for (;;) {
    const auto v = next() & mask;
    if (v < n) return v;
  }
}

Amount DrawStream::below_amount(Amount n) {
  CESS_CHECK(n != 0);
  const auto high = static_cast<std::uint64_t>((n - 1) >> 64U);
  if (high == 0) {
    if (n <= ~std::uint64_t{0}) return below(static_cast<std::uint64_t>(n));
    return next();  // n is 2^64
  }
  const std::uint64_t mask = ~std::uint64_t{0} >> (64U - std::bit_width(high));
  for (;;) {
    const auto low = next();
    const Amount v = Amount{next() & mask} << 64U | low;
    if (v < n) return v;
  }
}

std::size_t DrawStream::weighted(std::span<const Amount> weights) {
  Amount sum = 0;
  for (const auto& w : weights) {
    const auto more = checked_add(sum, w);
    CESS_CHECK(more.has_value());
    sum = *more;
  }
  Amount left = below_amount(sum);
  for (std::size_t i = 0;; ++i) {
    if (left < weights[i]) return i;
    left -= weights[i];
  }
}

std::vector<std::size_t> DrawStream::weighted_distinct(std::span<const Amount> weights,
                                                       std::size_t count) {
  std::vector<Amount> rest(weights.begin(), weights.end());
  std::size_t able = 0;
  for (const auto& w : rest) able += w != 0 ? 1 : 0;
  std::vector<std::size_t> out;
  while (out.size() < count && out.size() < able) {
    out.push_back(weighted(rest));
    rest[out.back()] = 0;
  }
  return out;
}

}  // namespace cess
