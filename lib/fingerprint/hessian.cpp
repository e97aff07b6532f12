// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/hessian.hpp"

#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

/// At `count` places side by side, where reads[k] is the first place's k-th.
CESS_FP_WIDE void responses(const std::array<const std::uint32_t*, BoxFilter::kReads>& reads,
                            double share, std::size_t count, Response* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = response_of(
        [&](std::size_t k) __attribute__((always_inline)) { return reads[k][i]; }, share);
}

}  // namespace

Combed::Combed(const Integral& sums, std::int32_t step)
    : step_(step),
      teeth_((static_cast<std::size_t>(sums.width()) + 1) / static_cast<std::size_t>(step) + 1),
      sums_(static_cast<std::size_t>(step) * teeth_ *
            (static_cast<std::size_t>(sums.height()) + 1)) {
  const auto width = static_cast<std::size_t>(sums.width()) + 1;
  const auto apart = static_cast<std::size_t>(step);
  for (std::int32_t y = 0; y <= sums.height(); ++y) {
    const std::uint32_t* const from = sums.row(y);
    std::uint32_t* const to = &sums_[static_cast<std::size_t>(y) * apart * teeth_];
    for (std::size_t c = 0; c < apart; ++c) {
      for (std::size_t x = c, i = 0; x < width; x += apart, ++i) to[c * teeth_ + i] = from[x];
    }
  }
}

void Combed::line(std::int32_t x, std::int32_t y, std::int32_t size, std::size_t count,
                  Response* out) const {
  const BoxFilter filter{size};
  std::array<const std::uint32_t*, BoxFilter::kReads> reads{};
  std::size_t n = 0;
  filter.reads([&](std::int32_t dx, std::int32_t dy) {
    const std::int32_t column = x + dx;
    const std::int32_t lane = (y + dy) * step_ + column % step_;
    reads[n++] =
        &sums_[static_cast<std::size_t>(lane) * teeth_ + static_cast<std::size_t>(column / step_)];
  });
  responses(reads, filter.share, count, out);
}

}  // namespace cess::fp
