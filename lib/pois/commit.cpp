// SPDX-License-Identifier: Apache-2.0
#include "pois/commit.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "crypto/sha256.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

// Whether the column of v follows by the rule from those of its parents.
template <class ColumnOf>
bool follows(Graph& graph, const FillerId& file, std::uint32_t v, const ColumnOf& column_of) {
  std::array<DrgParents, 1> drg;
  graph.drg_parents(drg, v);
  const ExpanderParents expander = graph.expander_parents(v);
  const Column& own = column_of(v);
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    std::array<Hash256, kDrgDegree> within{};
    std::array<Hash256, kExpanderDegree> before;
    for (unsigned j = 0; v > 0 && j < kDrgDegree; ++j) {
      within[j] = column_of(drg[0][j])[layer - 1];
    }
    for (unsigned j = 0; layer > 1 && j < kExpanderDegree; ++j) {
      before[j] = column_of(expander[j])[layer - 2];
    }
    const auto above = layer > 1 ? std::span<const Hash256>(before) : std::span<const Hash256>();
    if (hash_label(file, layer, v, within, above) != own[layer - 1]) return false;
  }
  return true;
}

bool rising(std::span<const std::uint32_t> nodes, std::uint32_t end) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i] >= end || (i > 0 && nodes[i] <= nodes[i - 1])) return false;
  }
  return !nodes.empty();
}

}  // namespace

std::vector<std::uint64_t> asked_nodes(Graph& graph, std::span<const std::uint32_t> nodes) {
  std::vector<std::uint64_t> out;
  for (const std::uint32_t v : nodes) {
    std::array<DrgParents, 1> drg;
    graph.drg_parents(drg, v);
    out.push_back(v);
    if (v > 0) out.insert(out.end(), drg[0].begin(), drg[0].end());
    for (const std::uint32_t q : graph.expander_parents(v)) out.push_back(q);
  }
  std::ranges::sort(out);
  const auto repeats = std::ranges::unique(out);
  out.erase(repeats.begin(), repeats.end());
  return out;
}

Hash256 commitment_hash(const FillerId& file, const Commitment& commitment) {
  return sha256({as_bytes("CESS-POIS-COMM-v1"), file.view(), commitment.columns_root.view(),
                 commitment.labels_root.view()});
}

Filler::Filler(Graph& graph, const FillerId& file) {
  const std::uint32_t n = graph.params().nodes();
  Labeler labeler(graph, std::span(&file, 1));
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    std::vector<Hash256> labels(n);
    labeler.run(labels, layer == 1 ? std::span<const Hash256>() : layers_.back(), layer, 0, n);
    layers_.push_back(std::move(labels));
  }
  std::vector<Hash256> columns(n);
  for (std::uint32_t v = 0; v < n; ++v) columns[v] = hash_column(column(v));
  column_levels_ = tree_levels(std::move(columns));
  label_levels_ = tree_levels(layers_.back());
  commitment_ = {column_levels_.back().front(), label_levels_.back().front()};
}

std::span<const Hash256> Filler::layer(unsigned layer) const {
  CESS_CHECK(layer >= 1 && layer <= kLayers);
  return layers_[layer - 1];
}

Column Filler::column(std::uint64_t v) const {
  Column out;
  for (unsigned l = 0; l < kLayers; ++l) out[l] = layers_[l][v];
  return out;
}

CommitProof Filler::prove(Graph& graph, std::span<const std::uint32_t> nodes) const {
  CESS_CHECK(rising(nodes, graph.params().nodes()));
  const std::vector<std::uint64_t> asked = asked_nodes(graph, nodes);
  const std::vector<std::uint64_t> challenged(nodes.begin(), nodes.end());
  CommitProof proof;
  proof.commitment = commitment_;
  for (const std::uint64_t v : asked) proof.columns.push_back(column(v));
  proof.columns_path = multi_path(column_levels_, asked);
  proof.labels_path = multi_path(label_levels_, challenged);
  return proof;
}

bool verify_commit(Graph& graph, const FillerId& file, const Hash256& comm,
                   std::span<const std::uint32_t> nodes, const CommitProof& proof) {
  CESS_CHECK(rising(nodes, graph.params().nodes()));
  const std::vector<std::uint64_t> asked = asked_nodes(graph, nodes);
  if (proof.columns.size() != asked.size()) return false;
  if (commitment_hash(file, proof.commitment) != comm) return false;
  const auto column_of = [&](std::uint64_t v) -> const Column& {
    const auto at = std::ranges::lower_bound(asked, v);
    return proof.columns[static_cast<std::size_t>(at - asked.begin())];
  };
  std::vector<Leaf> columns;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    columns.push_back({asked[i], hash_column(proof.columns[i])});
  }
  std::vector<Leaf> labels;
  for (const std::uint32_t v : nodes) labels.push_back({v, column_of(v).back()});
  const std::uint64_t n = graph.params().nodes();
  if (multi_root(n, columns, proof.columns_path) != proof.commitment.columns_root) return false;
  if (multi_root(n, labels, proof.labels_path) != proof.commitment.labels_root) return false;
  return std::ranges::all_of(nodes,
                             [&](std::uint32_t v) { return follows(graph, file, v, column_of); });
}

}  // namespace cess::pois
