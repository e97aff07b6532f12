// SPDX-License-Identifier: Apache-2.0
// Responses of box filters to a picture: determinants of the Hessian (Bay, Tuytelaars, Van Gool,
// SURF: Speeded Up Robust Features, 2006), for areas of one. Internal to this module.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fingerprint/gray.hpp"

namespace cess::fp {

/// The determinant of a Hessian, 0.91^2 of the mixed part taken off, in 1/64: exact in a double,
/// and so are its terms. Rounded up it is what the features' first version said in whole numbers.
using Response = double;

inline std::int64_t strength_of(Response u) {
  const auto t = static_cast<std::int64_t>(u);
  return static_cast<double>(t) < u ? t + 1 : t;
}

/// Box filters of side 3 · lobe, in sums at (dx, dy) from the place: sum(k, dx, dy).
struct BoxFilter {
  std::int32_t size;
  std::int32_t lobe = size / 3;
  std::int32_t r = size / 2;
  std::int32_t half = lobe / 2;
  std::int32_t wide = lobe - 1;  // the lobes are 2 lobe - 1 wide across
  double share = 4096.0 / (static_cast<double>(size) * static_cast<double>(size));

  /// Where the filter reads: 8 places across the second derivative down, 8 across, 16 mixed.
  static constexpr std::size_t kReads = 32;
  template <class Visit>
  void reads(const Visit& visit) const {
    for (const std::int32_t dy : {-r, -half, half + 1, r + 1}) {
      for (const std::int32_t dx : {-wide, wide + 1}) visit(dx, dy);
    }
    for (const std::int32_t dy : {-wide, wide + 1}) {
      for (const std::int32_t dx : {-r, -half, half + 1, r + 1}) visit(dx, dy);
    }
    for (const std::int32_t dy : {-lobe, 0, 1, lobe + 1}) {
      for (const std::int32_t dx : {-lobe, 0, 1, lobe + 1}) visit(dx, dy);
    }
  }
};

/// at(k) is the k-th of BoxFilter::reads.
template <class At>
__attribute__((always_inline)) inline Response response_of(const At& at, double share) {
  const auto tall = [&](std::size_t k) __attribute__((always_inline)) { return at(k + 1) - at(k); };
  const auto flat = [&](std::size_t k) __attribute__((always_inline)) {
    return (at(k + 3) - at(k)) - 3 * (at(k + 2) - at(k + 1));
  };
  const auto cross = [&](std::size_t k) __attribute__((always_inline)) {
    return (at(k + 3) - at(k + 2)) - (at(k + 1) - at(k));
  };
  const std::uint32_t yy = tall(6) - tall(0) - 3 * (tall(4) - tall(2));
  const std::uint32_t xx = flat(12) - flat(8);
  const std::uint32_t xy = cross(20) - cross(16) - cross(28) + cross(24);
  // sum · 4096 / area, cut. A quotient that is not whole is at least 1/9801 away from the next
  // whole number; the product's own error is below 2^-30.
  const auto per_area = [share](std::uint32_t sum) __attribute__((always_inline)) {
    const double q = static_cast<double>(static_cast<std::int32_t>(sum)) * share;
    return static_cast<double>(static_cast<std::int32_t>(q + (q < 0 ? -1e-6 : 1e-6)));
  };
  const double ny = per_area(yy);
  const double nx = per_area(xx);
  const double nxy = per_area(xy);
  return nx * ny - nxy * nxy * (53.0 / 64.0);
}

class Hessian {
 public:
  explicit Hessian(const Gray& g) : sums_(g) {}

  [[nodiscard]] bool fits(std::int32_t x, std::int32_t y, std::int32_t size) const {
    const std::int32_t r = size / 2 + 1;
    return x >= r && y >= r && x + r < sums_.width() && y + r < sums_.height();
  }
  [[nodiscard]] Response at(std::int32_t x, std::int32_t y, std::int32_t size) const {
    const BoxFilter f{size};
    const auto row = [&](std::int32_t dy) { return sums_.row(y + dy) + x; };
    const std::uint32_t *const a = row(-f.r), *const b = row(-f.half), *const c = row(f.half + 1),
                               *const d = row(f.r + 1), *const e = row(-f.wide),
                               *const g = row(f.wide + 1), *const h = row(-f.lobe),
                               *const i = row(0), *const j = row(1), *const k = row(f.lobe + 1);
    const std::int32_t w0 = -f.wide;
    const std::int32_t w1 = f.wide + 1;
    const std::int32_t r0 = -f.r;
    const std::int32_t r1 = -f.half;
    const std::int32_t r2 = f.half + 1;
    const std::int32_t r3 = f.r + 1;
    const std::int32_t l0 = -f.lobe;
    const std::int32_t l3 = f.lobe + 1;
    const std::array<std::uint32_t, BoxFilter::kReads> sums{
        a[w0], a[w1], b[w0], b[w1], c[w0], c[w1], d[w0], d[w1],  //
        e[r0], e[r1], e[r2], e[r3], g[r0], g[r1], g[r2], g[r3],  //
        h[l0], h[0],  h[1],  h[l3], i[l0], i[0],  i[1],  i[l3],  //
        j[l0], j[0],  j[1],  j[l3], k[l0], k[0],  k[1],  k[l3]};
    return response_of(
        [&](std::size_t n) __attribute__((always_inline)) { return sums[n]; }, f.share);
  }
  [[nodiscard]] const Integral& sums() const { return sums_; }

 private:
  Integral sums_;
};

/// The sums with columns `step` apart side by side.
class Combed {
 public:
  Combed(const Integral& sums, std::int32_t step);
  /// Responses at `count` places from (x, y) on, all of which fit.
  void line(std::int32_t x, std::int32_t y, std::int32_t size, std::size_t count,
            Response* out) const;

 private:
  std::int32_t step_;
  std::size_t teeth_;
  std::vector<std::uint32_t> sums_;
};

}  // namespace cess::fp
