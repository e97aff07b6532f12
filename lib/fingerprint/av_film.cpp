// SPDX-License-Identifier: Apache-2.0
// A film's frames in one decoding, in full, for whoever wants which of them; and where a film can
// be taken up in its midst.
extern "C" {
#include <libavutil/display.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/check.hpp"
#include "fingerprint/av.hpp"
#include "fingerprint/av_file.hpp"
#include "fingerprint/av_frame.hpp"

namespace cess::fp {
namespace {

/// Decoded for the first frame of a part to come out: more than any codec holds back.
constexpr unsigned kPacketsOfStart = 256;

/// The packet of a key frame that a part begins with.
struct KeyPacket {
  std::int64_t position = 0;  ///< in the file
  std::int64_t stamp = 0;     ///< of its frame
};

/// Seeks the beginning of part `index` of `count`, and reads its packet. None where the format
/// cannot be sought in or says neither time nor place.
std::optional<KeyPacket> seek_part(AvFile& av, MediaPart part, AVPacket* packet) {
  const AVFormatContext* format = av.format();
  // Bare streams would be read through for each.
  if (format->duration <= 0 || (format->iformat->flags & AVFMT_NOTIMESTAMPS) != 0)
    return std::nullopt;
  const std::int64_t first = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
  const std::int64_t at = av_rescale_q(first + av_rescale(format->duration, part.index, part.count),
                                       AVRational{1, AV_TIME_BASE}, av.stream()->time_base);
  if (av_seek_frame(av.format(), av.stream()->index, at, AVSEEK_FLAG_BACKWARD) < 0)
    return std::nullopt;
  while (av.read(packet)) {
    if ((packet->flags & AV_PKT_FLAG_KEY) == 0) {
      av_packet_unref(packet);
      continue;
    }
    if (packet->pos < 0 || packet->pts == AV_NOPTS_VALUE) return std::nullopt;
    return KeyPacket{packet->pos, packet->pts};
  }
  return std::nullopt;
}

/// Where a part begins; none where that is where the film does, and where its first frame wants
/// earlier ones, as in a film that is refreshed bit by bit. The file is opened anew, since a
/// demuxer may seek otherwise when it has sought before: so every worker finds the same.
Result<std::optional<KeyPacket>> start_of(ByteView file, MediaPart part) {
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_VIDEO));
  const PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  const auto start = seek_part(*av, part, packet.get());
  const std::int64_t film_start = av->stream()->start_time;
  if (!start || film_start == AV_NOPTS_VALUE || start->stamp <= film_start) return std::nullopt;
  bool is_whole = false;
  unsigned packets = 0;
  each_frame_from(
      packet.get(), *av, codec.get(), {},
      [&](const AVPacket&) { return ++packets <= kPacketsOfStart; },
      [&](const AVFrame& f) {
        const std::int64_t stamp = f.best_effort_timestamp;
        if (stamp == AV_NOPTS_VALUE || stamp < start->stamp) return true;
        is_whole = stamp == start->stamp && f.pict_type == AV_PICTURE_TYPE_I;
        return false;
      });
  return is_whole ? start : std::nullopt;
}

/// The beginning of the first part after `part` that begins no earlier than `from`. Of parts that
/// begin with one frame the last has it: the others end before it.
Result<std::optional<KeyPacket>> end_of(ByteView file, MediaPart part,
                                        const std::optional<KeyPacket>& from) {
  for (unsigned i = part.index + 1; i < part.count; ++i) {
    CESS_TRY_ASSIGN(const std::optional<KeyPacket> start, start_of(file, {i, part.count}));
    if (start && (!from || start->stamp >= from->stamp)) return start;
  }
  return std::nullopt;
}

std::uint64_t ms_of(std::int64_t stamp, AVRational base) {
  const std::int64_t ms = av_rescale_q(stamp, base, AVRational{1, 1000});
  return ms < 0 ? 0 : static_cast<std::uint64_t>(ms);
}

/// The first frame of every interval.
class FirstOfInterval {
 public:
  FirstOfInterval(const AVStream* stream, const FilmWants& wants, FilmInfo& info)
      : stream_(stream),
        wants_(wants),
        info_(info),
        start_(stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time) {}

  void take(const AVFrame& f) {
    const std::int64_t stamp = f.best_effort_timestamp;
    const std::uint64_t ms = stamp == AV_NOPTS_VALUE ? info_.duration_ms + 40
                                                     : ms_of(stamp - start_, stream_->time_base);
    info_.duration_ms = std::max(info_.duration_ms, ms);
    if ((info_.width != 0 && ms < next_ms_) || !is_readable(f)) return;
    next_ms_ = (ms / wants_.interval_ms + 1) * wants_.interval_ms;
    info_.width = static_cast<std::uint32_t>(f.width);
    info_.height = static_cast<std::uint32_t>(f.height);
    wants_.first_of_interval(ms, luma_of_frame(f));
  }

 private:
  const AVStream* stream_;
  const FilmWants& wants_;
  FilmInfo& info_;
  std::int64_t start_;
  std::uint64_t next_ms_ = 0;
};

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

/// What FFmpeg's filter `fps` lets through, upright, without what it repeats.
class AtRate {
 public:
  /// `later`: earlier frames are another's.
  AtRate(const AVFormatContext* format, const AVStream* stream, const FilmWants& wants, bool later)
      : stream_(stream),
        wants_(wants),
        turns_(upright_turns(stream)),
        kept_(av_frame_alloc()),
        any_(later) {
    if (!kept_) throw std::bad_alloc();
    // FFmpeg's program counts from the first stamp of any track, in microseconds.
    const std::int64_t first = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
    start_ = av_rescale_q(first, AVRational{1, AV_TIME_BASE}, stream->time_base);
  }

  void take(const AVFrame& f) {
    std::int64_t stamp = f.best_effort_timestamp;
    if (stamp == AV_NOPTS_VALUE) stamp = end_;
    const std::int64_t slot = slot_of(stamp);
    pass(slot);
    slot_ = kept_->data[0] != nullptr ? std::max(slot, slot_) : slot;
    av_frame_unref(kept_.get());
    if (av_frame_ref(kept_.get(), &f) < 0) throw std::bad_alloc();
    std::int64_t lasts = f.pkt_duration;
    if (lasts <= 0 && stream_->avg_frame_rate.num > 0)
      lasts = av_rescale_q(1, av_inv_q(stream_->avg_frame_rate), stream_->time_base);
    end_ = stamp + lasts;
  }
  /// The next frame, which another takes, is shown at `stamp`.
  void end_before(std::int64_t stamp) { pass(slot_of(stamp)); }
  /// There is no other frame.
  void end() {
    // The last one's slot may begin when the film has ended.
    if (kept_->data[0] != nullptr && (slot_of(end_) > slot_ || !any_)) give();
  }

 private:
  [[nodiscard]] std::int64_t slot_of(std::int64_t stamp) const {
    return av_rescale_q_rnd(stamp - start_, stream_->time_base, AVRational{1, wants_.per_second},
                            AV_ROUND_NEAR_INF);
  }
  /// Of a slot the last frame; of frames that go back in time the later one.
  void pass(std::int64_t slot) {
    if (kept_->data[0] != nullptr && slot > slot_) give();
  }
  void give() {
    if (!is_readable(*kept_)) return;
    any_ = true;
    Gray luma = coded_luma(*kept_);
    for (unsigned i = 0; i < turns_; ++i) luma = turned_once(luma);
    wants_.at_rate(luma);
  }

  const AVStream* stream_;
  const FilmWants& wants_;
  unsigned turns_;
  FramePtr kept_;
  std::int64_t slot_ = 0;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
  bool any_;
};

}  // namespace

