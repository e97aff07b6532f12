// SPDX-License-Identifier: Apache-2.0
// A container in memory and its decoder: what the av_*.cpp share. Internal to
// this module, since it shows FFmpeg's headers.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <cstdint>
#include <memory>
#include <new>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/kinds.hpp"

namespace cess::fp {

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

  /// Takes the best stream of that type that can be decoded, and discards every other one.
  /// Code::input if there is none.
  Status choose(AVMediaType type);
  /// The same, with its decoder open.
  Result<CodecPtr> decoder(AVMediaType type);
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
  const AVCodec* codec_ = nullptr;  ///< of the stream
};

/// The frames that come out when that packet goes in; null: those that are held back. A damaged
/// packet gives none. False as soon as `take` is.
template <class Take>
bool frames_of(AVCodecContext* codec, const AVPacket* packet, AVFrame* frame, const Take& take) {
  const int sent = avcodec_send_packet(codec, packet);
  if (sent < 0 && sent != AVERROR(EAGAIN) && packet != nullptr) return true;
  while (avcodec_receive_frame(codec, frame) >= 0) {
    const bool go_on = take(*frame);
    av_frame_unref(frame);
    if (!go_on) return false;
  }
  return true;
}

/// Every frame of the chosen stream, from the packet `first` on if it holds one. `watch` sees each
/// packet before it is decoded; either returns false to stop. Damaged packets are skipped. False
/// if it was stopped.
template <class Watch, class Take>
bool each_frame_from(AVPacket* first, AvFile& file, AVCodecContext* codec,
                     const OnProgress& progress, const Watch& watch, const Take& take) {
  const PacketPtr packet(av_packet_alloc());
  const FramePtr frame(av_frame_alloc());
  if (!packet || !frame) throw std::bad_alloc();
  std::uint64_t told = 0;
  bool more = true;
  if (first->buf != nullptr) av_packet_move_ref(packet.get(), first);
  while (more) {
    more = packet->buf != nullptr || file.read(packet.get());
    if (more && !watch(*packet)) return false;
    const bool go_on = frames_of(codec, more ? packet.get() : nullptr, frame.get(), take);
    av_packet_unref(packet.get());
    if (!go_on) return false;
    if (progress && file.done() > told + (1U << 20U)) {
      told = file.done();
      progress(told);
    }
  }
  return true;
}

/// The same from where the file stands.
template <class Take>
void each_frame(AvFile& file, AVCodecContext* codec, const OnProgress& progress, const Take& take) {
  AVPacket none{};
  each_frame_from(
      &none, file, codec, progress, [](const AVPacket&) { return true; }, take);
}

}  // namespace cess::fp
