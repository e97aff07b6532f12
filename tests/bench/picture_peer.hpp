// SPDX-License-Identifier: Apache-2.0
// The peers of pictures and films in the evaluation, and the limit at which a set of pairs of
// different origin holds one of 10^4. Pictures: plain PDQ. Films: PDQ of frames in any order, as
// vPDQ compares: of 256 parts those of one film's frames that lie within 31 bits of no frame of
// the other, the lesser of both ways. The frames are ours, without even borders, which vPDQ does
// not cut away.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "fingerprint/compare.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::bench {

constexpr std::size_t kPdqBytes = 32;  ///< of a frame's 33; the last is its quality
constexpr std::size_t kVpdqQualityMin = 50;
constexpr std::size_t kVpdqRadius = 31;
constexpr std::size_t kPeerScale = 256;

inline std::size_t frames_far(const fp::Feature& of, const fp::Feature& from) {
  std::size_t all = 0;
  std::size_t near = 0;
  for (std::size_t i = 0; i < of.count(); ++i) {
    if (of.item(i)[kPdqBytes] < kVpdqQualityMin) continue;
    ++all;
    for (std::size_t j = 0; j < from.count(); ++j) {
      if (from.item(j)[kPdqBytes] < kVpdqQualityMin ||
          fp::hamming(of.item(i).first(kPdqBytes), from.item(j).first(kPdqBytes)) > kVpdqRadius)
        continue;
      ++near;
      break;
    }
  }
  return all == 0 ? kPeerScale : kPeerScale - near * kPeerScale / all;
}

/// 0 to 256. Of sounds, texts and other files by their similarity bits.
inline std::size_t peer_distance(const fp::Fingerprint& a, const fp::Fingerprint& b) {
  const fp::Feature* const x = a.content.find("frames");
  const fp::Feature* const y = b.content.find("frames");
  if (x != nullptr && y != nullptr) return std::min(frames_far(*x, *y), frames_far(*y, *x));
  return fp::hamming(a.content.similarity, b.content.similarity);
}

/// Pairs of different origin by our strength and by the peer's distance.
struct CrossPairs {
  std::uint64_t pairs = 0;
  std::array<std::uint64_t, fp::kStrengthMax + 1> strengths{};
  std::array<std::uint64_t, kPeerScale + 1> distances{};

  void add(std::uint32_t strength, std::size_t distance) {
    ++pairs;
    ++strengths[strength];
    ++distances[distance];
  }
  void add(const CrossPairs& other) {
    pairs += other.pairs;
    for (std::size_t i = 0; i < strengths.size(); ++i) strengths[i] += other.strengths[i];
    for (std::size_t i = 0; i < distances.size(); ++i) distances[i] += other.distances[i];
  }
  /// The least strength, never below what is told, that one of 10^4 pairs or fewer come to.
  [[nodiscard]] std::uint32_t strength_limit() const {
    std::uint32_t limit = fp::kStrengthMax + 1;
    for (std::uint64_t sum = 0; limit > fp::kStrengthTold; --limit)
      if ((sum += strengths[limit - 1]) * 10'000 > pairs) break;
    return limit;
  }
  /// The largest distance that one of 10^4 pairs or fewer come to; -1 if there is none.
  [[nodiscard]] int distance_limit() const {
    std::size_t d = 0;
    for (std::uint64_t sum = 0; d < distances.size(); ++d)
      if ((sum += distances[d]) * 10'000 > pairs) break;
    return static_cast<int>(d) - 1;
  }
};

}  // namespace cess::bench
