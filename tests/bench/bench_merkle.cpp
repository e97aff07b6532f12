// SPDX-License-Identifier: Apache-2.0
// links: merkle crypto base
// Merkle trees beside the hash they are made of, and the service index tree at 10^6 fragments.
#include <benchmark/benchmark.h>

#include <string>
#include <thread>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "merkle/sum_tree.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

constexpr std::size_t kFragmentSize = std::size_t{8} << 20U;
constexpr std::uint64_t kMillion = 1000000;

Bytes some_bytes(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 31 + (i >> 8U));
  return out;
}

void count_bytes(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(size));
}

void bench_fragment_root(benchmark::State& state) {
  const Bytes data = some_bytes(kFragmentSize);
  for (auto _ : state) benchmark::DoNotOptimize(fragment_root(data));
  count_bytes(state, data.size());
}

// The flat hash, one message: what a tree would cost without lanes.
void bench_sha256_flat(benchmark::State& state) {
  const Bytes data = some_bytes(kFragmentSize);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(data));
  count_bytes(state, data.size());
}

// The ceiling: 16 messages in lanes, 64 KiB that stay in the cache.
void bench_sha256_many(benchmark::State& state) {
  const Bytes data = some_bytes(16 * kLeafSize);
  std::vector<const std::uint8_t*> messages;
  for (std::size_t i = 0; i < 16; ++i) messages.push_back(data.data() + i * kLeafSize);
  std::vector<Hash256> out(16);
  for (auto _ : state) {
    sha256_many(out, 0, messages, kLeafSize);
    benchmark::ClobberMemory();
  }
  count_bytes(state, data.size());
}

std::vector<SumNode> million_leaves() {
  std::vector<SumNode> leaves;
  leaves.reserve(kMillion);
  IndexEntry entry;
  for (std::uint64_t i = 0; i < kMillion; ++i) {
    store_le(entry.frag.bytes.data(), i);
    entry.blocks = 32;
    leaves.push_back(sum_leaf(entry));
  }
  return leaves;
}

// Leaves from entries and the whole tree: a snapshot made from nothing.
void bench_index_build(benchmark::State& state) {
  for (auto _ : state) {
    MemorySumNodes nodes;
    SumTree tree(nodes, 0);
    CESS_CHECK(tree.append_all(million_leaves()).has_value());
    benchmark::DoNotOptimize(tree.root());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(kMillion));
}

class Index {
 public:
  Index() { CESS_CHECK(tree.append_all(million_leaves()).has_value()); }
  MemorySumNodes nodes;
  SumTree tree{nodes, 0};
};
Index& shared_index() {
  static Index index;
  return index;
}

// One fragment more and one less: what put and delete cost.
void bench_index_change(benchmark::State& state) {
  Index& index = shared_index();
  const SumNode leaf = sum_leaf({});
  for (auto _ : state) {
    CESS_CHECK(index.tree.append(leaf).has_value());
    CESS_CHECK(index.tree.pop_back().has_value());
  }
}

// 512 challenged blocks: find each and make its path.
void bench_index_challenge(benchmark::State& state) {
  Index& index = shared_index();
  const std::uint64_t blocks = index.tree.root()->sum;
  std::uint64_t block = 1;
  for (auto _ : state) {
    for (unsigned i = 0; i < 512; ++i) {
      block = (block * 6364136223846793005U + 1442695040888963407U) % blocks;
      const auto hit = index.tree.find(block);
      CESS_CHECK(hit.has_value());
      benchmark::DoNotOptimize(index.tree.path(hit->leaf));
    }
  }
}

void add_all() {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto add = [cores](const std::string& name, auto* run) {
    benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime();
    if (cores > 1) benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime()->Threads(cores);
  };
  add("merkle/fragment-root-8MiB", &bench_fragment_root);
  add("merkle/sha256-flat-8MiB", &bench_sha256_flat);
  add("merkle/sha256-many-16x4KiB", &bench_sha256_many);
  benchmark::RegisterBenchmark("index/build-1e6", &bench_index_build)->UseRealTime();
  benchmark::RegisterBenchmark("index/append-and-pop-at-1e6", &bench_index_change)->UseRealTime();
  benchmark::RegisterBenchmark("index/512-paths-at-1e6", &bench_index_challenge)->UseRealTime();
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  cess::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
