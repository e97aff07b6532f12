// SPDX-License-Identifier: Apache-2.0
// What is kept of a filler beside its labels: its commitment, and its two trees from the level of
// kCutLevel up (doc/formats/store.md), so that a path costs one read of 32 KiB.
#pragma once

#include <vector>

#include "pois/commit.hpp"

namespace cess::idle {

/// Level of the nodes that are kept, or the root's if the tree is lower.
constexpr unsigned kCutLevel = 10;
inline unsigned cut_level(const pois::Params& params) {
  return params.log2_nodes < kCutLevel ? params.log2_nodes : kCutLevel;
}
inline std::uint32_t cut_count(const pois::Params& params) {
  return params.nodes() >> cut_level(params);
}

struct FillerHead {
  std::uint64_t number = 0;
  pois::FillerId id;
  pois::Params params;
  pois::Commitment commitment;
  std::vector<Hash256> column_nodes;  ///< cut_count of them
  std::vector<Hash256> label_nodes;
  friend bool operator==(const FillerHead&, const FillerHead&) = default;
};
constexpr std::uint64_t head_size(const pois::Params& params) {
  const unsigned cut = params.log2_nodes < kCutLevel ? params.log2_nodes : kCutLevel;
  return 8 + 8 + 32 + 4 + 64 + 2 * 32 * (std::uint64_t{params.nodes()} >> cut) + 32;
}
constexpr std::size_t kHeadSizeMax = (std::size_t{2} << 20U) + 256;

/// An empty head, for add_columns.
FillerHead begin_head(const pois::Owner& owner, std::uint64_t number);
/// The next columns, from node 0 on: 2^cut_level of them, a node of both trees.
void add_columns(FillerHead& head, std::span<const pois::Column> columns);
/// The roots, once all columns are in.
void close_head(FillerHead& head);

Bytes encode_head(const FillerHead& head);
/// Strict; its hash is checked. Code::input.
Result<FillerHead> parse_head(ByteView bytes, std::string_view what);

}  // namespace cess::idle
