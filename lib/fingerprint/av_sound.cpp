// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/av.hpp"
#include "fingerprint/av_file.hpp"

extern "C" {
#include <libavutil/cpu.h>
#include <libswresample/swresample.h>
}

#include <vector>

namespace cess::fp {
namespace {

using SwrPtr = std::unique_ptr<SwrContext, Freer<swr_free>>;

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
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_AUDIO));
  MonoResampler mono(rate_hz, samples);
  each_frame(*av, codec.get(), progress, [&](const AVFrame& f) {
    mono.add(f);
    return true;
  });
  mono.finish();
  if (mono.samples() == 0) return fail(Code::input, "its sound cannot be decoded");
  return SoundInfo{mono.samples() * 1000 / rate_hz, rate_hz};
}

}  // namespace cess::fp
