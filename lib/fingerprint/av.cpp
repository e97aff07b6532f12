// SPDX-License-Identifier: Apache-2.0
// The one file that sees FFmpeg's headers.
#include "fingerprint/av.hpp"
#include "fingerprint/picture.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace cess::fp {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const {
    Free(&p);
  }
};
using FramePtr = std::unique_ptr<AVFrame, Freer<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, Freer<av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, Freer<avcodec_free_context>>;
using SwrPtr = std::unique_ptr<SwrContext, Freer<swr_free>>;

std::string av_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

/// A container opened from memory.
class AvFile {
 public:
  static Result<std::unique_ptr<AvFile>> open(ByteView bytes);
  AvFile(const AvFile&) = delete;
  AvFile& operator=(const AvFile&) = delete;
  ~AvFile() {
    avformat_close_input(&format_);
    if (io_ != nullptr) {
      av_freep(static_cast<void*>(&io_->buffer));
      avio_context_free(&io_);
    }
  }

  /// The best stream of that type, every other one discarded, with its decoder open; negative if
  /// none.
  Result<CodecPtr> decoder(AVMediaType type, const std::function<void(AVCodecContext&)>& settle);
  [[nodiscard]] AVFormatContext* format() const { return format_; }
  [[nodiscard]] AVStream* stream() const { return stream_; }
  /// One packet of the chosen stream; false at the end of what can be read.
  bool read(AVPacket* packet) {
    while (av_read_frame(format_, packet) >= 0) {
      if (packet->stream_index == stream_->index) return true;
      av_packet_unref(packet);
    }
    return false;
  }
  [[nodiscard]] std::uint64_t done() const { return static_cast<std::uint64_t>(at_); }

 private:
  explicit AvFile(ByteView bytes) : bytes_(bytes) {}
  static int read_bytes(void* self, std::uint8_t* out, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);

  ByteView bytes_;
  std::int64_t at_ = 0;
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  AVStream* stream_ = nullptr;
};

int AvFile::read_bytes(void* self, std::uint8_t* out, int size) {
  auto* f = static_cast<AvFile*>(self);
  const std::int64_t left = static_cast<std::int64_t>(f->bytes_.size()) - f->at_;
  const std::int64_t n = std::min<std::int64_t>(left, size);
  if (n <= 0) return AVERROR_EOF;
  std::memcpy(out, f->bytes_.data() + f->at_, static_cast<std::size_t>(n));
  f->at_ += n;
  return static_cast<int>(n);
}

std::int64_t AvFile::seek(void* self, std::int64_t offset, int whence) {
  auto* f = static_cast<AvFile*>(self);
  const auto size = static_cast<std::int64_t>(f->bytes_.size());
  std::int64_t to = offset;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      to += f->at_;
      break;
    case SEEK_END:
      to += size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (to < 0 || to > size) return AVERROR(EINVAL);
  f->at_ = to;
  return to;
}

Result<std::unique_ptr<AvFile>> AvFile::open(ByteView bytes) {
  av_log_set_level(AV_LOG_QUIET);
  std::unique_ptr<AvFile> f(new AvFile(bytes));
  constexpr int kBuffer = 64 << 10;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  if (buffer == nullptr) throw std::bad_alloc();
  f->io_ = avio_alloc_context(buffer, kBuffer, 0, f.get(), read_bytes, nullptr, seek);
  f->format_ = avformat_alloc_context();
  if (f->io_ == nullptr || f->format_ == nullptr) throw std::bad_alloc();
  f->format_->pb = f->io_;
  f->format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  AVDictionary* options = nullptr;
  // Play lists and the like would open other files; the sandbox forbids it too.
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  const int opened = avformat_open_input(&f->format_, "", nullptr, &options);
  av_dict_free(&options);
  if (opened < 0) return fail(Code::input, "not a container that can be read: " + av_text(opened));
  const int found = avformat_find_stream_info(f->format_, nullptr);
  if (found < 0) return fail(Code::input, "no stream that can be read: " + av_text(found));
  return f;
}

Result<CodecPtr> AvFile::decoder(AVMediaType type,
                                 const std::function<void(AVCodecContext&)>& settle) {
  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(format_, type, -1, -1, &codec, 0);
  if (index < 0 || codec == nullptr) return fail(Code::input, "no stream that can be decoded");
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (static_cast<int>(i) != index) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  stream_ = format_->streams[index];
  CodecPtr c(avcodec_alloc_context3(codec));
  if (!c) throw std::bad_alloc();
  if (avcodec_parameters_to_context(c.get(), stream_->codecpar) < 0) {
    return fail(Code::input, "a stream has impossible parameters");
  }
  c->thread_count = 1;
  c->flags |= AV_CODEC_FLAG_BITEXACT;
  c->idct_algo = FF_IDCT_SIMPLE;
  c->pkt_timebase = stream_->time_base;
  c->max_pixels = std::int64_t{1} << 28;
  settle(*c);
  const int opened = avcodec_open2(c.get(), codec, nullptr);
  if (opened < 0) return fail(Code::input, "its codec cannot be opened: " + av_text(opened));
  return c;
}

