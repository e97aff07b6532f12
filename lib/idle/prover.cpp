// SPDX-License-Identifier: Apache-2.0
#include "idle/prover.hpp"

#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "crypto/sha256.hpp"
#include "idle/layers.hpp"
#include "idle/maker.hpp"
#include "merkle/mmr.hpp"
#include "merkle/tree.hpp"
#include "pois/multi_path.hpp"
#include "store/fillers.hpp"
#include "sys/file.hpp"

namespace cess::idle {
namespace {

using Levels = std::vector<std::vector<Hash256>>;

// A tree of which the nodes from the cut up are kept, and the pieces below it made when needed.
class CutTree {
 public:
  using Piece = std::function<Result<std::vector<Hash256>>(std::uint64_t piece)>;
  CutTree(const pois::Params& params, const std::vector<Hash256>& nodes, Piece leaves_of)
      : cut_(cut_level(params)), top_(pois::tree_levels(nodes)), leaves_of_(std::move(leaves_of)) {}

  Hash256 node(unsigned level, std::uint64_t index) {
    if (level >= cut_) return top_[level - cut_][index];
    const std::uint64_t piece = index >> (cut_ - level);
    auto at = pieces_.find(piece);
    if (at == pieces_.end()) {
      auto leaves = leaves_of_(piece);
      if (!leaves) {
        if (failure) failure = tl::unexpected(leaves.error());
        return {};
      }
      at = pieces_.emplace(piece, pois::tree_levels(std::move(*leaves))).first;
      if (at->second.back().front() != top_[0][piece] && failure) {
        failure = fail(Code::no, "its bytes are not those it was committed with");
      }
    }
    return at->second[level][index & ((std::uint64_t{1} << (cut_ - level)) - 1)];
  }
  Status failure;

