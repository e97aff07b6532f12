// SPDX-License-Identifier: Apache-2.0
// A film from its parts. Its features:
//   frames     every half second: PDQ of what lies inside of even borders, and its quality
//   scenes     of the longest scenes the frame in the middle: its local features, with the number
//   of the frame
// and, from its sound track, those of a sound.
#include <algorithm>
#include <map>

#include "base/endian.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/film_features.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

constexpr std::uint64_t kPartBytes = std::uint64_t{2} << 20U;
constexpr unsigned kPartsMax = 8;
constexpr unsigned kStillBits = 24;  // nearer than this a frame is the one that counted last

/// Frames that are near the one before.
struct Scene {
  std::size_t first = 0;  ///< slots of its first and last frame that count
  std::size_t last = 0;
  std::size_t length = 0;        ///< in frames that count
  std::vector<Keypoint> places;  ///< of one of its frames
};

/// The frames of one part after another.
class FrameJoiner {
 public:
  [[nodiscard]] std::size_t count() const { return frames_.count(); }
  void add(std::uint32_t slot, ByteView bits_and_quality) {
    if (slot >= kFilmSlotsMax || slot < count()) return;
    // A slot without a frame repeats the last one.
    const Bytes before =
        count() == 0 ? Bytes(33) : Bytes(frames_.data.end() - 33, frames_.data.end());
    while (count() < slot) append(frames_.data, before);
    append(frames_.data, bits_and_quality);
    if (bits_and_quality[32] < kFrameQualityMin) return;
    Bits256 bits{};
    std::copy_n(bits_and_quality.begin(), bits.size(), bits.begin());
    if (scenes_.empty() || hamming(bits, last_) > kCutBits) scenes_.push_back({slot, slot, 0, {}});
    scenes_.back().last = slot;
    ++scenes_.back().length;
    last_ = bits;
    // A still that stays for an hour counts once.
    if (hamming(bits, counted_) <= kStillBits) return;
    counted_ = bits;
    similarity_.add_bits(token_seed("video.frame"), bits);
    certificate_.add_bits(token_seed("video.frame"), bits);
  }
  /// The places of a frame, which may be the middle of its scene.
  void offer(std::uint16_t slot, std::vector<Keypoint> places) {
    const auto at = std::find_if(scenes_.begin(), scenes_.end(),
                                 [&](const Scene& s) { return s.first <= slot && slot <= s.last; });
    if (at == scenes_.end()) return;
    const auto off = [&](std::size_t number) {
      const std::size_t middle = (at->first + at->last + 1) / 2;
      return std::max(number, middle) - std::min(number, middle);
    };
    if (at->places.empty() || off(slot) < off(at->places[0].frame)) at->places = std::move(places);
  }

  void give(Content& film) {
    std::stable_sort(scenes_.begin(), scenes_.end(),
                     [](const Scene& a, const Scene& b) { return a.length > b.length; });
    if (scenes_.size() > kScenesMax) scenes_.resize(kScenesMax);
    std::sort(scenes_.begin(), scenes_.end(),
              [](const Scene& a, const Scene& b) { return a.first < b.first; });
    std::vector<Keypoint> places;
    for (const Scene& s : scenes_) places.insert(places.end(), s.places.begin(), s.places.end());
    film.similarity = bits256(similarity_);
    film.certificate = word(certificate_);
    film.features = {std::move(frames_), scenes_feature(places)};
  }

 private:
  Feature frames_{"frames", 1, 264, {}};
  std::vector<Scene> scenes_;
  SimHash<4> similarity_;
  SimHash<1> certificate_;
  Bits256 counted_{};
  Bits256 last_{};
};

/// A part's places, by frame.
std::map<std::uint16_t, std::vector<Keypoint>> places_of(const Content& part) {
  std::map<std::uint16_t, std::vector<Keypoint>> out;
  const Feature f = part.find_as(scenes_feature({}));
  for (const Keypoint& k : keypoints_of(f, kPlacedMax * kPlacesOfScene)) {
    auto& places = out[k.frame];
    if (places.size() < kPlacesOfScene) places.push_back(k);
  }
  return out;
}

/// What a part adds to the ISCC unit; false if nobody can tell.
bool add_signatures(const Content& part, IsccVideo& to) {
  if (part.find("signatures") == nullptr) return false;
  const Feature f = part.find_as(signatures_feature());
  for (std::size_t i = 0; i < f.count(); ++i) {
    IsccVideo::Packed packed{};
    std::copy_n(f.item(i).begin(), packed.size(), packed.begin());
    if (!to.add(packed)) return false;
  }
  return true;
}

}  // namespace

unsigned film_parts(std::uint64_t size_bytes) {
  return static_cast<unsigned>(std::clamp<std::uint64_t>(size_bytes / kPartBytes, 1, kPartsMax));
}

Result<Content> join_film(std::span<const Content> parts) {
  Content film;
  film.kind = Kind::video;
  FrameJoiner frames;
  IsccVideo unit;
  bool is_told = true;
  for (const Content& part : parts) {
    if (part.kind != Kind::video) return fail(Code::input, "a part of the film is none");
    const Feature slots = part.find_as(slots_feature());
    if (slots.count() != 0) {  // a part behind what is looked at has none, and signatures
      film.type = part.type;
      film.width = part.width;
      film.height = part.height;
    }
    film.duration_ms = std::max(film.duration_ms, part.duration_ms);
    for (std::size_t i = 0; i < slots.count(); ++i)
      frames.add(load_le<std::uint32_t>(slots.item(i).data()), slots.item(i).subspan(4));
    if (part.iscc.empty()) {
      is_told = add_signatures(part, unit) && is_told;
    } else {
      film.iscc = {part.iscc[0]};
    }
  }
  if (frames.count() == 0) return fail(Code::input, "its pictures cannot be decoded");
  for (const Content& part : parts) {
    for (auto& [slot, places] : places_of(part)) frames.offer(slot, std::move(places));
  }
  frames.give(film);
  if (film.iscc.empty() && is_told && !unit.empty())
    film.iscc = {iscc_text(IsccUnit::video, unit.body(), 256)};
  return film;
}

Status add_sound_units(Content& film, const Content& sound) {
  if (film.iscc.empty() || sound.iscc.empty()) return {};
  film.iscc.push_back(sound.iscc[0]);
  CESS_TRY_ASSIGN(const Bits256 mixed, iscc_mixed_body(film.iscc, 256));
  film.iscc.push_back(iscc_text(IsccUnit::mixed, mixed, 256));
  return {};
}

void add_sound(Content& film, const Content& sound) {
  for (const Feature& f : sound.features) {
    if (film.find(f.name) == nullptr) film.features.push_back(f);
  }
  std::sort(film.features.begin(), film.features.end(),
            [](const Feature& a, const Feature& b) { return a.name < b.name; });
}

}  // namespace cess::fp
