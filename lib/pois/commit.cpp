// SPDX-License-Identifier: Apache-2.0
#include "pois/commit.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_padded.hpp"
#include "pois/multi_path.hpp"

namespace cess::pois {
namespace {

// Labels to be made again and compared, sixteen at a time.
class LabelChecks {
 public:
  explicit LabelChecks(bool first_layer)
      : blocks_(first_layer ? kFirstLayerBlocks : kLayerBlocks),
        size_(kHeadSize + (first_layer ? kDrgDegree : kDegree) * kLabelSize),
        bytes_(kAtOnce * 64 * blocks_) {
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      std::uint8_t* message = bytes_.data() + i * 64 * blocks_;
      messages_.push_back(message);
      pad_sha256({message, 64 * blocks_}, size_);
    }
  }

  void begin(const FillerId& file, unsigned layer, std::uint32_t v, const Hash256& want) {
    if (want_.size() == kAtOnce) flush();
    at_ = bytes_.data() + want_.size() * 64 * blocks_;
    std::memcpy(at_, file.bytes.data(), FillerId::kSize);
    at_ += FillerId::kSize;
    store_le(at_, std::uint32_t{layer});
    store_le(at_ + 4, std::uint64_t{v});
    at_ += 12;
    want_.push_back(want);
  }
  void parent(const Hash256& label) {
    std::memcpy(at_, label.bytes.data(), kLabelSize);
    at_ += kLabelSize;
  }
  // Whether all of them were right.
  bool finish() {
    flush();
    return good_;
  }

 private:
  static constexpr std::size_t kAtOnce = 16;
  static constexpr std::size_t kHeadSize = FillerId::kSize + 4 + 8;

  void flush() {
    std::array<Hash256, kAtOnce> made;
    sha256_padded(std::span(made).first(want_.size()), std::span(messages_).first(want_.size()),
                  blocks_);
    good_ = good_ && std::ranges::equal(std::span(made).first(want_.size()), want_);
    want_.clear();
  }

  std::size_t blocks_;
  std::size_t size_;
  std::vector<std::uint8_t> bytes_;
  std::vector<const std::uint8_t*> messages_;
  std::vector<Hash256> want_;
  std::uint8_t* at_ = nullptr;
  bool good_ = true;
};

// Begins to check whether the columns of all nodes follow by the rule from those of their parents.
template <class ColumnOf>
void check_labels(Graph& graph, const FillerId& file, std::span<const std::uint32_t> nodes,
                  const ColumnOf& column_of, LabelChecks& first, LabelChecks& later) {
  for (const std::uint32_t v : nodes) {
    std::array<DrgParents, 1> drg;
    graph.drg_parents(drg, v);
    std::array<const Column*, kDegree> parents{};
    const ExpanderParents expander = graph.expander_parents(v);
    for (unsigned j = 0; v > 0 && j < kDrgDegree; ++j) parents[j] = &column_of(drg[0][j]);
    for (unsigned j = 0; j < kExpanderDegree; ++j) {
      parents[kDrgDegree + j] = &column_of(expander[j]);
    }
    const Column& own = column_of(v);
    for (unsigned layer = 1; layer <= kLayers; ++layer) {
      LabelChecks& checks = layer == 1 ? first : later;
      checks.begin(file, layer, v, own[layer - 1]);
      for (unsigned j = 0; j < kDrgDegree; ++j) {
        checks.parent(v > 0 ? (*parents[j])[layer - 1] : Hash256{});
      }
      for (unsigned j = kDrgDegree; layer > 1 && j < kDegree; ++j) {
        checks.parent((*parents[j])[layer - 2]);
      }
    }
  }
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

bool verify_commits(Graph& graph, std::span<const CommitCheck> checks) {
  const std::uint64_t n = graph.params().nodes();
  std::vector<std::vector<std::uint64_t>> asked;
  std::vector<const std::uint8_t*> messages;
  for (const CommitCheck& c : checks) {
    CESS_CHECK(rising(c.nodes, graph.params().nodes()));
    asked.push_back(asked_nodes(graph, c.nodes));
    if (c.proof->columns.size() != asked.back().size()) return false;
    if (commitment_hash(c.file, c.proof->commitment) != c.comm) return false;
    for (const Column& column : c.proof->columns) messages.push_back(column[0].bytes.data());
  }
  std::vector<Hash256> hashes(messages.size());
  sha256_many(hashes, 0x02, messages, sizeof(Column));
  LabelChecks first(true);
  LabelChecks later(false);
  std::vector<PathTree> trees;  // of columns, then of labels, for each filler
  auto hash = hashes.begin();
  for (std::size_t f = 0; f < checks.size(); ++f) {
    const CommitCheck& c = checks[f];
    const auto column_of = [&](std::uint64_t v) -> const Column& {
      const auto at = std::ranges::lower_bound(asked[f], v);
      return c.proof->columns[static_cast<std::size_t>(at - asked[f].begin())];
    };
    check_labels(graph, c.file, c.nodes, column_of, first, later);
    PathTree columns{{}, c.proof->columns_path};
    columns.leaves.reserve(asked[f].size());
    for (const std::uint64_t v : asked[f]) columns.leaves.push_back({v, *hash++});
    PathTree labels{{}, c.proof->labels_path};
    labels.leaves.reserve(c.nodes.size());
    for (const std::uint32_t v : c.nodes) labels.leaves.push_back({v, column_of(v).back()});
    trees.push_back(std::move(columns));
    trees.push_back(std::move(labels));
  }
  if (!first.finish() || !later.finish()) return false;
  std::vector<Hash256> roots;
  if (!multi_roots(n, trees, roots)) return false;
  for (std::size_t f = 0; f < checks.size(); ++f) {
    const Commitment& want = checks[f].proof->commitment;
    if (roots[2 * f] != want.columns_root || roots[2 * f + 1] != want.labels_root) return false;
  }
  return true;
}

}  // namespace cess::pois
