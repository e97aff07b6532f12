// SPDX-License-Identifier: Apache-2.0
// links: pois merkle crypto sys base
// A layer of labels beside the bare compressions it is made of, in bytes compressed a second on one
// core; the ceiling is the same kernel on messages that stay in the cache, in the same run. A final
// label of 32 bytes costs 69 compressions: 4 and 7 * 8 for its layers, 5 for its column, 2 and 2
// for its share of the two trees. So final labels a second are this rate * 32 / (69 * 64).
#include <benchmark/benchmark.h>

#include <string>

#include "base/check.hpp"
#include "crypto/sha256_padded.hpp"
#include "pois/labels.hpp"
#include "sys/pages.hpp"

namespace cess::pois {
namespace {

// Large enough that parents are not in the cache (64 MiB a layer and lane).
constexpr unsigned kLog2Nodes = 21;

void bench_layers(benchmark::State& state, std::size_t lanes) {
  Graph graph({kLog2Nodes});
  Owner owner;
  owner.params = graph.params();
  std::vector<FillerId> files;
  for (std::size_t i = 0; i < lanes; ++i) files.push_back(filler_id(owner, i));
  Labeler labeler(graph, files);
  const std::size_t size = (lanes << kLog2Nodes) * kLabelSize;
  const auto first = Pages::make(size);
  const auto second = Pages::make(size);
  CESS_CHECK(first && second);
  const std::span before(reinterpret_cast<Hash256*>(first->data()), lanes << kLog2Nodes);
  const std::span labels(reinterpret_cast<Hash256*>(second->data()), lanes << kLog2Nodes);
  for (std::size_t i = 0; i < before.size(); ++i) {
    before[i].bytes[0] = static_cast<std::uint8_t>(i);
    labels[i].bytes[0] = static_cast<std::uint8_t>(i);  // the pages are there
  }
  // The upper half of a layer: its parents are all over the lower half.
  constexpr std::uint32_t kPiece = 1U << 15U;
  std::uint32_t v = 1U << (kLog2Nodes - 1);
  for (auto _ : state) {
    labeler.run(labels, before, 5, v, v + kPiece);
    v += kPiece;
    if (v == 1U << kLog2Nodes) v = 1U << (kLog2Nodes - 1);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(kPiece * lanes * kLayerBlocks * 64));
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

void add_all() {
  for (const std::size_t lanes : sha256_widths()) {
    const std::string name = "pois/layer-of-" + std::to_string(lanes);
    benchmark::RegisterBenchmark(name.c_str(), [lanes](auto& s) { bench_layers(s, lanes); });
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
