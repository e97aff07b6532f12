// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/picture.hpp"

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/endian.hpp"

namespace cess::fp {
namespace {

Status check_pixels(std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0) return fail(Code::input, "a picture without pixels");
  if (width * height > kPixelsMax) {
    return fail(Code::input, "a picture of " + std::to_string(width) + " x " +
                                 std::to_string(height) + " pixels is too large");
  }
  return {};
}

void put_on_white(const Bytes& rgba, Bytes& rgb) {
  rgb.resize(rgba.size() / 4 * 3);
  for (std::size_t i = 0, o = 0; i < rgba.size(); i += 4, o += 3) {
    const unsigned a = rgba[i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      rgb[o + c] = static_cast<std::uint8_t>((rgba[i + c] * a + 255U * (255U - a) + 127U) / 255U);
    }
  }
}

template <class T>
T load_exif(const std::uint8_t* p, bool big) {
  return big ? load_be<T>(p) : load_le<T>(p);
}

/// The EXIF block of a JPEG's first APP1 segment; empty if there is none.
ByteView find_exif(ByteView f) {
  std::size_t at = 2;
  while (at + 4 <= f.size() && f[at] == 0xff && f[at + 1] != 0xda) {
    const std::size_t size = load_be<std::uint16_t>(&f[at + 2]);
    if (size < 2 || at + 2 + size > f.size()) return {};
    const ByteView body = f.subspan(at + 4, size - 2);
    if (f[at + 1] == 0xe1 && body.size() > 6 && std::memcmp(body.data(), "Exif\0\0", 6) == 0) {
      return body.subspan(6);
    }
    at += 2 + size;
  }
  return {};
}

struct TjFree {
  void operator()(void* h) const { tjDestroy(h); }
};

/// The strongest reduction that leaves no side below kWorkSide.
tjscalingfactor reduction(int width, int height) {
  for (const int by : {8, 4, 2}) {
    const tjscalingfactor f{1, by};
    if (std::min(TJSCALED(width, f), TJSCALED(height, f)) >= static_cast<int>(kWorkSide)) return f;
  }
  return {1, 1};
}

void cmyk_to_rgb(const Bytes& cmyk, Bytes& rgb) {
  rgb.resize(cmyk.size() / 4 * 3);
  for (std::size_t i = 0, o = 0; i < cmyk.size(); i += 4, o += 3) {
    // Inverted, as Adobe writes them.
    for (std::size_t c = 0; c < 3; ++c) {
      rgb[o + c] = static_cast<std::uint8_t>((unsigned{cmyk[i + c]} * cmyk[i + 3] + 127U) / 255U);
    }
  }
}

}  // namespace

unsigned exif_orientation(ByteView t) {
  if (t.size() < 8) return 1;
  const bool big = t[0] == 'M';
  const std::size_t at = load_exif<std::uint32_t>(&t[4], big);
  if (at + 2 > t.size()) return 1;
  const std::size_t count = load_exif<std::uint16_t>(&t[at], big);
  for (std::size_t i = 0; i < count && at + 2 + 12 * (i + 1) <= t.size(); ++i) {
    const std::uint8_t* entry = &t[at + 2 + 12 * i];
    if (load_exif<std::uint16_t>(entry, big) != 0x0112) continue;
    const unsigned v = load_exif<std::uint16_t>(entry + 8, big);
    return v >= 1 && v <= 8 ? v : 1;
  }
  return 1;
}

void orient(Picture& p, unsigned orientation) {
  if (orientation < 2 || orientation > 8) return;
  const bool turned = orientation >= 5;
  const std::size_t w = p.width;
  const std::size_t h = p.height;
  const std::size_t to_w = turned ? h : w;
  const std::size_t to_h = turned ? w : h;
  Bytes out(p.rgb.size());
  for (std::size_t y = 0; y < to_h; ++y) {
    for (std::size_t x = 0; x < to_w; ++x) {
      std::size_t fx = turned ? y : x;
      std::size_t fy = turned ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        fx = w - 1 - fx;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        fy = h - 1 - fy;
      std::memcpy(&out[(y * to_w + x) * 3], &p.rgb[(fy * w + fx) * 3], 3);
    }
  }
  p.rgb = std::move(out);
  if (turned) {
    std::swap(p.width, p.height);
    std::swap(p.full_width, p.full_height);
  }
}

