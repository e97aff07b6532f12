// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/av.hpp"
#include "fingerprint/av_file.hpp"
#include "fingerprint/picture.hpp"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
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

  [[nodiscard]] unsigned at(int x, int y) const {
    const std::uint8_t* p = data + (y >> log2_h) * line + std::ptrdiff_t{x >> log2_w} * step;
    unsigned v = *p;
    if (depth + shift > 8) v |= unsigned{p[1]} << 8U;
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
                                       AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_BAYER |
                                       AV_PIX_FMT_FLAG_FLOAT;
    palette_ = (d_->flags & AV_PIX_FMT_FLAG_PAL) != 0;
    rgb_ = (d_->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    ok_ = (d_->flags & kForeign) == 0 && f.width > 0 && f.height > 0;
    if (palette_) return;
    for (int i = 0; i < d_->nb_components && i < 4; ++i) {
      const AVComponentDescriptor& c = d_->comp[i];
      Plane& p = planes_[static_cast<std::size_t>(i)];
      p = {f.data[c.plane] + c.offset, f.linesize[c.plane], c.step, c.shift, c.depth, 0, 0};
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
  [[nodiscard]] unsigned luma(int x, int y) const { return planes_[0].at(x, y); }
  void pixel(int x, int y, std::uint8_t* out) const {
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
  bool palette_ = false;
  bool rgb_ = false;
  bool ok_ = false;
};

}  // namespace

Result<Picture> decode_still(ByteView file) {
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_VIDEO, [](AVCodecContext&) {}));
  Picture p;
  each_frame(*av, codec.get(), {}, [&](const AVFrame& f) {
    const FrameReader reader(f);
    if (!reader.ok()) return true;
    p.width = p.full_width = static_cast<std::uint32_t>(f.width);
    p.height = p.full_height = static_cast<std::uint32_t>(f.height);
    p.rgb.resize(std::size_t{p.width} * p.height * 3);
    for (int y = 0; y < f.height; ++y) {
      for (int x = 0; x < f.width; ++x) {
        reader.pixel(
            x, y,
            &p.rgb[(static_cast<std::size_t>(y) * p.width + static_cast<std::size_t>(x)) * 3]);
      }
    }
    return false;
  });
  if (p.rgb.empty()) return fail(Code::input, "no picture that can be decoded");
  return p;
}

namespace {

/// The luma of a frame; for formats of colour planes, made from them.
Gray luma_of_frame(const AVFrame& f, const FrameReader& reader) {
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

std::uint64_t ms_of(std::int64_t stamp, AVRational base) {
  const std::int64_t ms = av_rescale_q(stamp, base, AVRational{1, 1000});
  return ms < 0 ? 0 : static_cast<std::uint64_t>(ms);
}

}  // namespace

Result<FilmInfo> decode_film(ByteView file, std::uint64_t interval_ms, const OnFrame& frames,
                             const OnProgress& progress) {
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_VIDEO, [](AVCodecContext& c) {
    // Hashes bear what is left out: a fifth less time.
    c.skip_frame = AVDISCARD_NONREF;
    c.skip_loop_filter = AVDISCARD_ALL;
    c.flags2 |= AV_CODEC_FLAG2_FAST;
  }));
  FilmInfo info;
  const AVStream* stream = av->stream();
  const std::int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
  std::uint64_t next_ms = 0;
  std::uint64_t last_ms = 0;
  bool any = false;
  each_frame(*av, codec.get(), progress, [&](const AVFrame& f) {
    const std::int64_t stamp = f.best_effort_timestamp;
    const std::uint64_t ms =
        stamp == AV_NOPTS_VALUE ? last_ms + 40 : ms_of(stamp - start, stream->time_base);
    last_ms = std::max(last_ms, ms);
    if (any && ms < next_ms) return true;
    const FrameReader reader(f);
    if (!reader.ok()) return true;
    any = true;
    next_ms = (ms / interval_ms + 1) * interval_ms;
    info.width = static_cast<std::uint32_t>(f.width);
    info.height = static_cast<std::uint32_t>(f.height);
    frames(ms, luma_of_frame(f, reader));
    return true;
  });
  if (!any) return fail(Code::input, "its pictures cannot be decoded");
  info.duration_ms = last_ms;
  if (av->format()->duration > 0) {
    info.duration_ms = std::max<std::uint64_t>(
        last_ms, ms_of(av->format()->duration, AVRational{1, AV_TIME_BASE}));
  }
  return info;
}

