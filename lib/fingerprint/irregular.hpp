// SPDX-License-Identifier: Apache-2.0
// Whether two pictures that lie on each other agree in more than what many pictures have in common:
// a round thing on plain ground, stripes, a frame, a horizon (decision 1672). Whole numbers only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cess::fp {

/// The cells of two pictures where the one lies on the other, at samples spread over one of them:
/// what each differs from its surroundings by.
struct LaidCells {
  static constexpr std::size_t kSide = 24;
  std::array<std::int32_t, kSide * kSide> a{};
  std::array<std::int32_t, kSide * kSide> b{};
  std::array<bool, kSide * kSide> in{};  ///< it lies in both
  std::uint32_t width = 1;               ///< of the picture that the samples are spread over
  std::uint32_t height = 1;
};

/// Correlation, percent, of what is left of both without what is alike all around one centre (that
/// which explains most) and without what is alike all along rows and columns. 0 where nothing is.
std::int32_t irregular_percent(LaidCells cells);

}  // namespace cess::fp
