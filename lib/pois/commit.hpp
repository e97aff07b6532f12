// SPDX-License-Identifier: Apache-2.0
// What a miner commits to for one filler, and the proof that the filler was made by the rule:
// for each challenged node its labels of all layers and those of its 14 parents, all of them
// authenticated in full. The layers are held in memory: for small fillers and for tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pois/labels.hpp"

namespace cess::pois {

using Column = std::array<Hash256, kLayers>;

struct Commitment {
  Hash256 columns_root;  ///< comm_c
  Hash256 labels_root;   ///< comm_r
  friend bool operator==(const Commitment&, const Commitment&) = default;
};
/// comm = H("CESS-POIS-COMM-v1" ‖ fid ‖ comm_c ‖ comm_r).
Hash256 commitment_hash(const FillerId& file, const Commitment& commitment);

/// The challenged nodes and all their parents, rising, each once: whose columns a proof has.
std::vector<std::uint64_t> asked_nodes(Graph& graph, std::span<const std::uint32_t> nodes);

/// The answer to a set of challenged nodes of one filler.
struct CommitProof {
  Commitment commitment;
  /// Of the challenged nodes and their parents, by rising node, each once.
  std::vector<Column> columns;
  std::vector<Hash256> columns_path;  ///< to comm_c (multi_path.hpp)
  std::vector<Hash256> labels_path;   ///< of the challenged nodes alone, to comm_r
};

/// A filler with all its layers and trees.
class Filler {
 public:
  Filler(Graph& graph, const FillerId& file);
  [[nodiscard]] const Commitment& commitment() const { return commitment_; }
  /// Labels of a layer, 1 to 8.
  [[nodiscard]] std::span<const Hash256> layer(unsigned layer) const;
  /// `nodes` rise, without repeats, and are nodes of the graph.
  [[nodiscard]] CommitProof prove(Graph& graph, std::span<const std::uint32_t> nodes) const;

 private:
  [[nodiscard]] Column column(std::uint64_t v) const;

  std::vector<std::vector<Hash256>> layers_;
  std::vector<std::vector<Hash256>> column_levels_;
  std::vector<std::vector<Hash256>> label_levels_;
  Commitment commitment_;
};

/// One filler's proof, and what it is to show.
struct CommitCheck {
  FillerId file;
  Hash256 comm;                          ///< commitment_hash
  std::span<const std::uint32_t> nodes;  ///< rising, without repeats, nodes of the graph, not none
  const CommitProof* proof = nullptr;
};
/// Whether all of them show that the challenged nodes of their fillers were made by the rule. Pure.
/// What many fillers ask for is hashed side by side.
[[nodiscard]] bool verify_commits(Graph& graph, std::span<const CommitCheck> checks);
/// The same for one.
[[nodiscard]] inline bool verify_commit(Graph& graph, const FillerId& file, const Hash256& comm,
                                        std::span<const std::uint32_t> nodes,
                                        const CommitProof& proof) {
  const CommitCheck check{file, comm, nodes, &proof};
  return verify_commits(graph, std::span(&check, 1));
}

}  // namespace cess::pois