namespace {

/// Quarter turns clockwise that make a track's frames upright.
unsigned upright_turns(const AVStream* stream) {
  std::size_t size = 0;
  const auto* side = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (side == nullptr || size < 9 * sizeof(std::int32_t)) return 0;
  std::array<std::int32_t, 9> matrix{};
  std::memcpy(matrix.data(), side, sizeof(matrix));
  const double degrees = -av_display_rotation_get(matrix.data());
  if (std::isnan(degrees)) return 0;
  return static_cast<unsigned>(std::lround(degrees / 90) % 4 + 4) % 4;
}

Gray turned_once(const Gray& g) {
  Gray out{g.height, g.width, Bytes(g.pixels.size())};
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x)
      out.pixels[y * out.width + x] = g.at(y, g.height - 1 - x);
  }
  return out;
}

/// The luma in 8 bits as the film has it, in the range from 16 to 235 if it has colour planes.
Gray coded_luma(const AVFrame& f, const FrameReader& reader) {
  Gray g = luma_of_frame(f, reader);
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

}  // namespace

Status decode_film_at_rate(ByteView file, int per_second,
                           const std::function<void(const Gray&)>& take) {
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_VIDEO, [](AVCodecContext&) {}));
  const AVStream* stream = av->stream();
  const AVRational slots{1, per_second};
  // Its program counts from the first stamp of any track, in microseconds.
  const std::int64_t first =
      av->format()->start_time == AV_NOPTS_VALUE ? 0 : av->format()->start_time;
  const std::int64_t start = av_rescale_q(first, AVRational{1, AV_TIME_BASE}, stream->time_base);
  const auto slot_of = [&](std::int64_t stamp) {
    return av_rescale_q_rnd(stamp - start, stream->time_base, slots, AV_ROUND_NEAR_INF);
  };
  const unsigned turns = upright_turns(stream);
  const FramePtr kept(av_frame_alloc());
  if (!kept) throw std::bad_alloc();
  std::int64_t kept_slot = 0;
  std::int64_t end = 0;
  bool any = false;
  const auto give = [&] {
    const FrameReader reader(*kept);
    if (!reader.ok()) return;
    any = true;
    Gray luma = coded_luma(*kept, reader);
    for (unsigned i = 0; i < turns; ++i) luma = turned_once(luma);
    take(luma);
  };
  each_frame(*av, codec.get(), {}, [&](const AVFrame& f) {
    std::int64_t stamp = f.best_effort_timestamp;
    if (stamp == AV_NOPTS_VALUE) stamp = end;
    const std::int64_t slot = slot_of(stamp);
    // Of a slot the last frame; of frames that go back in time the later one.
    if (kept->data[0] != nullptr && slot > kept_slot) give();
    kept_slot = kept->data[0] != nullptr ? std::max(slot, kept_slot) : slot;
    av_frame_unref(kept.get());
    if (av_frame_ref(kept.get(), &f) < 0) throw std::bad_alloc();
    std::int64_t lasts = f.pkt_duration;
    if (lasts <= 0 && stream->avg_frame_rate.num > 0)
      lasts = av_rescale_q(1, av_inv_q(stream->avg_frame_rate), stream->time_base);
    end = stamp + lasts;
    return true;
  });
  // The last one's slot may begin when the film has ended.
  if (kept->data[0] != nullptr && (slot_of(end) > kept_slot || !any)) give();
  if (!any) return fail(Code::input, "its pictures cannot be decoded");
  return {};
}

}  // namespace cess::fp