Result<Picture> decode_jpeg(ByteView file) {
  const std::unique_ptr<void, TjFree> tj(tjInitDecompress());
  if (!tj) return fail(Code::system, "cannot start the jpeg decoder");
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int space = 0;
  if (tjDecompressHeader3(tj.get(), file.data(), file.size(), &width, &height, &subsampling,
                          &space) != 0) {
    return fail(Code::input, std::string("not a jpeg picture: ") + tjGetErrorStr2(tj.get()));
  }
  CESS_TRY(check_pixels(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height)));
  const tjscalingfactor by = reduction(width, height);
  const bool cmyk = space == TJCS_CMYK || space == TJCS_YCCK;
  const int format = cmyk ? TJPF_CMYK : TJPF_RGB;
  const int w = TJSCALED(width, by);
  const int h = TJSCALED(height, by);
  Picture p;
  p.full_width = static_cast<std::uint32_t>(width);
  p.full_height = static_cast<std::uint32_t>(height);
  p.width = static_cast<std::uint32_t>(w);
  p.height = static_cast<std::uint32_t>(h);
  Bytes pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * (cmyk ? 4 : 3));
  // The whole-number transform is the same with and without processor-specific code.
  if (tjDecompress2(tj.get(), file.data(), file.size(), pixels.data(), w, 0, h, format,
                    TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0) {
    const std::string why = tjGetErrorStr2(tj.get());
    const bool cut = why.find("Premature") != std::string::npos;
    if (cut || tjGetErrorCode(tj.get()) != TJERR_WARNING) {
      return fail(Code::input, "a damaged jpeg picture: " + why);
    }
  }
  if (cmyk) {
    cmyk_to_rgb(pixels, p.rgb);
  } else {
    p.rgb = std::move(pixels);
  }
  orient(p, exif_orientation(find_exif(file)));
  return p;
}

Result<Picture> decode_png(ByteView file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) {
    return fail(Code::input, std::string("not a png picture: ") + image.message);
  }
  Picture p;
  if (const Status ok = check_pixels(image.width, image.height); !ok) {
    png_image_free(&image);
    return tl::unexpected<Error>(ok.error());
  }
  p.width = p.full_width = image.width;
  p.height = p.full_height = image.height;
  image.format = PNG_FORMAT_RGB;
  p.rgb.resize(std::size_t{p.width} * p.height * 3);
  const png_color white{255, 255, 255};
  if (png_image_finish_read(&image, &white, p.rgb.data(), 0, nullptr) == 0) {
    return fail(Code::input, std::string("a damaged png picture: ") + image.message);
  }
  return p;
}

Result<Picture> decode_webp(ByteView file) {
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) {
    return fail(Code::input, "not a webp picture");
  }
  CESS_TRY(check_pixels(static_cast<std::uint64_t>(features.width),
                        static_cast<std::uint64_t>(features.height)));
  ByteView still = file;
  WebPIterator frame{};
  WebPDemuxer* demuxer = nullptr;
  if (features.has_animation != 0) {
    const WebPData data{file.data(), file.size()};
    demuxer = WebPDemux(&data);
    if (demuxer != nullptr && WebPDemuxGetFrame(demuxer, 1, &frame) != 0) {
      still = ByteView(frame.fragment.bytes, frame.fragment.size);
    }
  }
  int w = 0;
  int h = 0;
  Picture p;
  if (WebPGetInfo(still.data(), still.size(), &w, &h) != 0 && w > 0 && h > 0) {
    Bytes rgba(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * 4);
    if (WebPDecodeRGBAInto(still.data(), still.size(), rgba.data(), rgba.size(), w * 4) !=
        nullptr) {
      p.width = p.full_width = static_cast<std::uint32_t>(w);
      p.height = p.full_height = static_cast<std::uint32_t>(h);
      put_on_white(rgba, p.rgb);
    }
  }
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  if (p.rgb.empty()) return fail(Code::input, "a damaged webp picture");
  return p;
}

Result<Picture> decode_picture(ByteView file, std::string_view type) {
  if (type == "image/jpeg") return decode_jpeg(file);
  if (type == "image/png") return decode_png(file);
  if (type == "image/webp") return decode_webp(file);
  Result<Picture> p = decode_still(file);
  // Debian 12's FFmpeg finds no stream in what telephones write.
  if (!p && type == "image/heic")
    return fail(Code::input, "this system's FFmpeg cannot read this HEIC: " + p.error().message);
  return p;
}

}  // namespace cess::fp
