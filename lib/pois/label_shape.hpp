// SPDX-License-Identifier: Apache-2.0
// How a label's message lies, for the sources of labels.hpp.
#pragma once

#include "crypto/sha256_padded.hpp"
#include "pois/labels.hpp"

namespace cess::pois {

inline constexpr std::size_t kLayerAt = 32;
inline constexpr std::size_t kNodeAt = 36;
inline constexpr std::size_t kParentsAt = 44;
inline constexpr std::size_t kMessageMax = 64 * kLayerBlocks;
static_assert(kParentsAt == kChunkHead);
static_assert(kParentsAt + kDrgDegree * kLabelSize + 20 == 64 * kFirstLayerBlocks);
static_assert(kParentsAt + kDegree * kLabelSize + 20 == 64 * kLayerBlocks);

// Nodes between asking for a parent's cache line and hashing it.
inline constexpr std::uint32_t kAhead = 6;
inline constexpr std::uint32_t kKept = 8;  // nodes whose parents are drawn already, at least
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};
// Nodes whose random bytes are drawn at once; every size of a layer is a multiple.
inline constexpr std::uint32_t kRun = 64;
static_assert(kAhead >= 2 && kAhead < kKept);
static_assert(kRun <= Graph::kRunMax && kRun <= 1U << kLog2NodesMin);

}  // namespace cess::pois
