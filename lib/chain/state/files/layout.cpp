// SPDX-License-Identifier: Apache-2.0
#include "chain/state/files/layout.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess::files {
namespace {

constexpr std::uint64_t kChunkSize = 65'536;
constexpr std::uint64_t kChunkTag = 16;
constexpr std::uint64_t kChunkPlain = kChunkSize - kChunkTag;
constexpr std::uint32_t kFragmentRounding = 1024;
constexpr std::uint64_t kSegmentSizeMax = 1ULL << 30U;
constexpr std::uint32_t kFragmentSizeMax = 256U << 20U;

std::uint64_t segment_size(const Profile& p) { return std::uint64_t{p.k} * p.fragment_size; }

std::uint64_t chunk_count(std::uint64_t length) {
  return std::max<std::uint64_t>(1, length / kChunkPlain + (length % kChunkPlain != 0 ? 1 : 0));
}

}  // namespace

Status check_profile(const Profile& p) {
  const auto refuse = [](std::string_view why) {
    return fail(Code::input, "refused profile: " + std::string(why), "profile");
  };
  if (p.k == 0) return refuse("k is 0");
  if (p.copies == 0) return refuse("no copies");
  if (p.columns() > kColumnsMax) return refuse("more than 64 columns");
  if (p.matrix != 1 && p.matrix != 2) return refuse("unknown matrix");
  if (p.fragment_size == 0 || p.fragment_size % kChunkSize != 0) {
    return refuse("the fragment size is not a multiple of 64 KiB");
  }
  if (p.fragment_size > kFragmentSizeMax) return refuse("the fragment size is over 256 MiB");
  if (segment_size(p) > kSegmentSizeMax) return refuse("a segment is over 1 GiB");
  return {};
}

std::uint32_t segments_of(const Profile& p, std::uint64_t length) {
  const std::uint64_t per_segment = segment_size(p) / kChunkSize;
  const std::uint64_t count = (chunk_count(length) + per_segment - 1) / per_segment;
  return count > kSegmentsMax ? 0 : static_cast<std::uint32_t>(count);
}

std::uint64_t ciphertext_length(const File& file, std::uint32_t segment) {
  const std::uint64_t size = segment_size(file.profile);
  if (segment + 1 < file.segment_count) return size;
  return file.length + chunk_count(file.length) * kChunkTag - segment * size;
}

std::uint32_t fragment_length(const File& file, std::uint32_t segment) {
  const std::uint64_t k = file.profile.k;
  const std::uint64_t share = (ciphertext_length(file, segment) + k - 1) / k;
  return static_cast<std::uint32_t>((share + kFragmentRounding - 1) / kFragmentRounding *
                                    kFragmentRounding);
}

std::uint64_t stored_bytes(const File& file) {
  return file.profile.columns() *
         (std::uint64_t{file.segment_count - 1} * file.profile.fragment_size +
          fragment_length(file, file.segment_count - 1));
}

std::uint32_t stripe_count(const File& file) {
  return (file.segment_count + file.stripe_segments - 1) / file.stripe_segments;
}

std::pair<std::uint32_t, std::uint32_t> stripe_range(const File& file, std::uint32_t stripe) {
  const std::uint32_t first = stripe * file.stripe_segments;
  return {first, std::min(file.segment_count, first + file.stripe_segments)};
}

std::uint64_t slot_bytes(const File& file, std::uint32_t stripe) {
  const auto [first, end] = stripe_range(file, stripe);
  return std::uint64_t{end - first - 1} * file.profile.fragment_size +
         fragment_length(file, end - 1);
}

Hash256 segment_leaf(const File& file, std::uint32_t segment, std::span<const Hash256> roots) {
  Writer w;
  w.le(std::uint8_t{0}).le(ciphertext_length(file, segment));
  w.le(std::uint64_t{fragment_length(file, segment)});
  w.le(static_cast<std::uint16_t>(roots.size()));
  for (const Hash256& root : roots) w.id(root);
  return sha256(w.bytes());
}

Fid compute_fid(const File& file, std::span<const Hash256> segment_leaves) {
  const Profile& p = file.profile;
  Writer w;
  w.raw("CESS-FID-v1").id(file.file_id).le(file.length);
  w.le(p.k).le(p.m).le(p.copies).le(p.matrix).le(p.fragment_size);
  w.le(file.segment_count).id(merkle_root(segment_leaves));
  return Fid::from(sha256(w.bytes()).view());
}

std::uint64_t column_leaves(const File& file) {
  return (file.segment_count - 1) * leaf_count(file.profile.fragment_size) +
         leaf_count(fragment_length(file, file.segment_count - 1));
}

LeafPlace fragment_leaf(const File& file, std::uint32_t segment, std::uint64_t leaf) {
  const std::uint64_t length = fragment_length(file, segment);
  return {segment, leaf, leaf_count(length),
          static_cast<std::size_t>(std::min<std::uint64_t>(kLeafSize, length - leaf * kLeafSize))};
}

LeafPlace column_leaf(const File& file, std::uint64_t number) {
  const std::uint64_t full = leaf_count(file.profile.fragment_size);
  const auto segment =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(number / full, file.segment_count - 1));
  return fragment_leaf(file, segment, number - segment * full);
}

}  // namespace cess::files