/// Every frame of the chosen stream. `take` returns false to stop. Damaged packets are skipped.
template <class Take>
void each_frame(AvFile& file, AVCodecContext* codec, const OnProgress& progress, const Take& take) {
  const PacketPtr packet(av_packet_alloc());
  const FramePtr frame(av_frame_alloc());
  if (!packet || !frame) throw std::bad_alloc();
  std::uint64_t told = 0;
  bool more = true;
  while (more) {
    more = file.read(packet.get());
    const int sent = avcodec_send_packet(codec, more ? packet.get() : nullptr);
    av_packet_unref(packet.get());
    if (sent < 0 && sent != AVERROR(EAGAIN) && more) continue;
    while (avcodec_receive_frame(codec, frame.get()) >= 0) {
      const bool go_on = take(*frame);
      av_frame_unref(frame.get());
      if (!go_on) return;
    }
    if (progress && file.done() > told + (1U << 20U)) {
      told = file.done();
      progress(told);
    }
  }
}

/// Any sample format and layout to mono of 16 bits at one rate; made anew when the stream changes
/// midway.
class MonoResampler {
 public:
  MonoResampler(unsigned rate_hz, const OnSamples& out)
      : rate_(static_cast<int>(rate_hz)), out_(out) {}

  void add(const AVFrame& f) {
    if (f.sample_rate <= 0 || f.ch_layout.nb_channels <= 0 || f.nb_samples <= 0) return;
    if (!swr_ || f.format != format_ || f.sample_rate != from_rate_ ||
        f.ch_layout.nb_channels != channels_) {
      finish();
      if (!begin(f)) return;
    }
    push(f.extended_data, f.nb_samples);
  }
  void finish() {
    if (swr_) push(nullptr, 0);
    swr_.reset();
  }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }

 private:
  bool begin(const AVFrame& f) {
    format_ = f.format;
    from_rate_ = f.sample_rate;
    channels_ = f.ch_layout.nb_channels;
    AVChannelLayout from{};
    AVChannelLayout mono{};
    av_channel_layout_default(&mono, 1);
    if (f.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(&from, channels_);
    } else if (av_channel_layout_copy(&from, &f.ch_layout) < 0) {
      return false;
    }
    SwrContext* made = nullptr;
    const int ok =
        swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_S16, rate_, &from,
                            static_cast<AVSampleFormat>(format_), from_rate_, 0, nullptr);
    av_channel_layout_uninit(&from);
    swr_.reset(made);
    if (ok < 0 || swr_init(swr_.get()) < 0) swr_.reset();
    return swr_ != nullptr;
  }
  void push(std::uint8_t** in, int count) {
    const int room = swr_get_out_samples(swr_.get(), count);
    if (room <= 0) return;
    buffer_.resize(static_cast<std::size_t>(room));
    auto* to = reinterpret_cast<std::uint8_t*>(buffer_.data());
    const int n = swr_convert(swr_.get(), &to, room, const_cast<const std::uint8_t**>(in), count);
    if (n <= 0) return;
    samples_ += static_cast<std::uint64_t>(n);
    out_(std::span<const std::int16_t>(buffer_.data(), static_cast<std::size_t>(n)));
  }

  int rate_;
  const OnSamples& out_;
  SwrPtr swr_;
  int format_ = -1;
  int from_rate_ = 0;
  int channels_ = 0;
  std::uint64_t samples_ = 0;
  std::vector<std::int16_t> buffer_;
};

/// Decoders of sound compute with floating point; plain code gives the same on every processor.
class PlainCode {
 public:
  PlainCode() { av_force_cpu_flags(0); }
  PlainCode(const PlainCode&) = delete;
  PlainCode& operator=(const PlainCode&) = delete;
  ~PlainCode() { av_force_cpu_flags(-1); }
};

}  // namespace

Result<SoundInfo> decode_sound(ByteView file, unsigned rate_hz, const OnSamples& samples,
                               const OnProgress& progress) {
  const PlainCode plain;
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_AUDIO, [](AVCodecContext&) {}));
  MonoResampler mono(rate_hz, samples);
  each_frame(*av, codec.get(), progress, [&](const AVFrame& f) {
    mono.add(f);
    return true;
  });
  mono.finish();
  if (mono.samples() == 0) return fail(Code::input, "its sound cannot be decoded");
  return SoundInfo{mono.samples() * 1000 / rate_hz, rate_hz};
}

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

}  // namespace cess::fp
