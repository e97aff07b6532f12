// SPDX-License-Identifier: Apache-2.0
// links: pois merkle crypto sys base json
// A layer of labels beside the bare compressions it is made of, in bytes compressed a second on one
// core; the ceiling is the same kernel on messages that stay in the cache, in the same run. A final
// label of 32 bytes costs 69 compressions: 4 and 7 * 8 for its layers, 5 for its column, 2 and 2
// for its share of the two trees. So final labels a second are this rate * 32 / (69 * 64).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/check.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_padded.hpp"
#include "merkle/tree.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"
#include "pois/multi_path.hpp"
#include "sys/pages.hpp"

namespace cess::pois {
namespace {

// Large enough that parents are not in the cache (64 MiB a layer and lane), and so small that they
// are: what the two differ by is waiting for memory.
constexpr unsigned kLarge = 21;
constexpr unsigned kSmall = 9;

void bench_layers(benchmark::State& state, std::size_t lanes, unsigned log2_nodes) {
  Graph graph({log2_nodes});
  Owner owner;
  owner.params = graph.params();
  std::vector<FillerId> files;
  for (std::size_t i = 0; i < lanes; ++i) files.push_back(filler_id(owner, i));
  Labeler labeler(graph, files);
  const std::size_t size = (lanes << log2_nodes) * kLabelSize;
  const auto first = Pages::make(size);
  const auto second = Pages::make(size);
  CESS_CHECK(first && second);
  const std::span before(reinterpret_cast<Hash256*>(first->data()), lanes << log2_nodes);
  const std::span labels(reinterpret_cast<Hash256*>(second->data()), lanes << log2_nodes);
  for (std::size_t i = 0; i < before.size(); ++i) {
    before[i].bytes[0] = static_cast<std::uint8_t>(i);
    labels[i].bytes[0] = static_cast<std::uint8_t>(i);  // the pages are there
  }
  // The upper half of a layer: its parents are all over the lower half.
  const std::uint32_t half = 1U << (log2_nodes - 1);
  const std::uint32_t piece = std::min(half, 1U << 15U);
  std::uint32_t v = half;
  for (auto _ : state) {
    labeler.run(labels, before, 5, v, v + piece);
    v += piece;
    if (v == 2 * half) v = half;
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(piece * lanes * kLayerBlocks * 64));
  // Labels that are kept, beside the 4.5 MB/s that upstream published (16 GiB in an hour at best).
  state.counters["kept"] = benchmark::Counter(static_cast<double>(piece * lanes * kLabelSize) * 8 /
                                                  69 * static_cast<double>(state.iterations()),
                                              benchmark::Counter::kIsRate);
}

void bench_compressions(benchmark::State& state, std::size_t lanes) {
  std::vector<Bytes> messages(lanes, Bytes(64 * kLayerBlocks));
  std::vector<const std::uint8_t*> at;
  for (const Bytes& message : messages) at.push_back(message.data());
  std::vector<Hash256> out(lanes);
  for (auto _ : state) {
    for (unsigned i = 0; i < 1000; ++i) sha256_padded(out, at, kLayerBlocks);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(1000 * lanes * kLayerBlocks * 64));
}

// A filler's proof for these nodes that verifies, without the filler: labels of challenged nodes
// follow the rule from made-up ones of their parents, and the roots from made-up siblings. Nobody
// could have committed to them before the challenge; to judge it is the same work.
CommitProof invent_proof(Graph& graph, const FillerId& id, std::span<const std::uint32_t> nodes) {
  const std::uint64_t n = graph.params().nodes();
  const std::vector<std::uint64_t> asked = asked_nodes(graph, nodes);
  CommitProof proof;
  proof.columns.resize(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    for (unsigned l = 0; l < kLayers; ++l) {
      std::memcpy(proof.columns[i][l].bytes.data() + 8 * (l % 4), &asked[i], sizeof asked[i]);
    }
  }
  const auto column_of = [&](std::uint64_t v) -> Column& {
    return proof
        .columns[static_cast<std::size_t>(std::ranges::lower_bound(asked, v) - asked.begin())];
  };
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    for (const std::uint32_t v : nodes) {
      std::array<DrgParents, 1> drg;
      graph.drg_parents(drg, v);
      std::array<Hash256, kDegree> parents{};
      for (unsigned j = 0; v > 0 && j < kDrgDegree; ++j) {
        parents[j] = column_of(drg[0][j])[layer - 1];
      }
      const ExpanderParents expander = graph.expander_parents(v);
      for (unsigned j = 0; layer > 1 && j < kExpanderDegree; ++j) {
        parents[kDrgDegree + j] = column_of(expander[j])[layer - 2];
      }
      const std::span<const Hash256> all(parents);
      column_of(v)[layer - 1] =
          hash_label(id, layer, v, all.first(kDrgDegree),
                     layer > 1 ? all.subspan(kDrgDegree) : std::span<const Hash256>());
    }
  }
  const auto any = [](unsigned level, std::uint64_t index) {
    Hash256 out;
    out.bytes[0] = static_cast<std::uint8_t>(level);
    std::memcpy(out.bytes.data() + 1, &index, sizeof index);
    return out;
  };
  const std::vector<std::uint64_t> challenged(nodes.begin(), nodes.end());
  proof.columns_path = multi_path(n, asked, any);
  proof.labels_path = multi_path(n, challenged, any);
  std::vector<Leaf> columns;
  for (const std::uint64_t v : asked) columns.push_back({v, hash_column(column_of(v))});
  std::vector<Leaf> labels;
  for (const std::uint64_t v : challenged) labels.push_back({v, column_of(v).back()});
  proof.commitment = {*multi_root(n, columns, proof.columns_path),
                      *multi_root(n, labels, proof.labels_path)};
  return proof;
}

// All that a judge does with the proof of a batch (cmd/cess-prove/judge.cpp) once its bytes are
// there: their hash, reading them, the graph, the draws, 1,440 nodes with their parents. Only the
// draws are not those of the commitments, which came after them here.
void bench_verify_batch(benchmark::State& state, unsigned log2_nodes, std::uint64_t fillers) {
  Batch batch;
  batch.owner.params.log2_nodes = log2_nodes;
  batch.comms.resize(fillers);
  BatchProof made;
  made.params = batch.owner.params;
  std::vector<Hash256> comms;
  const std::vector<FileNodes> drawn = commit_challenges(batch, {});
  {
    Graph graph(batch.owner.params);
    for (const FileNodes& asked : drawn) {
      const FillerId id = filler_id(batch.owner, asked.file_no);
      made.files.push_back({asked.file_no, invent_proof(graph, id, asked.nodes)});
      comms.push_back(commitment_hash(id, made.files.back().proof.commitment));
    }
  }
  const Bytes blob = encode_batch_proof(made);
  made.files.clear();
  for (auto _ : state) {
    benchmark::DoNotOptimize(sha256(blob));
    benchmark::DoNotOptimize(commit_challenges(batch, {}));
    const auto proof = parse_batch_proof(blob);
    CESS_CHECK(proof && proof->files.size() == drawn.size());
    Graph graph(batch.owner.params);
    std::vector<CommitCheck> checks;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const FillerId id = filler_id(batch.owner, drawn[i].file_no);
      checks.push_back({id, comms[i], drawn[i].nodes, &proof->files[i].proof});
    }
    CESS_CHECK(verify_commits(graph, checks));
  }
  state.counters["bytes"] = static_cast<double>(blob.size());
}

