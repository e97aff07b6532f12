// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// cess.fingerprint/1 in both forms, detection, and the fields that we read in media ourselves: what
// parses is what was written, and a picture's raster lies on any other without leaving it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fingerprint/encoding.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/picture.hpp"
#include "fingerprint/raster.hpp"
#include "fingerprint/sound_part.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView bytes(data, size);
  (void)fp::detect(bytes);
  if (const unsigned o = fp::exif_orientation(bytes); o < 1 || o > 8) std::abort();
  const fp::Feature cells{"raster", 1, 8, Bytes(bytes.begin(), bytes.end())};
  if (const auto r = fp::parse_raster(cells)) {
    if (fp::raster_feature(*r).data != cells.data) std::abort();
    fp::Placement p;
    p.bx = bytes[4] * 64 - 8192;
    p.xy = bytes[5] * 8 - 1024;
    p.yx = bytes[6] * 8 - 1024;
    p.mirrored = bytes[7] % 2 == 1;
    const fp::RasterPair pair(*r, *r);
    fp::LaidCells laid;
    if (pair.at(pair.settle(p)).fine < pair.at(p, &laid).fine) std::abort();
    // On itself, whatever is left is alike.
    (void)pair.whole(fp::Turn::none, &laid);
    if (const auto left = fp::irregular_percent(laid); left != 0 && left < 99) std::abort();
  }
  if (const auto f = fp::parse_fingerprint(bytes)) {
    const Bytes again = fp::encode_fingerprint(*f);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
    const auto line = fp::parse_fingerprint_json(write_json(fp::fingerprint_json(*f)), "line");
    if (!line || *line != *f) std::abort();
    // As parts of a film: whatever they say, the film keeps the limits (checked when written).
    const std::array parts{f->content, f->content};
    if (auto film = fp::join_film(parts)) {
      if (film->kind != fp::Kind::video) std::abort();
      fp::add_sound(*film, f->content);
      if (!fp::add_sound_units(*film, f->content)) return 0;
      if (fp::check_content(*film)) (void)fp::encode_content(*film);
    }
    if (const auto sound = fp::join_sound(parts, "audio/ogg"); sound && !fp::check_content(*sound))
      std::abort();
  }
  if (const auto f = fp::parse_fingerprint_json(as_text(bytes), "line")) {
    if (fp::parse_fingerprint(fp::encode_fingerprint(*f)).value() != *f) std::abort();
  }
  return 0;
}
