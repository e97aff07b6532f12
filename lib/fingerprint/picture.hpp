// SPDX-License-Identifier: Apache-2.0
// A decoded picture at working size: large photos are decoded reduced, since features need a few
// hundred pixels. Alpha lies on white, the camera's orientation is applied. Sandbox only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::fp {

inline constexpr std::uint64_t kPixelsMax = std::uint64_t{1} << 28U;
/// No side of a reduced picture is shorter than this.
inline constexpr std::uint32_t kWorkSide = 512;

struct Picture {
  std::uint32_t full_width = 0;  ///< of the picture as people see it
  std::uint32_t full_height = 0;
  std::uint32_t width = 0;  ///< of the pixels below
  std::uint32_t height = 0;
  Bytes rgb;  ///< width · height · 3
};

/// Decodes by media type. Code::input.
Result<Picture> decode_picture(ByteView file, std::string_view type);

/// Turns and mirrors by an EXIF orientation, 1 to 8.
void orient(Picture& p, unsigned orientation);
/// The orientation an EXIF block (from "II" or "MM" on) states; 1 if none or malformed.
unsigned exif_orientation(ByteView tiff);

/// The parts by decoder.
Result<Picture> decode_jpeg(ByteView file);
Result<Picture> decode_png(ByteView file);
Result<Picture> decode_webp(ByteView file);
/// Everything else: the first frame that FFmpeg's libraries find (av_picture.cpp).
Result<Picture> decode_still(ByteView file);

}  // namespace cess::fp
