// SPDX-License-Identifier: Apache-2.0
// links: audit podr2 json merkle crypto base
// Auditing a large miner: what a challenge of a service index of 10^6 fragments costs, beside the
// tree itself in bench_merkle. The arguments are numbers of fragments.
#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

#include "audit/locate.hpp"
#include "audit/proof.hpp"
#include "audit/service_index.hpp"
#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "podr2/challenge.hpp"
#include "podr2/detection.hpp"

namespace cess {
namespace {

IndexEntry entry_of(std::uint64_t i) {
  std::uint8_t number[8];
  store_le(number, i);
  return {FragId::from(sha256(number).view()), 32, TaggerId{}};
}

struct Index {
  MemorySumNodes nodes;
  SumTree tree{nodes, 0};
  explicit Index(std::uint64_t fragments) {
    for (std::uint64_t i = 0; i < fragments; ++i) {
      CESS_CHECK(tree.append(sum_leaf(entry_of(i))).has_value());
    }
  }
  Challenge challenge() {
    const SumNode root = tree.root().value();
    Challenge c;
    c.svc_root = root.hash;
    c.blocks = root.sum;
    c.fragments = tree.count();
    c.count = default_challenge_count(tree.count());
    return c;
  }
};

/// Deriving a challenge of the default size, finding its blocks and opening its entries.
void bench_challenge_find_open(benchmark::State& state) {
  Index index(static_cast<std::uint64_t>(state.range(0)));
  const Challenge c = index.challenge();
  std::size_t nodes = 0;
  for (auto _ : state) {
    for (const Draw& d : draw_all(c)) {
      const auto hit = index.tree.find(d.block).value();
      nodes += index.tree.path(hit.leaf).value().size();
    }
  }
  benchmark::DoNotOptimize(nodes);
  state.counters["asked_blocks"] = c.count;
}

/// Checking those openings, as a verifier without the list does.
void bench_check_openings(benchmark::State& state) {
  Index index(static_cast<std::uint64_t>(state.range(0)));
  const Challenge c = index.challenge();
  const auto draws = draw_all(c);
  std::map<std::uint64_t, Opening> openings;
  for (const Draw& d : draws) {
    const std::uint64_t leaf = index.tree.find(d.block).value().leaf;
    openings[leaf] = {leaf, entry_of(leaf), index.tree.path(leaf).value()};
  }
  std::vector<Opening> list;
  for (auto& [leaf, opening] : openings) list.push_back(std::move(opening));
  for (auto _ : state) {
    CESS_CHECK(locate_by_openings(c, draws, list).has_value());
  }
  state.counters["asked_blocks"] = c.count;
}

/// Reading the list and working out its root, line by line.
void bench_read_index_list(benchmark::State& state) {
  const auto fragments = static_cast<std::uint64_t>(state.range(0));
  Index index(fragments);
  std::vector<std::string> lines;
  lines.push_back(index_header_line({MinerId{}, index.tree.root().value(), fragments}));
  for (std::uint64_t i = 0; i < fragments; ++i) lines.push_back(index_entry_line(entry_of(i)));
  for (auto _ : state) {
    IndexLineReader reader("list", {});
    for (const std::string& line : lines) CESS_CHECK(reader.line(line).has_value());
    CESS_CHECK(reader.finish().has_value());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

BENCHMARK(bench_challenge_find_open)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(bench_check_openings)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(bench_read_index_list)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cess

BENCHMARK_MAIN();
