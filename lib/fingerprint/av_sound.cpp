// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/av.hpp"
#include "fingerprint/av_file.hpp"

extern "C" {
#include <libavutil/common.h>
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <deque>
#include <numeric>
#include <vector>

#include "base/check.hpp"

namespace cess::fp {
namespace {

/// Of the filter, at the lower rate. The library's own 32 take longer and change no bit that
/// counts.
constexpr int kResampleTaps = 16;

using TakeSamples = std::function<bool(std::span<const std::int16_t>)>;
using SwrPtr = std::unique_ptr<SwrContext, Freer<swr_free>>;

/// Any sample format and layout to mono of 16 bits at one rate; made anew when the stream changes
/// midway.
class MonoResampler {
 public:
  MonoResampler(unsigned rate_hz, const TakeSamples& out)
      : rate_(static_cast<int>(rate_hz)), out_(out) {}

  /// From the frame's sample `from` on. False if no more is wanted.
  bool add(const AVFrame& f, int from = 0) {
    if (f.sample_rate <= 0 || f.ch_layout.nb_channels <= 0 || f.nb_samples <= from) return wanted_;
    if (!swr_ || f.format != format_ || f.sample_rate != from_rate_ ||
        f.ch_layout.nb_channels != channels_) {
      finish();
      if (!begin(f)) return wanted_;
    }
    const auto format = static_cast<AVSampleFormat>(f.format);
    const bool planar = av_sample_fmt_is_planar(format) != 0;
    const int planes = planar ? channels_ : 1;
    planes_.assign(f.extended_data, f.extended_data + planes);
    for (std::uint8_t*& plane : planes_)
      plane += static_cast<std::ptrdiff_t>(from) * av_get_bytes_per_sample(format) *
               (planar ? 1 : channels_);
    push(planes_.data(), f.nb_samples - from);
    return wanted_;
  }
  void finish() {
    if (swr_) push(nullptr, 0);
    swr_.reset();
  }

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
    if (ok < 0 || av_opt_set_sample_fmt(made, "internal_sample_fmt", AV_SAMPLE_FMT_S16P, 0) < 0 ||
        av_opt_set_int(made, "filter_size", kResampleTaps, 0) < 0 || swr_init(made) < 0)
      swr_.reset();
    return swr_ != nullptr;
  }
  void push(std::uint8_t** in, int count) {
    const int room = swr_get_out_samples(swr_.get(), count);
    if (room <= 0) return;
    buffer_.resize(static_cast<std::size_t>(room));
    auto* to = reinterpret_cast<std::uint8_t*>(buffer_.data());
    const int n = swr_convert(swr_.get(), &to, room, const_cast<const std::uint8_t**>(in), count);
    if (n <= 0) return;
    wanted_ =
        wanted_ && out_(std::span<const std::int16_t>(buffer_.data(), static_cast<std::size_t>(n)));
  }

  int rate_;
  const TakeSamples& out_;
  SwrPtr swr_;
  int format_ = -1;
  int from_rate_ = 0;
  int channels_ = 0;
  bool wanted_ = true;
  std::vector<std::uint8_t*> planes_;
  std::vector<std::int16_t> buffer_;
};

/// Decoders of sound compute with floating point, and each set of instructions adds up in an order
/// of its own: what every processor of the family has gives the same on all of them.
class CommonCode {
 public:
  CommonCode() { use(); }
  CommonCode(const CommonCode&) = delete;
  CommonCode& operator=(const CommonCode&) = delete;
  ~CommonCode() { av_force_cpu_flags(-1); }
  static void use() {
#ifdef __x86_64__
    av_force_cpu_flags(AV_CPU_FLAG_CMOV | AV_CPU_FLAG_MMX | AV_CPU_FLAG_MMXEXT | AV_CPU_FLAG_SSE |
                       AV_CPU_FLAG_SSE2);
#else
    av_force_cpu_flags(0);
#endif
  }
};

/// Lossless decoders compute with whole numbers: all of the processor, for their start alone.
class AllCode {
 public:
  explicit AllCode(bool all) {
    if (all) av_force_cpu_flags(-1);
  }
  AllCode(const AllCode&) = delete;
  AllCode& operator=(const AllCode&) = delete;
  ~AllCode() { CommonCode::use(); }
};

bool is_lossless(const AVStream& stream) {
  const AVCodecDescriptor* d = avcodec_descriptor_get(stream.codecpar->codec_id);
  return d != nullptr && (d->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
         (d->props & AV_CODEC_PROP_LOSSY) == 0;
}

Result<CodecPtr> sound_decoder(AvFile& av) {
  CESS_TRY(av.choose(AVMEDIA_TYPE_AUDIO));
  const AllCode all(is_lossless(*av.stream()));
  return av.decoder(AVMEDIA_TYPE_AUDIO);
}

/// A place in a sound, counted in the samples of its track and told in those of `rate_hz`.
class SoundPlace {
 public:
  SoundPlace(unsigned rate_hz, std::uint64_t samples, int rate)
      : rate_hz_(rate_hz), samples_(samples), rate_(static_cast<unsigned>(rate)) {}
  void add(const AVFrame& f) {
    if (f.sample_rate <= 0 || f.nb_samples <= 0) return;
    if (static_cast<unsigned>(f.sample_rate) != rate_) {
      before_ = at();
      samples_ = 0;
      rate_ = static_cast<unsigned>(f.sample_rate);
    }
    samples_ += static_cast<unsigned>(f.nb_samples);
  }
  /// The first sample of `rate_hz` that is not before the place.
  [[nodiscard]] std::uint64_t at() const {
    return before_ + (samples_ * rate_hz_ + rate_ - 1) / rate_;
  }

 private:
  unsigned rate_hz_;
  std::uint64_t before_ = 0;
  std::uint64_t samples_;
  unsigned rate_;
};

/// What a part wants to hear of what comes before it, beside what its decoder keeps.
constexpr std::int64_t kSecondsBefore = 2;

/// The last packets before a part, as long as is wanted of them.
class PacketsBefore {
 public:
  explicit PacketsBefore(const AVStream& stream)
      : codec_(stream.codecpar->codec_id),
        wanted_(av_rescale_q(kSecondsBefore, AVRational{1, 1}, stream.time_base)) {}
  void keep(AVPacket* packet) {
    PacketPtr kept(av_packet_alloc());
    if (!kept) throw std::bad_alloc();
    av_packet_move_ref(kept.get(), packet);
    length_ += length_of(*kept);
    bytes_ += kept->size;
    packets_.push_back(std::move(kept));
    while (packets_.size() > 1 && (length_ - length_of(*packets_.front()) >= wanted_ ||
                                   packets_.size() > kPacketsMax || bytes_ > kBytesMax)) {
      length_ -= length_of(*packets_.front());
      bytes_ -= packets_.front()->size;
      if (is_header(*packets_.front())) {
        if (headers_.size() == kHeadersMax) headers_.pop_front();
        headers_.push_back(std::move(packets_.front()));
      }
      packets_.pop_front();
    }
  }
  [[nodiscard]] const std::deque<PacketPtr>& packets() const { return packets_; }
  /// The last ones before them that tell the decoder anew what the packets after them are, as in
  /// chained Ogg files.
  [[nodiscard]] const std::deque<PacketPtr>& headers() const { return headers_; }

 private:
  [[nodiscard]] bool is_header(const AVPacket& p) const {
    // Vorbis has three, and all of them are odd (specification, 4.2.1).
    if (codec_ == AV_CODEC_ID_VORBIS && p.size > 0 && (p.data[0] & 1U) != 0) return true;
    return av_packet_get_side_data(&p, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr ||
           av_packet_get_side_data(&p, AV_PKT_DATA_PARAM_CHANGE, nullptr) != nullptr;
  }
  static constexpr std::size_t kHeadersMax = 3;
  static constexpr std::size_t kPacketsMax = 1024;
  static constexpr std::int64_t kBytesMax = std::int64_t{16} << 20;
  static std::int64_t length_of(const AVPacket& p) {
    return std::clamp<std::int64_t>(p.duration, 0, std::int64_t{1} << 40);
  }

  AVCodecID codec_;
  std::int64_t wanted_;
  std::int64_t length_ = 0;
  std::int64_t bytes_ = 0;
  std::deque<PacketPtr> packets_;
  std::deque<PacketPtr> headers_;
};

/// Which sample of its track a packet begins with, by its stamp; `least` where it has none.
std::uint64_t sample_of(const AVPacket& packet, const AVStream& stream, int rate,
                        std::uint64_t least) {
  const std::int64_t stamp = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
  const std::int64_t start = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
  constexpr std::int64_t kLast = std::int64_t{1} << 44;
  if (stamp == AV_NOPTS_VALUE || stamp < start) return least;
  const std::int64_t at =
      av_rescale_q(av_sat_sub64(stamp, start), stream.time_base, AVRational{1, rate});
  return std::max(least, at < 0 || at > kLast ? 0 : static_cast<std::uint64_t>(at));
}

/// A part that is not the first: what comes before it, and where it begins.
SoundPlace start_part(const PacketsBefore& before, const AVPacket& first, const AvFile& av,
                      AVCodecContext* codec, unsigned rate_hz, const SoundWants& wants,
                      MonoResampler& mono) {
  const FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  std::deque<FramePtr> frames;
  std::uint64_t earlier = 0;  // samples of theirs
  const auto count = [](const FramePtr& f) -> std::uint64_t {
    return static_cast<unsigned>(std::max(0, f->nb_samples));
  };
  for (const PacketPtr& packet : before.headers())
    frames_of(codec, packet.get(), frame.get(), [](const AVFrame&) { return true; });
  for (const PacketPtr& packet : before.packets()) {
    frames_of(codec, packet.get(), frame.get(), [&](AVFrame& f) {
      FramePtr kept(av_frame_alloc());
      if (!kept) throw std::bad_alloc();
      av_frame_move_ref(kept.get(), &f);
      const auto wanted = static_cast<std::uint64_t>(kSecondsBefore) *
                          static_cast<unsigned>(std::max(0, kept->sample_rate));
      earlier += count(kept);
      frames.push_back(std::move(kept));
      // Packets that do not say how long they are may hold more than is wanted.
      while (earlier - count(frames.front()) > wanted) {
        earlier -= count(frames.front());
        frames.pop_front();
      }
      return true;
    });
  }
  // A decoder's first frame may still have the rate that the file began with.
  int rate = frames.empty() ? codec->sample_rate : frames.back()->sample_rate;
  if (rate <= 0) rate = static_cast<int>(rate_hz);
  const std::uint64_t begin = sample_of(first, *av.stream(), rate, earlier);
  // The samples of both rates fall together once in so many of the track's: there the resampler
  // must begin, or what it makes lies between the samples of the whole.
  const unsigned apart =
      static_cast<unsigned>(rate) / std::gcd(static_cast<unsigned>(rate), rate_hz);
  std::uint64_t skipped = (apart - (begin - earlier) % apart) % apart;
  if (skipped > earlier) skipped = 0;
  const SoundPlace place(rate_hz, begin, rate);
  wants.start(std::min(SoundPlace(rate_hz, begin - earlier + skipped, rate).at(), place.at()),
              place.at());
  for (const FramePtr& f : frames) {
    const auto from = static_cast<int>(std::min(skipped, count(f)));
    mono.add(*f, from);
    skipped -= static_cast<unsigned>(from);
  }
  return place;
}

}  // namespace

Status decode_sound(ByteView file, MediaPart part, unsigned rate_hz, const SoundWants& wants,
                    const OnProgress& progress) {
  CESS_CHECK(part.index < part.count);
  const CommonCode common;
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, sound_decoder(*av));
  // Packets are of the part in whose share of the file they lie, or one before them does.
  std::uint64_t farthest = 0;
  const auto reaches = [&](const AVPacket& p, unsigned index) {
    if (p.pos > 0) farthest = std::max(farthest, static_cast<std::uint64_t>(p.pos));
    return farthest >= file.size() / part.count * index;
  };
  const PacketPtr first(av_packet_alloc());
  if (!first) throw std::bad_alloc();
  PacketsBefore before(*av->stream());
  bool begun = part.index == 0;
  while (!begun && av->read(first.get())) {
    begun = reaches(*first, part.index);
    if (!begun) before.keep(first.get());
  }
  if (!begun) return {};
  const std::uint64_t done_before = part.index == 0 ? 0 : av->done();
  OnProgress own_progress;
  if (progress) {
    own_progress = [&](std::uint64_t done) { progress(done - std::min(done, done_before)); };
  }
  MonoResampler mono(rate_hz, wants.samples);
  SoundPlace place(rate_hz, 0, 1);
  if (part.index == 0) {
    wants.start(0, 0);
  } else {
    place = start_part(before, *first, *av, codec.get(), rate_hz, wants, mono);
  }
  bool ended = part.index + 1 == part.count;
  const bool whole = each_frame_from(
      first.get(), *av, codec.get(), own_progress,
      [&](const AVPacket& p) {
        if (!ended && reaches(p, part.index + 1)) {
          ended = true;
          wants.end(place.at());
        }
        return true;
      },
      [&](const AVFrame& f) {
        place.add(f);
        return mono.add(f);
      });
  if (whole) mono.finish();
  return {};
}

}  // namespace cess::fp
