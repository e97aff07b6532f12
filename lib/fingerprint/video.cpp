// SPDX-License-Identifier: Apache-2.0
// A film's features:
//   frames     every half second: PDQ of what lies inside of even borders, and its quality
//   scenes     of the longest scenes the frame in the middle: its local features, with the number
//   of the frame
// and, from its sound track, those of a sound (file.cpp).
#include <algorithm>

#include "base/check.hpp"
#include "fingerprint/av.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/frame_signature.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/keypoints.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/pdq.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kFramesMax = 20'000;  // 2.8 hours; the rest of a longer film is not looked at
constexpr std::size_t kScenesMax = 16;
constexpr std::size_t kPlacesOfScene = 96;
constexpr std::string_view kPicturesType = "video/pictures";  // of an answer that has only units
constexpr unsigned kCutBits = 70;  // frames of one scene are nearer, half a second apart

/// The frames as they come, and of each scene a few small pictures, until it is known which is in
/// the middle.
class Scenes {
 public:
  void add(const Gray& small, std::uint16_t number, const Bits256& bits) {
    if (!open_ || hamming(bits, last_) > kCutBits) {
      close();
      open_ = true;
    }
    last_ = bits;
    // Every frame at first; when there are many, every second of them, so that memory stays small.
    if (length_ % stride_ == 0) kept_.push_back({number, small});
    ++length_;
    if (kept_.size() > 32) {
      std::vector<Kept> thinner;
      for (std::size_t i = 0; i < kept_.size(); i += 2) thinner.push_back(std::move(kept_[i]));
      kept_ = std::move(thinner);
      stride_ *= 2;
    }
  }
  /// The places of the longest scenes, by number of frame.
  std::vector<Keypoint> places() {
    close();
    std::vector<Keypoint> out;
    std::sort(best_.begin(), best_.end(),
              [](const Scene& a, const Scene& b) { return a.number < b.number; });
    for (const Scene& s : best_) {
      std::vector<Keypoint> points = find_keypoints(s.middle);
      if (points.size() > kPlacesOfScene) points.resize(kPlacesOfScene);
      for (Keypoint& k : points) {
        k.frame = s.number;
        out.push_back(k);
      }
    }
    return out;
  }

 private:
  struct Kept {
    std::uint16_t number;
    Gray picture;
  };
  struct Scene {
    std::size_t length;
    std::uint16_t number;
    Gray middle;
  };
  void close() {
    if (!kept_.empty()) {
      Kept& k = kept_[kept_.size() / 2];
      best_.push_back({length_, k.number, std::move(k.picture)});
      std::stable_sort(best_.begin(), best_.end(),
                       [](const Scene& a, const Scene& b) { return a.length > b.length; });
      if (best_.size() > kScenesMax) best_.pop_back();
    }
    kept_.clear();
    length_ = 0;
    stride_ = 1;
    open_ = false;
  }
  std::vector<Scene> best_;
  std::vector<Kept> kept_;
  std::size_t length_ = 0;
  std::size_t stride_ = 1;
  Bits256 last_{};
  bool open_ = false;
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

}  // namespace

Result<Content> fingerprint_video(ByteView file, std::string_view type,
                                  const OnProgress& progress) {
  Feature frames{"frames", 1, 264, {}};
  Scenes scenes;
  SimHash<4> similarity;
  SimHash<1> certificate;
  Bits256 counted{};
  const auto info = decode_film(
      file, kFrameIntervalMs,
      [&](std::uint64_t ms, const Gray& luma) {
        const std::size_t slot = ms / kFrameIntervalMs;
        if (slot >= kFramesMax || slot < frames.count()) return;
        const Gray small = fit(luma, 320);
        const Pdq p = inside_pdq(luma, small);
        // A slot without a frame repeats the last one.
        const Bytes before =
            frames.count() == 0 ? Bytes(33) : Bytes(frames.data.end() - 33, frames.data.end());
        while (frames.count() < slot) append(frames.data, before);
        append(frames.data, p.bits);
        frames.data.push_back(p.quality);
        if (p.quality < kFrameQualityMin) return;
        scenes.add(small, static_cast<std::uint16_t>(slot), p.bits);
        // A still that stays for an hour counts once.
        if (hamming(p.bits, counted) <= 24) return;
        counted = p.bits;
        similarity.add_bits(token_seed("video.frame"), p.bits);
        certificate.add_bits(token_seed("video.frame"), p.bits);
      },
      progress);
  if (!info) {
    // A container for films that holds sound alone.
    Result<Content> sound = fingerprint_audio(file, type, progress);
    if (sound && !sound->features.empty()) return sound;
    return tl::unexpected<Error>(info.error());
  }
  Content c;
  c.kind = Kind::video;
  c.type = type;
  c.width = info->width;
  c.height = info->height;
  c.duration_ms = info->duration_ms;
  Feature places = keypoints_feature(scenes.places());
  places.name = "scenes";
  c.features = {std::move(frames), std::move(places)};
  c.similarity = bits256(similarity);
  c.certificate = word(certificate);
  return c;
}

Result<Content> film_unit(ByteView file) {
  Content c;
  c.kind = Kind::video;
  c.type = kPicturesType;
  IsccVideo unit;
  const Status decoded = decode_film_at_rate(file, kIsccFramesPerSecond, [&](const Gray& luma) {
    if (const auto signature = frame_signature(luma)) unit.add(*signature);
  });
  if (decoded && !unit.empty()) c.iscc = {iscc_text(IsccUnit::video, unit.body(), 256)};
  return c;
}

void add_units(Content& film, const Content& pictures, const Content& sound) {
  film.iscc = pictures.iscc;
  if (film.iscc.empty() || sound.iscc.empty()) return;
  film.iscc.push_back(sound.iscc[0]);
  const auto mixed = iscc_mixed_body(film.iscc, 256);
  CESS_CHECK(mixed.has_value());
  film.iscc.push_back(iscc_text(IsccUnit::mixed, *mixed, 256));
}

void add_sound(Content& film, const Content& sound) {
  for (const Feature& f : sound.features) {
    if (film.find(f.name) == nullptr) film.features.push_back(f);
  }
  std::sort(film.features.begin(), film.features.end(),
            [](const Feature& a, const Feature& b) { return a.name < b.name; });
}

}  // namespace cess::fp