 private:
  unsigned cut_;
  Levels top_;
  Piece leaves_of_;
  std::map<std::uint64_t, Levels> pieces_;
};

std::string filler_text(std::uint64_t number) { return "filler " + std::to_string(number); }

Status of_filler(Status status, std::uint64_t number) {
  if (!status) status.error().message = filler_text(number) + ": " + status.error().message;
  return status;
}

Result<std::vector<Hash256>> path_in(CutTree& tree, const pois::Params& params,
                                     std::span<const std::uint64_t> indices, std::uint64_t number) {
  auto path = pois::multi_path(params.nodes(), indices, [&](unsigned level, std::uint64_t index) {
    return tree.node(level, index);
  });
  CESS_TRY(of_filler(tree.failure, number));
  return path;
}

CutTree label_tree(const IdleFolder& folder, const FillerHead& head) {
  const std::uint32_t step = 1U << cut_level(head.params);
  return {head.params, head.label_nodes,
          [&folder, number = head.number, step](std::uint64_t piece) {
            return folder.labels(number, static_cast<std::uint32_t>(piece * step), step);
          }};
}

CutTree column_tree(const Group& group, const FillerHead& head, const std::string& labels) {
  const std::uint32_t step = 1U << cut_level(head.params);
  return {head.params, head.column_nodes,
          [group, labels, number = head.number,
           step](std::uint64_t piece) -> Result<std::vector<Hash256>> {
            const auto first = static_cast<std::uint32_t>(piece * step);
            CESS_TRY_ASSIGN(const auto columns, read_columns(group, number, labels, first, step));
            std::vector<Hash256> out(step);
            for (std::uint32_t i = 0; i < step; ++i) out[i] = pois::hash_column(columns[i]);
            return out;
          }};
}

Result<pois::CommitProof> prove_filler(const IdleFolder& folder, pois::Graph& graph,
                                       const Group& group, const pois::FileNodes& asked) {
  const std::string labels = fillers::labels_path(folder.store(), asked.file_no);
  CESS_TRY_ASSIGN(const FillerHead head, folder.head(asked.file_no));
  pois::CommitProof proof;
  proof.commitment = head.commitment;
  const std::vector<std::uint64_t> nodes(asked.nodes.begin(), asked.nodes.end());
  const std::vector<std::uint64_t> with_parents = pois::asked_nodes(graph, asked.nodes);
  for (const std::uint64_t v : with_parents) {
    CESS_TRY_ASSIGN(const auto column,
                    read_columns(group, asked.file_no, labels, static_cast<std::uint32_t>(v), 1));
    proof.columns.push_back(column.front());
  }
  CutTree columns = column_tree(group, head, labels);
  CutTree own = label_tree(folder, head);
  CESS_TRY_ASSIGN(proof.columns_path, path_in(columns, head.params, with_parents, head.number));
  CESS_TRY_ASSIGN(proof.labels_path, path_in(own, head.params, nodes, head.number));
  return proof;
}

bool has_layers(const Group& group, std::uint64_t number) {
  for (unsigned layer = 1; layer < pois::kLayers; ++layer) {
    if (!path_exists(layer_path(group, number, layer))) return false;
  }
  return true;
}

Status same_owner(const IdleFolder& folder, const pois::Owner& owner) {
  if (folder.state().owner == owner) return {};
  return fail(Code::no, "the challenge is for another miner, chain or size of fillers");
}

}  // namespace

Result<pois::BatchProof> prove_batch(const IdleFolder& folder, const pois::Batch& batch,
                                     const Hash256& beacon, const std::string& scratch,
                                     std::uint64_t memory_bytes) {
  CESS_TRY(same_owner(folder, batch.owner));
  const std::string work = fillers::work_folder(folder.store());
  const Group kept{batch.owner, {}, work, work, {}};
  // Where a maker with the same folder keeps layers.
  const std::string own = scratch.empty() ? scratch : scratch_of(scratch, batch.owner.miner);
  const Group elsewhere{batch.owner, {}, own, own, {}};
  pois::Graph graph(folder.params());
  pois::BatchProof out;
  out.params = folder.params();
  const auto asked = pois::commit_challenges(batch, beacon);
  const std::size_t lanes = lanes_for(folder.params(), 1, memory_bytes);
  for (std::size_t first = 0; first < asked.size(); first += lanes) {
    Group again = elsewhere;
    const std::size_t end = std::min(asked.size(), first + lanes);
    for (std::size_t i = first; i < end; ++i) {
      const std::uint64_t number = asked[i].file_no;
      if (has_layers(kept, number)) continue;
      if (scratch.empty() || !has_layers(elsewhere, number)) again.numbers.push_back(number);
    }
    if (!again.numbers.empty()) {
      if (scratch.empty()) {
        return fail(Code::usage,
                    "the layers of filler " + std::to_string(again.numbers[0]) + " are not kept",
                    {}, "give --scratch DIR to make them again there");
      }
      CESS_TRY(make_dir(scratch, 0755, true));
      CESS_TRY(make_dir(own, 0755, true));
      CESS_TRY(make_layers(again, pois::kLayers - 1, {}));
    }
    for (std::size_t i = first; i < end; ++i) {
      const std::uint64_t number = asked[i].file_no;
      const Group& from = has_layers(kept, number) ? kept : elsewhere;
      CESS_TRY_ASSIGN(auto proof, prove_filler(folder, graph, from, asked[i]));
      out.files.push_back({number, std::move(proof)});
    }
  }
  if (scratch.empty()) return out;
  for (const pois::FileNodes& file : asked) CESS_TRY(fillers::remove_work(own, file.file_no));
  return out;
}

Result<std::vector<Hash256>> answer_epoch(const IdleFolder& folder,
                                          const pois::EpochChallenge& challenge) {
  CESS_TRY(same_owner(folder, challenge.owner));
  const Hash256 seed = pois::epoch_seed(challenge);
  std::vector<Hash256> out;
  const std::uint64_t count = challenge.live.count();
  if (count > folder.numbers().size()) {
    return fail(Code::no, "the challenge asks for " + std::to_string(count) + " fillers, " +
                              std::to_string(folder.numbers().size()) + " are here");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t number = challenge.live.number(i);
    const std::uint32_t node = pois::epoch_node(seed, number, folder.params());
    CESS_TRY_ASSIGN(const auto label, folder.labels(number, node, 1));
    out.push_back(pois::epoch_answer(number, label.front()));
  }
  return out;
}

Result<pois::EpochProof> open_epoch(const IdleFolder& folder, const pois::EpochChallenge& challenge,
                                    const std::vector<Hash256>& answers, const Hash256& beacon,
                                    std::uint64_t skipped) {
  CESS_TRY(same_owner(folder, challenge.owner));
  const Hash256 seed = pois::epoch_seed(challenge);
  const Hash256 root = pois::answers_root(answers);
  const auto drawn = pois::opened_files(seed, root, beacon, challenge.live.count(), skipped);
  pois::EpochProof proof;
  proof.params = folder.params();
  std::vector<std::uint64_t> numbers;
  for (const std::uint64_t index : drawn) {
    const std::uint64_t number = challenge.live.number(index);
    numbers.push_back(number);
    CESS_TRY_ASSIGN(const FillerHead head, folder.head(number));
    const std::uint64_t node[] = {pois::epoch_node(seed, number, folder.params())};
    CutTree tree = label_tree(folder, head);
    pois::Opening opening;
    opening.columns_root = head.commitment.columns_root;
    CESS_TRY_ASSIGN(opening.path, path_in(tree, head.params, node, number));
    opening.label = tree.node(0, node[0]);
    proof.openings.push_back(std::move(opening));
  }
  proof.answers_path = pois::multi_path(pois::tree_levels(answers), drawn);
  CESS_TRY_ASSIGN(const auto comms, folder.commitments(0, challenge.live.rear));
  std::vector<Hash256> leaves;
  for (std::uint64_t number = 0; number < comms.size(); ++number) {
    leaves.push_back(merkle_leaf(pois::file_leaf(number, comms[number]).view()));
  }
  proof.files_path = pois::multi_path(pois::tree_levels(std::move(leaves)), numbers);
  return proof;
}

Result<Hash256> files_root(const IdleFolder& folder, std::uint64_t rear) {
  CESS_TRY_ASSIGN(const auto comms, folder.commitments(0, rear));
  MmrPeaks peaks;
  for (std::uint64_t number = 0; number < comms.size(); ++number) {
    peaks.append(pois::file_leaf(number, comms[number]));
  }
  return peaks.root();
}

}  // namespace cess::idle