Result<FilmInfo> decode_film(ByteView file, MediaPart part, const FilmWants& wants,
                             const OnProgress& progress) {
  CESS_CHECK(part.index < part.count && wants.interval_ms > 0 && wants.per_second > 0);
  std::optional<KeyPacket> from;
  if (part.index > 0) {
    CESS_TRY_ASSIGN(from, start_of(file, part));
    if (!from) return FilmInfo{};
  }
  CESS_TRY_ASSIGN(const std::optional<KeyPacket> to, end_of(file, part, from));
  FilmInfo info;
  info.whole = part.index == 0 && !to;
  CESS_TRY_ASSIGN(const std::unique_ptr<AvFile> av, AvFile::open(file));
  CESS_TRY_ASSIGN(const CodecPtr codec, av->decoder(AVMEDIA_TYPE_VIDEO));
  const PacketPtr first(av_packet_alloc());
  if (!first) throw std::bad_alloc();
  if (from) {
    const auto again = seek_part(*av, part, first.get());
    if (!again || again->position != from->position)
      return fail(Code::input, "its index leads to another place each time");
  }
  FirstOfInterval moments(av->stream(), wants, info);
  AtRate at_rate(av->format(), av->stream(), wants, part.index > 0);
  bool begun = !from;
  bool last_packets = false;
  bool ended = false;
  const auto watch = [&](const AVPacket& p) {
    last_packets = last_packets || (to && p.pos == to->position);
    return true;
  };
  const std::uint64_t before = from ? av->done() : 0;
  OnProgress own_progress;
  if (progress) {
    own_progress = [&](std::uint64_t done) { progress(done - std::min(done, before)); };
  }
  each_frame_from(first.get(), *av, codec.get(), own_progress, watch, [&](const AVFrame& f) {
    const std::int64_t stamp = f.best_effort_timestamp;
    // Frames that are shown before the first one want frames that are not here.
    begun = begun || (stamp != AV_NOPTS_VALUE && stamp >= from->stamp);
    if (!begun) return true;
    if (last_packets && stamp != AV_NOPTS_VALUE && stamp >= to->stamp) {
      at_rate.end_before(stamp);
      ended = true;
      return false;
    }
    moments.take(f);
    at_rate.take(f);
    return true;
  });
  if (!ended) at_rate.end();
  if (info.whole && info.width == 0) return fail(Code::input, "its pictures cannot be decoded");
  if (av->format()->duration > 0) {
    info.duration_ms = std::max<std::uint64_t>(
        info.duration_ms, ms_of(av->format()->duration, AVRational{1, AV_TIME_BASE}));
  }
  return info;
}

}  // namespace cess::fp
