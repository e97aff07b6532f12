// SPDX-License-Identifier: Apache-2.0
// Where one picture lies in another.
#pragma once

#include <array>
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

/// Placements a step away: moved, larger and smaller, stretched one way, turned.
inline std::array<Placement, 12> nearby(const Placement& p, std::int64_t step) {
  std::array<Placement, 12> out;
  out.fill(p);
  out[0].bx += step * 16;
  out[1].bx -= step * 16;
  out[2].by += step * 16;
  out[3].by -= step * 16;
  const std::int64_t by = 4 * step;  // of 1024
  const auto scale = [&](Placement& q, std::int64_t x, std::int64_t y) {
    q.xx += q.xx * x / 1024, q.yx += q.yx * x / 1024;
    q.xy += q.xy * y / 1024, q.yy += q.yy * y / 1024;
  };
  scale(out[4], by, by);
  scale(out[5], -by, -by);
  scale(out[6], by, -by);
  scale(out[7], -by, by);
  const auto turn = [&](Placement& q, std::int64_t sine) {
    q.xx -= p.yx * sine / 1024, q.yx += p.xx * sine / 1024;
    q.xy -= p.yy * sine / 1024, q.yy += p.xy * sine / 1024;
  };
  turn(out[8], by);
  turn(out[9], -by);
  const auto lean = [&](Placement& q, std::int64_t much) {
    q.xx += p.xy * much / 1024, q.yx += p.yy * much / 1024;
    q.xy += p.xx * much / 1024, q.yy += p.yx * much / 1024;
  };
  lean(out[10], by);
  lean(out[11], -by);
  return out;
}

}  // namespace cess::fp
