// SPDX-License-Identifier: Apache-2.0
// A picture in 48 x 48 gray cells: what two pictures are laid on each other by, where places or
// hashes say that they may be alike. Whole numbers only.
#pragma once

#include <optional>

#include "fingerprint/gray.hpp"
#include "fingerprint/irregular.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/placement.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

inline constexpr std::uint32_t kRasterSide = 48;
inline constexpr std::uint32_t kSamplesMin =
    288;  ///< half of them: a smaller overlay shows nothing

struct Raster {
  std::uint32_t width = 0;  ///< of the reduced picture that places are counted in, pixels
  std::uint32_t height = 0;
  std::array<std::uint8_t, std::size_t{kRasterSide} * kRasterSide> cells{};
};

/// From a raster's cells, in 1/256, to a position in the reduced picture of that side, and back.
inline std::int64_t place_of(std::int64_t cell256, std::uint32_t side) {
  return cell256 * side * 16 / (256 * std::int64_t{kRasterSide});
}
inline std::int64_t cell_of(std::int64_t place, std::uint32_t side) {
  // Below zero stays below zero.
  const std::int64_t up = place * 256 * std::int64_t{kRasterSide};
  return up < 0 ? -1 : up / (std::int64_t{side} * 16);
}

/// How alike two pictures are where one lies on the other.
struct Overlay {
  std::uint32_t samples = 0;  ///< of 576 spread over what lies on the other
  std::int32_t likeness = 0;  ///< correlation of the cells, percent
  std::int32_t fine = 0;      ///< the same of what differs from the surroundings
  std::uint32_t apart = 255;  ///< mean difference of the cells, gray levels
};

/// No raster for a picture with a side of less than 48 pixels.
std::optional<Raster> raster_of(const Gray& g);
/// Feature "raster": LE16 width, LE16 height, the cells by rows.
Feature raster_feature(const Raster& r);
std::optional<Raster> parse_raster(const Feature& f);

/// Two pictures to be laid on each other, again and again.
class RasterPair {
 public:
  RasterPair(const Raster& a, const Raster& b);
  /// `a` where the placement says. `keep` gets what `fine` was counted from.
  [[nodiscard]] Overlay at(const Placement& p, LaidCells* keep = nullptr) const;
  /// `fine` alone, and the samples.
  [[nodiscard]] Overlay fine_at(const Placement& p) const;
  /// The whole of `a`, turned, on the whole of `b`, whatever their shapes.
  [[nodiscard]] Overlay whole(Turn t, LaidCells* keep = nullptr) const;
  /// Moves, turns and stretches a rough placement a little, to where `fine` is greatest.
  [[nodiscard]] Placement settle(Placement p) const;

 private:
  /// 16 times each cell, and 16 times what it differs from its surroundings by.
  struct Layers {
    explicit Layers(const Raster& r);
    std::array<std::int32_t, std::size_t{kRasterSide} * kRasterSide> all{};
    std::array<std::int32_t, std::size_t{kRasterSide} * kRasterSide> fine{};
  };
  /// With `only_fine` nothing but `fine` and `samples` is reckoned.
  template <bool only_fine, class SpotAt>
  [[nodiscard]] Overlay lay(const SpotAt& spot_at, LaidCells* keep) const;
  template <bool only_fine>
  [[nodiscard]] Overlay place(const Placement& p, LaidCells* keep) const;

  std::array<std::uint32_t, 2> size_a_;
  std::array<std::uint32_t, 2> size_b_;
  Layers a_;
  Layers b_;
};

}  // namespace cess::fp
