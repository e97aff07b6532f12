// SPDX-License-Identifier: Apache-2.0
// links: chain_sim chain_ledger chain_state chain_consensus chain_types json base
// Simulated seconds per CPU second of one core: consensus alone, with faults, and the whole network
// with 300 miners.
#include <benchmark/benchmark.h>

#include "chain/sim/run.hpp"

namespace {

using namespace cess::sim;

void run(benchmark::State& state, const RunOptions& options) {
  std::uint64_t simulated = 0;
  std::uint64_t cpu = 0;
  std::uint64_t seed = 1;
  for (auto _ : state) {
    const RunResult r = run_options(expand(options, seed++));
    CESS_CHECK(!r.report.violation);
    simulated += r.report.simulated;
    cpu += r.cpu_us;
  }
  state.counters["times_real_time"] = static_cast<double>(simulated) / static_cast<double>(cpu);
}

void consensus_quiet(benchmark::State& state) {
  RunOptions o;
  o.faults = false;
  o.duration = 600 * kSecond;
  run(state, o);
}
BENCHMARK(consensus_quiet)->Unit(benchmark::kMillisecond);

void consensus_swarm(benchmark::State& state) {
  RunOptions o;
  run(state, o);
}
BENCHMARK(consensus_swarm)->Unit(benchmark::kMillisecond);

void network_of_300_miners(benchmark::State& state) {
  RunOptions o;
  o.faults = false;
  o.miners = 300;
  o.duration = 3600 * kSecond;
  run(state, o);
}
BENCHMARK(network_of_300_miners)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
