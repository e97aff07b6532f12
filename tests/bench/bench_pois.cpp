// SPDX-License-Identifier: Apache-2.0
// links: pois merkle crypto sys base json
// A layer of labels beside the bare compressions it is made of, in bytes compressed a second on one
// core; the ceiling is the same kernel on messages that stay in the cache, in the same run. A final
// label of 32 bytes costs 69 compressions: 4 and 7 * 8 for its layers, 5 for its column, 2 and 2
// for its share of the two trees. So final labels a second are this rate * 32 / (69 * 64).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "base/check.hpp"
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

// The proof of a batch of 16, judged: 1,440 nodes with their parents. Paths are 15 hashes and
// not 25.
void bench_verify_batch(benchmark::State& state) {
  Batch batch;
  batch.owner.params.log2_nodes = 15;
  Graph graph(batch.owner.params);
  std::vector<Filler> fillers;
  for (std::uint64_t i = 0; i < 16; ++i) {
    const FillerId id = filler_id(batch.owner, i);
    fillers.emplace_back(graph, id);
    batch.comms.push_back(commitment_hash(id, fillers.back().commitment()));
  }
  BatchProof proof;
  proof.params = batch.owner.params;
  for (const FileNodes& asked : commit_challenges(batch, {})) {
    proof.files.push_back({asked.file_no, fillers[asked.file_no].prove(graph, asked.nodes)});
  }
  for (auto _ : state) CESS_CHECK(verify_batch(graph, batch, {}, proof));
  state.counters["bytes"] = static_cast<double>(encode_batch_proof(proof).size());
}

// The proof of an epoch over 1,024 fillers of 2^9: paths are 9 + 10 + 10 hashes and not 25 + 20
// + 20.
void bench_verify_epoch(benchmark::State& state) {
  EpochChallenge c;
  c.owner.params.log2_nodes = 9;
  c.live.rear = 1024;
  Graph graph(c.owner.params);
  std::vector<std::vector<Hash256>> labels;
  std::vector<Commitment> commitments;
  std::vector<Hash256> leaves;
  for (std::uint64_t i = 0; i < c.live.rear; ++i) {
    const FillerId id = filler_id(c.owner, i);
    const Filler filler(graph, id);
    labels.emplace_back(filler.layer(kLayers).begin(), filler.layer(kLayers).end());
    commitments.push_back(filler.commitment());
    leaves.push_back(merkle_leaf(file_leaf(i, commitment_hash(id, commitments.back())).view()));
  }
  c.files_root = range_root(c.live.rear, merkle_root(leaves));
  const Hash256 seed = epoch_seed(c);
  std::vector<Hash256> answers;
  for (std::uint64_t i = 0; i < c.live.rear; ++i) {
    answers.push_back(epoch_answer(i, labels[i][epoch_node(seed, i, c.owner.params)]));
  }
  const Hash256 root = answers_root(answers);
  const auto drawn = opened_files(seed, root, {}, c.live.rear);
  EpochProof proof;
  proof.params = c.owner.params;
  for (const std::uint64_t i : drawn) {
    const std::uint32_t v = epoch_node(seed, i, c.owner.params);
    proof.openings.push_back(
        {labels[i][v], commitments[i].columns_root, merkle_path(labels[i], v)});
  }
  proof.answers_path = multi_path(tree_levels(answers), drawn);
  proof.files_path = multi_path(tree_levels(leaves), drawn);
  for (auto _ : state) CESS_CHECK(verify_epoch(c, root, {}, proof));
  state.counters["bytes"] = static_cast<double>(encode_epoch_proof(proof).size());
}

void add_all() {
  benchmark::RegisterBenchmark("pois/verify-batch", bench_verify_batch);
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
