// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a file of known length lie: chunks, segments, fragments. Pure arithmetic over
// a checked profile; every reader derives these numbers and never takes them from its input.
#pragma once

#include <algorithm>
#include <cstdint>

#include "codec/header.hpp"
#include "codec/profile.hpp"

namespace cess {

constexpr std::uint64_t kSegmentCountMax = 1ULL << 20U;
constexpr std::uint64_t kFileSizeMax = kSegmentCountMax * kSegmentSizeMax;
constexpr std::uint32_t kFragmentRounding = 1024;  ///< a short segment's fragments round up to this

/// ceil(ceil(ciphertext_length / k) / 1024) * 1024: F for a full segment.
constexpr std::uint32_t fragment_length(const Profile& p, std::uint64_t ciphertext_length) {
  const std::uint64_t share = (ciphertext_length + p.k - 1) / p.k;
  return static_cast<std::uint32_t>((share + kFragmentRounding - 1) / kFragmentRounding *
                                    kFragmentRounding);
}

class Layout {
 public:
  /// `profile` is checked; length <= kFileSizeMax.
  Layout(const Profile& profile, std::uint64_t length) : profile_(profile), length_(length) {}

  /// An empty file is one empty chunk.
  [[nodiscard]] std::uint64_t chunk_count() const {
    return std::max<std::uint64_t>(1, (length_ + kChunkPlain - 1) / kChunkPlain);
  }
  [[nodiscard]] std::uint64_t chunks_per_segment() const {
    return profile_.segment_size() / kChunkSize;
  }
  [[nodiscard]] std::uint64_t segment_count() const {
    return (chunk_count() + chunks_per_segment() - 1) / chunks_per_segment();
  }
  [[nodiscard]] std::uint64_t ciphertext_length(std::uint64_t segment) const {
    if (segment + 1 < segment_count()) return profile_.segment_size();
    return length_ + chunk_count() * kAeadTagSize - segment * profile_.segment_size();
  }
  [[nodiscard]] std::uint32_t segment_fragment_length(std::uint64_t segment) const {
    return fragment_length(profile_, ciphertext_length(segment));
  }
  /// Bytes stored by all columns of all segments.
  [[nodiscard]] std::uint64_t stored_bytes() const {
    const std::uint64_t count = segment_count();
    return profile_.columns() * ((count - 1) * std::uint64_t{profile_.fragment_size} +
                                 segment_fragment_length(count - 1));
  }
  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] std::uint64_t length() const { return length_; }

 private:
  Profile profile_;
  std::uint64_t length_;
};

}  // namespace cess
