// SPDX-License-Identifier: Apache-2.0
// Where one picture lies in another.
#pragma once

#include <cstdint>

namespace cess::fp {

/// From a position in one reduced picture to that in another, in 1/16 pixel:
/// to = b + m · (from - a), where m is in 2^-10. With `mirrored`, the other's x runs from the right
/// end of a picture of kKeypointSide.
struct Placement {
  std::int64_t ax = 0, ay = 0, bx = 0, by = 0;
  std::int64_t xx = 1024, xy = 0, yx = 0, yy = 1024;
  bool mirrored = false;
};

}  // namespace cess::fp
