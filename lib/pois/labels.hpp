// SPDX-License-Identifier: Apache-2.0
// Labels: what a filler is made of.
//
//   L_1(v) = H(fid ‖ LE32 1 ‖ LE64 v ‖ L_1(p_0) ‖ .. ‖ L_1(p_5))
//   L_l(v) = H(fid ‖ LE32 l ‖ LE64 v ‖ L_l(p_0) ‖ .. ‖ L_l(p_5) ‖ L_{l-1}(q_0) ‖ .. ‖ L_{l-1}(q_7))
//
// with p the parents within the layer and q those in the layer before. p_0 is v - 1, so a layer is
// made one label after the other; several fillers are made side by side to fill the processor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pois/graph.hpp"

namespace cess::pois {

/// Bytes hashed for a label, and with padding whole blocks of 64.
constexpr std::size_t kFirstLayerBlocks = 4;
constexpr std::size_t kLayerBlocks = 8;

/// A label from its parents in order; `expander` is empty in layer 1. For verifiers.
Hash256 hash_label(const FillerId& file, unsigned layer, std::uint32_t v,
                   std::span<const Hash256> drg, std::span<const Hash256> expander);

/// H(0x02 ‖ L_1(v) ‖ .. ‖ L_8(v)), a leaf of comm_c.
Hash256 hash_column(std::span<const Hash256> column);

/// Makes layers of several fillers ("lanes") at once. A whole layer is lanes * n labels of memory:
/// node by node, all lanes of a node together, in an order that is the Labeler's (16 lanes may lie
/// in rows, crypto/sha256_padded.hpp): take and give know it. One thread.
class Labeler {
 public:
  /// How messages are put together: copied first, read where their parents lie (SHA instructions),
  /// or from rows (16 lanes with AVX-512).
  enum class Way : std::uint8_t { copied, in_place, rows };
  static Way best_way(std::size_t lanes);
  /// `files` are the lanes; sha256_widths() says which numbers are quick.
  Labeler(Graph& graph, std::span<const FillerId> files)
      : Labeler(graph, files, best_way(files.size())) {}
  /// With another way, one that can be used here; for tests.
  Labeler(Graph& graph, std::span<const FillerId> files, Way way);
  [[nodiscard]] std::size_t lanes() const { return lanes_; }
  /// Makes nodes [first, end) of layer `layer` (1..8), whose nodes before `first` are made.
  /// `labels` and `before` (of the layer before; empty for layer 1) hold whole layers.
  void run(std::span<Hash256> labels, std::span<const Hash256> before, unsigned layer,
           std::uint32_t first, std::uint32_t end);
  /// Labels of nodes [first, first + count) of lane i to out[i].
  void take(std::span<Hash256* const> out, std::span<const Hash256> labels, std::uint32_t first,
            std::uint32_t count) const;
  /// `from` becomes the labels of lane `lane` from node `first` on.
  void give(std::span<Hash256> labels, std::size_t lane, std::uint32_t first,
            std::span<const Hash256> from) const;

 private:
  using Parents = std::array<const Hash256*, kDegree>;

  void start_layer(unsigned layer);
  void draw(std::uint32_t v);
  void find_parents(std::span<Hash256> labels, std::span<const Hash256> before, std::uint32_t v);
  void prefetch(const Parents& parents) const;
  void make_rows(std::span<Hash256> labels, std::uint32_t v);
  void make_copied(std::span<Hash256> labels, std::uint32_t v);
  void make_in_place(std::span<Hash256> labels, std::span<const Hash256> before, std::uint32_t v,
                     std::uint32_t ahead);
  template <class Between>
  void hash_lanes(Hash256* out, std::size_t lane, std::uint32_t v, Between between);

  Graph& graph_;
  std::size_t lanes_;
  Way way_;
  std::size_t blocks_ = 0;  // of a message of the current layer
  std::size_t degree_ = 0;
  std::vector<std::uint8_t> messages_;
  std::vector<const std::uint8_t*> message_;
  std::vector<Hash256> none_;  // the parents that node 0 does not have
  Hash256 padding_;
  std::vector<std::uint8_t> draws_;
  std::vector<Parents> parents_;           // of the next few nodes, where they lie
  std::vector<std::uint32_t> fixed_rows_;  // of a message: all but the parents
  std::vector<const std::uint32_t*> rows_;
};

}  // namespace cess::pois
