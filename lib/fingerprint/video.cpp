// SPDX-License-Identifier: Apache-2.0
// A part of a film, from its bytes: of every half second the hash, of the longest scenes the frame
// in the middle, and the frames of the ISCC unit.
#include <algorithm>
#include <array>
#include <iterator>

#include "base/endian.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/film_features.hpp"
#include "fingerprint/frame_signature.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

/// A frame of a scene, reduced.
struct Kept {
  std::uint16_t slot;
  Gray picture;
};

/// The frames as they come, and of each scene a few small pictures, until it is known which is in
/// the middle. Of a part's first and last scene nobody knows before the parts are joined: of these
/// all that were kept.
class Scenes {
 public:
  void add(const Gray& small, std::uint16_t slot, const Bits256& bits) {
    if (length_ > 0 && hamming(bits, last_) > kCutBits) close();
    last_ = bits;
    // Every frame at first; when there are many, every second of them, so that memory stays small.
    if (length_ % stride_ == 0) kept_.push_back({slot, small});
    ++length_;
    if (kept_.size() > kKeptMax) {
      std::vector<Kept> thinner;
      for (std::size_t i = 0; i < kept_.size(); i += 2) thinner.push_back(std::move(kept_[i]));
      kept_ = std::move(thinner);
      stride_ *= 2;
    }
  }
  /// The middles of the longest scenes; of a part all that may be a middle.
  std::vector<Kept> middles(bool whole) {
    if (whole) {
      close_middle(std::move(first_), first_length_);
      if (length_ > 0) close_middle(std::move(kept_), length_);
    }
    std::vector<Kept> out = whole ? std::vector<Kept>() : std::move(first_);
    for (Scene& s : best_) out.push_back(std::move(s.middle));
    if (!whole) std::move(kept_.begin(), kept_.end(), std::back_inserter(out));
    std::sort(out.begin(), out.end(), [](const Kept& a, const Kept& b) { return a.slot < b.slot; });
    return out;
  }

 private:
  struct Scene {
    std::size_t length;
    Kept middle;
  };
  void close() {
    if (first_.empty()) {
      first_ = std::move(kept_);
      first_length_ = length_;
    } else {
      close_middle(std::move(kept_), length_);
    }
    kept_.clear();
    length_ = 0;
    stride_ = 1;
  }
  void close_middle(std::vector<Kept> kept, std::size_t length) {
    if (kept.empty()) return;
    Scene scene{length, std::move(kept[kept.size() / 2])};
    const auto at =
        std::upper_bound(best_.begin(), best_.end(), scene, [](const Scene& a, const Scene& b) {
          return a.length != b.length ? a.length > b.length : a.middle.slot < b.middle.slot;
        });
    best_.insert(at, std::move(scene));
    if (best_.size() > kScenesMax) best_.pop_back();
  }
  std::vector<Kept> first_;  // of the first scene
  std::vector<Scene> best_;  // of those after it, longest first
  std::vector<Kept> kept_;   // of the one that goes on
  std::size_t first_length_ = 0;
  std::size_t length_ = 0;
  std::size_t stride_ = 1;
  Bits256 last_{};
};

Pdq inside_pdq(const Gray& luma, const Gray& small) {
  const Rect in = content_of(small);
  const auto up = [&](std::uint32_t v, std::uint32_t from, std::uint32_t to) {
    return static_cast<std::uint32_t>(std::uint64_t{v} * to / from);
  };
  Rect r;
  r.x = up(in.x, small.width, luma.width);
  r.y = up(in.y, small.height, luma.height);
  r.width = up(in.x + in.width, small.width, luma.width) - r.x;
  r.height = up(in.y + in.height, small.height, luma.height) - r.y;
  return pdq_of(luma, r);
}

template <class T>
void append_le(Bytes& to, T v) {
  std::array<std::uint8_t, sizeof(T)> b{};
  store_le(b.data(), v);
  append(to, b);
}

/// A part's frames as they come.
class PartMaker {
 public:
  void take_moment(std::uint64_t ms, const Gray& luma) {
    const std::uint64_t slot = ms / kFrameIntervalMs;
    if (slot >= kFilmSlotsMax || slot < next_slot_) return;
    next_slot_ = slot + 1;
    const Gray small = fit(luma, 320);
    const Pdq p = inside_pdq(luma, small);
    append_le(slots_.data, static_cast<std::uint32_t>(slot));
    append(slots_.data, p.bits);
    slots_.data.push_back(p.quality);
    if (p.quality >= kFrameQualityMin) scenes_.add(small, static_cast<std::uint16_t>(slot), p.bits);
  }
  void take_at_rate(const Gray& luma) {
    if (const auto signature = frame_signature(luma)) unit_.add(*signature);
  }

  Content finish(bool whole) {
    Content c;
    c.kind = Kind::video;
    std::vector<Keypoint> places;
    for (const Kept& k : scenes_.middles(whole)) {
      std::vector<Keypoint> points = find_keypoints(k.picture);
      if (points.size() > kPlacesOfScene) points.resize(kPlacesOfScene);
      for (Keypoint& p : points) {
        p.frame = k.slot;
        places.push_back(p);
      }
    }
    c.features = {scenes_feature(places)};
    if (whole) {
      if (!unit_.empty()) c.iscc = {iscc_text(IsccUnit::video, unit_.body(), 256)};
    } else if (const auto different = unit_.different(); different.size() <= kSignaturesMax) {
      Feature signatures = signatures_feature();
      for (const auto& s : different) append(signatures.data, s);
      c.features.push_back(std::move(signatures));
    }
    c.features.push_back(std::move(slots_));
    return c;
  }

 private:
  Feature slots_ = slots_feature();
  Scenes scenes_;
  IsccVideo unit_;
  std::uint64_t next_slot_ = 0;
};

}  // namespace

Result<Content> fingerprint_film_part(ByteView file, std::string_view type, MediaPart part,
                                      const OnProgress& progress) {
  PartMaker maker;
  const FilmWants wants{
      .interval_ms = kFrameIntervalMs,
      .first_of_interval = [&](std::uint64_t ms, const Gray& luma) { maker.take_moment(ms, luma); },
      .per_second = kIsccFramesPerSecond,
      .at_rate = [&](const Gray& luma) { maker.take_at_rate(luma); }};
  const auto info = decode_film(file, part, wants, progress);
  if (!info) {
    // A container for films that holds sound alone.
    if (part.index != 0) return tl::unexpected<Error>(info.error());
    Result<Content> sound = fingerprint_audio(file, type, progress);
    if (sound && !sound->features.empty()) return sound;
    return tl::unexpected<Error>(info.error());
  }
  Content c = maker.finish(info->whole);
  c.type = type;
  c.width = info->width;
  c.height = info->height;
  c.duration_ms = info->duration_ms;
  return c;
}

Result<Content> fingerprint_video(ByteView file, std::string_view type,
                                  const OnProgress& progress) {
  std::vector<Content> parts;
  const unsigned count = film_parts(file.size());
  for (unsigned i = 0; i < count; ++i) {
    CESS_TRY_ASSIGN(Content part, fingerprint_film_part(file, type, {i, count}, progress));
    if (part.kind != Kind::video) return part;
    parts.push_back(std::move(part));
  }
  return join_film(parts);
}

}  // namespace cess::fp
