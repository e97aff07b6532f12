// SPDX-License-Identifier: Apache-2.0
// A picture's features:
//   pdq        PDQ of the whole picture
//   inside     PDQ of what lies inside of even borders (equal to pdq where there are none)
//   keypoints  local features, at most 256
//   raster     the picture in 48 x 48 cells
//   colour, texture, shape   small descriptors
#include <algorithm>

#include "fingerprint/descriptors.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/picture.hpp"
#include "fingerprint/raster.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

Feature hash_feature(std::string name, const Pdq& p) {
  // The quality stands behind the hash: 33 bytes.
  Feature f{std::move(name), 1, 264, Bytes(p.bits.begin(), p.bits.end())};
  f.data.push_back(p.quality);
  return f;
}

/// The picture as the ISCC unit wants it; a side of less than 32 pixels is repeated up.
Gray iscc_pixels(const Gray& g) {
  if (g.width >= 32 && g.height >= 32) return reduce(g, 32, 32);
  Gray out{32, 32, Bytes(1024)};
  for (std::size_t y = 0; y < 32; ++y) {
    for (std::size_t x = 0; x < 32; ++x)
      out.pixels[y * 32 + x] = g.at(x * g.width / 32, y * g.height / 32);
  }
  return out;
}

std::uint64_t certificate_of(const Pdq& inside, const Feature& colour, const Feature& texture) {
  SimHash<1> s;
  s.add_bits(token_seed("image.pdq"), inside.bits, 4);
  // The two high bits of each colour and edge share.
  const auto add_bytes = [&s](std::string_view name, const Feature& f) {
    const std::uint64_t seed = token_seed(name);
    for (std::size_t i = 0; i < f.data.size(); ++i) s.add(seed + i * 4 + f.data[i] / 64U, 2);
  };
  add_bytes("image.colour", colour);
  add_bytes("image.texture", texture);
  return word(s);
}

}  // namespace

Result<Content> fingerprint_image(ByteView file, std::string_view type) {
  CESS_TRY_ASSIGN(const Picture picture, decode_picture(file, type));
  const Gray whole = luma_of(picture);
  const Gray small = fit(whole, kKeypointSide);
  const Rect in_small = content_of(small);
  // The same part of the whole picture.
  Rect in_whole{0, 0, whole.width, whole.height};
  if (in_small.width != small.width || in_small.height != small.height) {
    const auto up = [&](std::uint32_t v, std::uint32_t from, std::uint32_t to) {
      return static_cast<std::uint32_t>(std::uint64_t{v} * to / from);
    };
    in_whole.x = up(in_small.x, small.width, whole.width);
    in_whole.y = up(in_small.y, small.height, whole.height);
    in_whole.width = up(in_small.x + in_small.width, small.width, whole.width) - in_whole.x;
    in_whole.height = up(in_small.y + in_small.height, small.height, whole.height) - in_whole.y;
  }
  const Pdq all = pdq_of(whole);
  const bool framed = in_whole != Rect{0, 0, whole.width, whole.height};
  const Pdq inside = framed ? pdq_of(whole, in_whole) : all;
  Content c;
  c.kind = Kind::image;
  c.type = type;
  c.width = picture.full_width;
  c.height = picture.full_height;
  c.similarity = all.bits;
  c.features = {colour_feature(picture), hash_feature("inside", inside),
                keypoints_feature(find_keypoints(small)), hash_feature("pdq", all)};
  if (const auto raster = raster_of(small)) c.features.push_back(raster_feature(*raster));
  c.features.push_back(shape_feature(small));
  c.features.push_back(texture_feature(small));
  c.certificate = certificate_of(inside, c.features.front(), c.features.back());
  c.iscc = {iscc_text(IsccUnit::image, iscc_image_body(iscc_pixels(whole)), 256)};
  return c;
}

}  // namespace cess::fp
