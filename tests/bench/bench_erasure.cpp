// SPDX-License-Identifier: Apache-2.0
// links: erasure base
// Reed-Solomon beside its ceilings of the same run: ISA-L called directly on data that stays in the
// level-2 cache, and memcpy with the same traffic. Rates are bytes of data (k fragments), not of
// parity.
#include <benchmark/benchmark.h>
#include <isa-l/erasure_code.h>

#include <cstring>
#include <string>
#include <thread>

#include "base/check.hpp"
#include "erasure/code.hpp"

namespace cess {
namespace {

constexpr std::size_t kFragmentSize = std::size_t{8} << 20U;
constexpr std::size_t kStripSize = std::size_t{16} << 10U;

// n buffers of `size` bytes, all touched.
struct Buffers {
  Buffers(unsigned k, unsigned n, std::size_t size) {
    rows.assign(n, Bytes(size));
    for (unsigned i = 0; i < n; ++i) {
      for (std::size_t at = 0; at < size; ++at)
        rows[i][at] = static_cast<std::uint8_t>(at * 31 + i);
      if (i < k) in.push_back(rows[i].data());
      if (i < k) in_mutable.push_back(rows[i].data());
      if (i >= k) out.push_back(rows[i].data());
    }
  }
  std::vector<Bytes> rows;
  std::vector<const std::uint8_t*> in;
  std::vector<std::uint8_t*> in_mutable;
  std::vector<std::uint8_t*> out;
};

void count_data(benchmark::State& state, unsigned k, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(k * size));
}

void encode(benchmark::State& state, unsigned k, unsigned m, std::size_t size) {
  const auto code = ErasureCode::make(k, m);
  CESS_CHECK(code.has_value());
  Buffers buffers(k, k + m, size);
  for (auto _ : state) {
    code->encode(buffers.out, buffers.in, size);
    benchmark::ClobberMemory();
  }
  count_data(state, k, size);
}

// All data from the last k fragments: the dearest repair.
void rebuild(benchmark::State& state, unsigned k, unsigned m, std::size_t size) {
  const auto code = ErasureCode::make(k, m);
  CESS_CHECK(code.has_value());
  std::vector<unsigned> have;
  std::vector<unsigned> want;
  for (unsigned i = 0; i < k; ++i) {
    have.push_back(m + i);
    want.push_back(i);
  }
  const auto plan = code->plan(have, want);
  CESS_CHECK(plan.has_value());
  Buffers buffers(k, 2 * k, size);
  for (auto _ : state) {
    plan->run(buffers.out, buffers.in, size);
    benchmark::ClobberMemory();
  }
  count_data(state, k, size);
}

void isal_in_cache(benchmark::State& state, unsigned k, unsigned m) {
  const auto code = ErasureCode::make(k, m);
  CESS_CHECK(code.has_value());
  Bytes rows;
  for (unsigned i = k; i < k + m; ++i) append(rows, code->row(i));
  Bytes tables(std::size_t{32} * k * m);
  ec_init_tables(static_cast<int>(k), static_cast<int>(m), rows.data(), tables.data());
  Buffers buffers(k, k + m, kStripSize);
  for (auto _ : state) {
    ec_encode_data(static_cast<int>(kStripSize), static_cast<int>(k), static_cast<int>(m),
                   tables.data(), buffers.in_mutable.data(), buffers.out.data());
    benchmark::ClobberMemory();
  }
  count_data(state, k, kStripSize);
}

// The same traffic by memcpy: (k + m) / 2 fragments are read and as many written.
void memory_traffic(benchmark::State& state, unsigned k, unsigned m) {
  Buffers buffers(k, k + m, kFragmentSize);
  for (auto _ : state) {
    for (unsigned i = 0; i < (k + m) / 2; ++i) {
      std::memcpy(buffers.out[i % m], buffers.in[i % k], kFragmentSize);
    }
    benchmark::ClobberMemory();
  }
  count_data(state, k, kFragmentSize);
}

void add(const std::string& name, auto run) {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime();
  if (cores > 1) benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime()->Threads(cores);
}

void add_all() {
  const std::pair<unsigned, unsigned> profiles[] = {{4, 8}, {3, 2}, {8, 4}, {10, 6}, {16, 8}};
  for (const auto& [k, m] : profiles) {
    const std::string name = std::to_string(k) + "+" + std::to_string(m);
    add("rs/encode-strip/" + name, [k, m](auto& s) { encode(s, k, m, kStripSize); });
    add("rs/encode-8MiB/" + name, [k, m](auto& s) { encode(s, k, m, kFragmentSize); });
    add("rs/rebuild-8MiB/" + name, [k, m](auto& s) { rebuild(s, k, m, kFragmentSize); });
    add("rs/isal-in-cache/" + name, [k, m](auto& s) { isal_in_cache(s, k, m); });
    add("rs/memory-8MiB/" + name, [k, m](auto& s) { memory_traffic(s, k, m); });
  }
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
