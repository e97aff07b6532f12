// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a file lie, as doc/formats and codec/layout.hpp say, and its fid. The chain
// computes these itself: codec is above it and brings archives along.
#pragma once

#include <span>

#include "chain/state/files/files.hpp"

namespace cess::files {

/// k, m, copies, matrix and F inside their limits.
Status check_profile(const Profile& p);
/// 0 if there are more than kSegmentsMax.
std::uint32_t segments_of(const Profile& p, std::uint64_t length);
std::uint64_t ciphertext_length(const File& file, std::uint32_t segment);
/// Bytes of all fragments.
std::uint64_t stored_bytes(const File& file);
/// Bytes of one column of a stripe.
std::uint64_t slot_bytes(const File& file, std::uint32_t stripe);
std::uint32_t stripe_count(const File& file);
/// First segment of a stripe, and of the one after it.
std::pair<std::uint32_t, std::uint32_t> stripe_range(const File& file, std::uint32_t stripe);

/// One segment's part of the fid.
Hash256 segment_leaf(const File& file, std::uint32_t segment, std::span<const Hash256> roots);
Fid compute_fid(const File& file, std::span<const Hash256> segment_leaves);

/// Leaf `number` of a column, counted over all its segments.
std::uint64_t column_leaves(const File& file);
LeafPlace column_leaf(const File& file, std::uint64_t number);
/// The same inside one fragment.
LeafPlace fragment_leaf(const File& file, std::uint32_t segment, std::uint64_t leaf);

}  // namespace cess::files
