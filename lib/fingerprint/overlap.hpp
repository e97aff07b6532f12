// SPDX-License-Identifier: Apache-2.0
// Two pictures compared only where they lie on each other, and both in areas of one size: a
// raster's cells are larger or smaller than the other's once a picture was cropped or pasted, and
// what lies beside a pasted picture is none of it (decision 1673). Whole numbers only.
#pragma once

#include <array>
#include <cstdint>

#include "fingerprint/raster.hpp"

namespace cess::fp {

class OverlapPair {
 public:
  OverlapPair(const Raster& a, const Raster& b);
  /// `a` where the placement says. `fine` is what differs from the surroundings within the overlap.
  /// `keep` gets what it was counted from.
  [[nodiscard]] Overlay at(const Placement& p, LaidCells* keep = nullptr) const;
  /// Moves, turns and stretches a placement that is nearly right to where `fine` is greatest.
  [[nodiscard]] Placement settle(Placement p) const;

 private:
  static constexpr std::size_t kAside = std::size_t{kRasterSide} + 1;

  struct Side {
    explicit Side(const Raster& r);
    /// 16 times the mean over a box; all in 1/256 cell.
    [[nodiscard]] std::int32_t mean(std::int64_t x, std::int64_t y, std::int64_t w,
                                    std::int64_t h) const;
    std::array<std::int64_t, 2> size;
    std::array<std::int64_t, kAside * kAside> sums{};  ///< over rectangles from the corner

   private:
    [[nodiscard]] std::int64_t corner(std::int64_t x, std::int64_t y) const;
  };
  [[nodiscard]] static bool spread_over_a(const Placement& p, const Side& a, const Side& b);

  Side a_;
  Side b_;
};

}  // namespace cess::fp