// The second round of an epoch of a miner of 2^20 fillers of 1 GiB, a PiB
// (CESS_POIS_FILLERS_LOG2), as a judge takes it. All labels of all fillers are the same, so that
// one path serves for all; the work is not less.
void bench_verify_epoch(benchmark::State& state) {
  const char* wanted = std::getenv("CESS_POIS_FILLERS_LOG2");
  const unsigned log2_fillers = wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 20;
  CESS_CHECK(log2_fillers <= 26);
  EpochChallenge c;
  c.live.rear = std::uint64_t{1} << log2_fillers;
  const Hash256 label = sha256(as_bytes("label"));
  std::vector<Hash256> path;
  Hash256 node = label;
  for (unsigned level = 0; level < c.owner.params.log2_nodes; ++level) {
    path.push_back(node);
    node = merkle_node(node, node);
  }
  const Commitment commitment{label, node};
  EpochProof made;
  made.params = c.owner.params;
  Hash256 seed;
  Hash256 root;
  std::vector<std::uint64_t> drawn;
  {
    std::vector<Hash256> leaves;
    for (std::uint64_t i = 0; i < c.live.rear; ++i) {
      const Hash256 comm = commitment_hash(filler_id(c.owner, i), commitment);
      leaves.push_back(merkle_leaf(file_leaf(i, comm).view()));
    }
    const auto files = tree_levels(std::move(leaves));
    c.files_root = range_root(c.live.rear, files.back().front());
    seed = epoch_seed(c);
    std::vector<Hash256> answers;
    for (std::uint64_t i = 0; i < c.live.rear; ++i) answers.push_back(epoch_answer(i, label));
    const auto levels = tree_levels(std::move(answers));
    root = levels.back().front();
    drawn = opened_files(seed, root, {}, c.live.rear);
    made.answers_path = multi_path(levels, drawn);
    made.files_path = multi_path(files, drawn);
  }
  for (std::size_t i = 0; i < drawn.size(); ++i) made.openings.push_back({label, label, path});
  const Bytes blob = encode_epoch_proof(made);
  for (auto _ : state) {
    benchmark::DoNotOptimize(sha256(blob));
    const auto proof = parse_epoch_proof(blob);
    CESS_CHECK(proof && verify_epoch(c, root, {}, *proof));
  }
  state.counters["bytes"] = static_cast<double>(blob.size());
}

void add_all() {
  // 2^25 labels are 1 GiB: one such filler, sixteen, as many as a batch may have; and one of 1 MiB.
  for (const auto& [log2_nodes, fillers] : {std::pair(25U, 1U), std::pair(25U, 16U),
                                            std::pair(25U, kBatchFilesMax), std::pair(15U, 16U)}) {
    const std::string name = "pois/verify-batch/2^" + std::to_string(log2_nodes) + "/" +
                             std::to_string(fillers) + "-fillers";
    benchmark::RegisterBenchmark(name.c_str(), [log2_nodes, fillers](auto& s) {
      bench_verify_batch(s, log2_nodes, fillers);
    });
  }
  benchmark::RegisterBenchmark("pois/verify-epoch", bench_verify_epoch);
  for (const std::size_t lanes : sha256_widths()) {
    const std::string name = "pois/layer-of-" + std::to_string(lanes);
    benchmark::RegisterBenchmark(name.c_str(),
                                 [lanes](auto& s) { bench_layers(s, lanes, kLarge); });
    benchmark::RegisterBenchmark((name + "/cached").c_str(),
                                 [lanes](auto& s) { bench_layers(s, lanes, kSmall); });
    benchmark::RegisterBenchmark((name + "/ceiling").c_str(),
                                 [lanes](auto& s) { bench_compressions(s, lanes); });
  }
}

}  // namespace
}  // namespace cess::pois

int main(int argc, char** argv) {
  cess::pois::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
