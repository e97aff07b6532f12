// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/av_frame.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cstring>

namespace cess::fp {
namespace {

/// One pixel's component in 8 bits, whatever the format packs it into.
struct Plane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t line = 0;
  int step = 1;
  int shift = 0;
  int depth = 8;
  int log2_w = 0;
  int log2_h = 0;
  bool big_endian = false;

  [[nodiscard]] unsigned at(int x, int y) const {
    const std::uint8_t* p = data + (y >> log2_h) * line + std::ptrdiff_t{x >> log2_w} * step;
    unsigned v = *p;
    if (depth + shift > 8) v = big_endian ? v << 8U | p[1] : v | unsigned{p[1]} << 8U;
    v = (v >> static_cast<unsigned>(shift)) & ((1U << static_cast<unsigned>(depth)) - 1U);
    return depth > 8 ? v >> static_cast<unsigned>(depth - 8) : v;
  }
};

/// Turns frames of the common formats into red, green and blue.
class FrameReader {
 public:
  explicit FrameReader(const AVFrame& f)
      : f_(f), d_(av_pix_fmt_desc_get(static_cast<AVPixelFormat>(f.format))) {
    if (d_ == nullptr) return;
    constexpr std::uint64_t kForeign = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM |
                                       AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
    bits_ = f.format == AV_PIX_FMT_MONOWHITE || f.format == AV_PIX_FMT_MONOBLACK;
    if (bits_) {
      ok_ = f.data[0] != nullptr && f.width > 0 && f.height > 0;
      return;
    }
    palette_ = (d_->flags & AV_PIX_FMT_FLAG_PAL) != 0;
    rgb_ = (d_->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    ok_ = (d_->flags & kForeign) == 0 && f.width > 0 && f.height > 0;
    if (palette_) return;
    for (int i = 0; i < d_->nb_components && i < 4; ++i) {
      const AVComponentDescriptor& c = d_->comp[i];
      Plane& p = planes_[static_cast<std::size_t>(i)];
      p = {f.data[c.plane] + c.offset, f.linesize[c.plane], c.step, c.shift, c.depth};
      p.big_endian = (d_->flags & AV_PIX_FMT_FLAG_BE) != 0;
      if (f.data[c.plane] == nullptr || c.depth > 16 || c.depth + c.shift > 16) ok_ = false;
      if ((i == 1 || i == 2) && !rgb_) {
        p.log2_w = d_->log2_chroma_w;
        p.log2_h = d_->log2_chroma_h;
      }
    }
    if (d_->nb_components > 0 && planes_[0].depth < 8) ok_ = false;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  /// The first component, in 8 bits.
  [[nodiscard]] unsigned luma(int x, int y) const {
    return bits_ ? bit(x, y) : planes_[0].at(x, y);
  }
  void pixel(int x, int y, std::uint8_t* out) const {
    if (bits_) {
      std::fill_n(out, 3, bit(x, y));
      return;
    }
    if (palette_) {
      const std::uint8_t index = f_.data[0][y * f_.linesize[0] + x];
      const std::uint8_t* c = f_.data[1] + 4 * index;  // blue, green, red, alpha
      const unsigned a = c[3];
      for (std::size_t i = 0; i < 3; ++i) out[i] = on_white(c[2 - i], a);
      return;
    }
    const bool alpha = (d_->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    const unsigned a =
        alpha ? planes_[static_cast<std::size_t>(d_->nb_components - 1)].at(x, y) : 255;
    std::array<unsigned, 3> c{};
    const int colours = d_->nb_components - (alpha ? 1 : 0);
    for (std::size_t i = 0; i < 3; ++i) c[i] = planes_[colours >= 3 ? i : 0].at(x, y);
    if (!rgb_ && colours >= 3) c = from_yuv(c);
    for (std::size_t i = 0; i < 3; ++i) out[i] = on_white(c[i], a);
  }

 private:
  static std::uint8_t on_white(unsigned v, unsigned alpha) {
    return static_cast<std::uint8_t>((v * alpha + 255U * (255U - alpha) + 127U) / 255U);
  }
  /// Scanners' black and white, eight pixels in a byte.
  [[nodiscard]] std::uint8_t bit(int x, int y) const {
    const unsigned byte = f_.data[0][std::ptrdiff_t{y} * f_.linesize[0] + x / 8];
    const bool set = ((byte >> (7U - static_cast<unsigned>(x) % 8U)) & 1U) != 0;
    return set == (f_.format == AV_PIX_FMT_MONOBLACK) ? 255 : 0;
  }
  /// Rec. 601 in 1/65536; the range as the frame says.
  [[nodiscard]] std::array<unsigned, 3> from_yuv(const std::array<unsigned, 3>& c) const {
    const bool full = f_.color_range == AVCOL_RANGE_JPEG || f_.format == AV_PIX_FMT_YUVJ420P ||
                      f_.format == AV_PIX_FMT_YUVJ422P || f_.format == AV_PIX_FMT_YUVJ444P;
    const int y = full ? static_cast<int>(c[0]) * 65536 : (static_cast<int>(c[0]) - 16) * 76309;
    const int u = static_cast<int>(c[1]) - 128;
    const int v = static_cast<int>(c[2]) - 128;
    const int r = y + (full ? 91881 : 104597) * v;
    const int g = y - (full ? 22554 : 25675) * u - (full ? 46802 : 53279) * v;
    const int b = y + (full ? 116130 : 132201) * u;
    const auto cut = [](int x) {
      return static_cast<unsigned>(std::clamp((x + 32768) >> 16, 0, 255));
    };
    return {cut(r), cut(g), cut(b)};
  }

  const AVFrame& f_;
  const AVPixFmtDescriptor* d_;
  std::array<Plane, 4> planes_{};
  bool bits_ = false;
  bool palette_ = false;
  bool rgb_ = false;
  bool ok_ = false;
};

}  // namespace

bool is_readable(const AVFrame& f) { return FrameReader(f).ok(); }

Bytes rgb_of_frame(const AVFrame& f) {
  const FrameReader reader(f);
  const auto width = static_cast<std::size_t>(f.width);
  Bytes rgb(width * static_cast<std::size_t>(f.height) * 3);
  for (int y = 0; y < f.height; ++y) {
    for (int x = 0; x < f.width; ++x)
      reader.pixel(x, y,
                   &rgb[(static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)) * 3]);
  }
  return rgb;
}

Gray luma_of_frame(const AVFrame& f) {
  const FrameReader reader(f);
  Gray g{static_cast<std::uint32_t>(f.width), static_cast<std::uint32_t>(f.height), {}};
  g.pixels.resize(std::size_t{g.width} * g.height);
  const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(f.format));
  const bool plain = (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) == 0 &&
                     d->comp[0].depth == 8 && d->comp[0].step == 1 && d->comp[0].offset == 0;
  for (int y = 0; y < f.height; ++y) {
    std::uint8_t* row = &g.pixels[static_cast<std::size_t>(y) * g.width];
    if (plain) {
      std::memcpy(row, f.data[d->comp[0].plane] + std::ptrdiff_t{y} * f.linesize[d->comp[0].plane],
                  g.width);
      continue;
    }
    for (int x = 0; x < f.width; ++x) {
      std::array<std::uint8_t, 3> c{};
      reader.pixel(x, y, c.data());
      row[x] =
          static_cast<std::uint8_t>((19595U * c[0] + 38470U * c[1] + 7471U * c[2] + 32768U) >> 16U);
    }
  }
  return g;
}

Gray coded_luma(const AVFrame& f) {
  const FrameReader reader(f);
  Gray g = luma_of_frame(f);
  const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(f.format));
  const bool rgb = (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
  if (!rgb && d->comp[0].depth == 8 && d->comp[0].step == 1) return g;
  for (int y = 0; y < f.height; ++y) {
    for (int x = 0; x < f.width; ++x) {
      std::uint8_t& p =
          g.pixels[static_cast<std::size_t>(y) * g.width + static_cast<std::size_t>(x)];
      p = static_cast<std::uint8_t>(rgb ? (p * 219U + 16U * 255U + 127U) / 255U
                                        : reader.luma(x, y));
    }
  }
  return g;
}

}  // namespace cess::fp
