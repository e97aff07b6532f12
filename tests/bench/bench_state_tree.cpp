// SPDX-License-Identifier: Apache-2.0
// links: merkle crypto base
// The state tree at 10^6 accounts: a block's worth of random updates, the rebuild at start, proofs.
// The ceiling of an update is its bare hashes: as many 64-byte messages, side by side in the cache,
// as root() hashed. One core, CPU time.
#include <benchmark/benchmark.h>

#include <memory>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "merkle/sparse_tree.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kAccounts = 1000000;

Hash256 hash_of(std::uint64_t n) {
  std::array<std::uint8_t, 8> b{};
  store_le(b.data(), n);
  return sha256(b);
}

std::vector<SparseChange> accounts() {
  std::vector<SparseChange> all;
  all.reserve(kAccounts);
  for (std::uint64_t i = 0; i < kAccounts; ++i) all.push_back({hash_of(i), hash_of(i + 1)});
  return all;
}

SparseTree& million() {
  static SparseTree tree = [] {
    SparseTree t;
    t.update(accounts());
    t.root();
    return t;
  }();
  return tree;
}

// The next batch of updates: existing accounts in no order, new values.
class Batches {
 public:
  explicit Batches(std::size_t size) : changes_(size) {}
  std::span<const SparseChange> next() {
    for (SparseChange& c : changes_) {
      at_ = at_ * 6364136223846793005U + 1442695040888963407U;
      c.key = hash_of((at_ >> 33U) % kAccounts);
      Hash256 value;
      store_le(value.bytes.data(), at_);
      c.value = value;
    }
    return changes_;
  }

 private:
  std::vector<SparseChange> changes_;
  static inline std::uint64_t at_ = 1;  // no batch comes twice, or it would change nothing
};

// range(0) random accounts of 10^6 get new values, then the root.
void update_and_root(benchmark::State& state) {
  SparseTree& tree = million();
  Batches batches(static_cast<std::size_t>(state.range(0)));
  std::uint64_t hashed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto batch = batches.next();
    const std::uint64_t before = tree.hashed_count();
    state.ResumeTiming();
    tree.update(batch);
    benchmark::DoNotOptimize(tree.root());
    hashed += tree.hashed_count() - before;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["hashes"] =
      benchmark::Counter(static_cast<double>(hashed), benchmark::Counter::kAvgIterations);
  state.counters["MB_held"] = static_cast<double>(tree.memory_bytes()) / 1e6;
}

// The same without root().
void update_only(benchmark::State& state) {
  SparseTree& tree = million();
  Batches batches(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    tree.root();
    const auto batch = batches.next();
    state.ResumeTiming();
    tree.update(batch);
  }
  tree.root();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// The ceiling: the hashes alone of one update of range(0) accounts.
void bare_hashes(benchmark::State& state) {
  SparseTree& tree = million();
  Batches batches(static_cast<std::size_t>(state.range(0)));
  const std::uint64_t before = tree.hashed_count();
  tree.update(batches.next());
  tree.root();
  const std::uint64_t count = tree.hashed_count() - before;
  const std::vector<Hash256> pairs(128);
  std::vector<Hash256> out(64);
  for (auto _ : state) {
    for (std::uint64_t done = 0; done < count; done += out.size()) {
      sha256_pairs(out, pairs);
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["hashes"] = static_cast<double>(count);
}

void rebuild(benchmark::State& state) {
  const std::vector<SparseChange> all = accounts();
  for (auto _ : state) {
    SparseTree tree;
    tree.update(all);
    benchmark::DoNotOptimize(tree.root());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kAccounts));
}

void prove(benchmark::State& state) {
  SparseTree& tree = million();
  tree.root();
  std::uint64_t n = 0;
  std::size_t bytes = 0;
  for (auto _ : state) bytes += tree.prove(hash_of(n++ % (2 * kAccounts))).encode().size();
  state.counters["bytes"] =
      benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}

void verify(benchmark::State& state) {
  SparseTree& tree = million();
  const Hash256 root = tree.root();
  const Hash256 key = hash_of(2 * kAccounts);
  const Bytes proof = tree.prove(key).encode();
  for (auto _ : state) CESS_CHECK(verify_sparse(root, key, std::nullopt, proof));
}

BENCHMARK(update_and_root)
    ->Name("state-tree/update-at-1e6")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(1000)
    ->Arg(20000);
BENCHMARK(update_only)
    ->Name("state-tree/update-without-root")
    ->Unit(benchmark::kMillisecond)
    ->Arg(20000);
BENCHMARK(bare_hashes)
    ->Name("state-tree/bare-hashes")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1000)
    ->Arg(20000);
BENCHMARK(rebuild)->Name("state-tree/rebuild-1e6")->Unit(benchmark::kMillisecond);
BENCHMARK(prove)->Name("state-tree/prove-at-1e6")->Unit(benchmark::kMicrosecond);
BENCHMARK(verify)->Name("state-tree/verify")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cess

BENCHMARK_MAIN();
