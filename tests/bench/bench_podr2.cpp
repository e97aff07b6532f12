// SPDX-License-Identifier: Apache-2.0
// links: podr2 crypto merkle
// PoDR2 suite 1: the sector sums beside what memory and the multiplier allow, and the operations
// built on them. Rates are of stored bytes on one core (bytes_per_second); times are CPU times.
#include <benchmark/benchmark.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstring>
#include <thread>

#include "../unit/podr2/podr2_fixture.hpp"
#include "merkle/tree.hpp"
#include "podr2/detail/exponents.hpp"
#include "podr2/detail/sector_sum.hpp"
#include "podr2/ingest.hpp"

namespace cess {
namespace {

using detail::SectorKernel;
constexpr std::size_t kFragment = 8U << 20U;

void set_rate(benchmark::State& state, std::size_t bytes_each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes_each) *
                          static_cast<std::int64_t>(state.iterations()));
}

/// The ceiling of everything that reads its input once: a sum over 8 MiB.
void BM_read_8MiB(benchmark::State& state) {
  const Bytes data = test::noise(1, kFragment);
  for (auto _ : state) {
    std::uint64_t sum[8] = {};
    for (std::size_t i = 0; i + 64 <= data.size(); i += 64) {
      for (std::size_t k = 0; k < 8; ++k) sum[k] += load_le<std::uint64_t>(&data[i + 8 * k]);
    }
    benchmark::DoNotOptimize(sum);
  }
  set_rate(state, kFragment);
}
BENCHMARK(BM_read_8MiB);

#if defined(__x86_64__)
/// The ceiling of the IFMA inner product: its 50 multiply-adds per 248 bytes and nothing else.
__attribute__((target("avx512f,avx512ifma"))) void BM_ifma_bound(benchmark::State& state) {
  if (!detail::kernel_available(SectorKernel::ifma)) {
    return state.SkipWithError("not on this processor");
  }
  __m512i sum[25];
  for (auto& s : sum) s = _mm512_set1_epi64(3);
  const __m512i factor = _mm512_set1_epi64(0x123456789abcd);
  for (auto _ : state) {
    for (int group = 0; group < 1000; ++group) {
#pragma GCC unroll 25
      for (auto& s : sum) {
        s = _mm512_madd52lo_epu64(s, factor, factor);
        s = _mm512_madd52hi_epu64(s, factor, factor);
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  set_rate(state, 248 * 1000);
}
BENCHMARK(BM_ifma_bound);
#endif

void BM_inner_product(benchmark::State& state, SectorKernel kernel) {
  if (!detail::kernel_available(kernel)) return state.SkipWithError("not on this processor");
  const detail::PowerTable table(bls::Scalar::reduce(test::noise(2, 64)), kSectors);
  const Bytes data = test::noise(1, kFragment);
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        table.evaluate(ByteView(data).subspan(at * kBlockSize, kBlockSize), kernel));
    at = (at + 1) % 32;
  }
  set_rate(state, kBlockSize);
}
BENCHMARK_CAPTURE(BM_inner_product, reference, SectorKernel::reference);
BENCHMARK_CAPTURE(BM_inner_product, portable, SectorKernel::portable);
BENCHMARK_CAPTURE(BM_inner_product, ifma, SectorKernel::ifma);

void BM_combine(benchmark::State& state, SectorKernel kernel) {
  if (!detail::kernel_available(kernel)) return state.SkipWithError("not on this processor");
  detail::CoefficientSum sum(kSectors, kernel);
  const Bytes data = test::noise(1, kFragment);
  const Nu nu = test::nu_of(1);
  std::size_t at = 0;
  for (auto _ : state) {
    sum.add(nu, ByteView(data).subspan(at * kBlockSize, kBlockSize));
    at = (at + 1) % 32;
  }
  set_rate(state, kBlockSize);
}
BENCHMARK_CAPTURE(BM_combine, reference, SectorKernel::reference);
BENCHMARK_CAPTURE(BM_combine, portable, SectorKernel::portable);
BENCHMARK_CAPTURE(BM_combine, ifma, SectorKernel::ifma);

void BM_fragment_root(benchmark::State& state) {
  const Bytes data = test::noise(1, kFragment);
  for (auto _ : state) benchmark::DoNotOptimize(fragment_root(data));
  set_rate(state, kFragment);
}
BENCHMARK(BM_fragment_root);

/// What processors without AVX-512 IFMA do, while it lives.
struct PortableOnly {
  PortableOnly() { detail::allow_ifma(false); }
  ~PortableOnly() { detail::allow_ifma(true); }
};

void BM_tag_fragment(benchmark::State& state) {
  const Bytes data = test::noise(1, kFragment);
  const Tagger& tagger = test::tagger(0).tagger;
  for (auto _ : state) benchmark::DoNotOptimize(tagger.tag_fragment({}, {}, data));
  set_rate(state, kFragment);
}
BENCHMARK(BM_tag_fragment)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_tag_fragment)
    ->Name("BM_tag_fragment_all_cores")
    ->Threads(static_cast<int>(std::thread::hardware_concurrency()))
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_tag_fragment_portable(benchmark::State& state) {
  const PortableOnly portable;
  BM_tag_fragment(state);
}
BENCHMARK(BM_tag_fragment_portable)->Unit(benchmark::kMillisecond);

void BM_ingest_check_64(benchmark::State& state) {
  const auto& t = test::tagger(0);
  const test::TestFragment f(t.tagger, 1, kFragment);
  for (auto _ : state) {
    IngestCheck check(t.pub, test::check_seed(1));
    for (int i = 0; i < 64; ++i) {
      if (!check.add(f.tags, f.data)) state.SkipWithError("refused");
    }
    if (!check.finish().empty()) state.SkipWithError("bad");
  }
  set_rate(state, 64 * kFragment);
}
BENCHMARK(BM_ingest_check_64)->Unit(benchmark::kMillisecond)->Iterations(1);

/// A proof over c = 512 blocks of 16 fragments.
struct Audit {
  const test::TestTagger& t = test::tagger(0);
  std::vector<test::TestFragment> fragments;
  std::vector<ChallengedBlock> blocks;
  bls::Scalar z = bls::Scalar::reduce(test::noise(77, 64));
  Proof proof{};

  Audit() {
    for (std::uint64_t i = 0; i < 2; ++i) fragments.emplace_back(t.tagger, i, kFragment);
    proof = prove();
  }
  Proof prove() {
    ProofBuilder builder;
    blocks.clear();
    for (std::uint32_t k = 0; k < 512; ++k) {
      const auto& f = fragments[k % fragments.size()];
      const std::uint32_t i = k * 7 % 32;
      const Nu nu = test::nu_of(k);
      if (!builder.add(nu, f.block(i), f.tag(i))) std::abort();
      blocks.push_back({f.id, i, nu});
    }
    return builder.finish(z, t.pub);
  }
};
Audit& audit() {
  static Audit a;
  return a;
}

void BM_prove_512(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(audit().prove());
  set_rate(state, 512 * kBlockSize);
}
BENCHMARK(BM_prove_512)->Unit(benchmark::kMillisecond);

void BM_verify_512(benchmark::State& state) {
  const Audit& a = audit();
  for (auto _ : state) {
    if (verify_proof({&a.t.lines, a.blocks, a.z, a.proof}) != Verdict::right) {
      state.SkipWithError("wrong");
    }
  }
}
BENCHMARK(BM_verify_512)->Unit(benchmark::kMillisecond);

/// Judging n prepared claims of one tagger: divide the difference between two n by the difference
/// of n.
void BM_judge_batch(benchmark::State& state) {
  const Audit& a = audit();
  const std::vector<PreparedClaim> claims(static_cast<std::size_t>(state.range(0)),
                                          prepare_claim({&a.t.lines, a.blocks, a.z, a.proof}));
  for (auto _ : state) benchmark::DoNotOptimize(judge_claims(claims, test::check_seed(1)));
  state.counters["us_per_miner"] = benchmark::Counter(
      static_cast<double>(state.range(0)) * static_cast<double>(state.iterations()) / 1e6,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_judge_batch)
    ->Arg(1)
    ->Arg(2)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond);

void BM_keygen(benchmark::State& state) {
  const auto secret = TaggerSecret::make(test::noise(1, TaggerSecret::kRandomSize));
  for (auto _ : state) benchmark::DoNotOptimize(make_tagger_public(secret));
}
BENCHMARK(BM_keygen)->Unit(benchmark::kMillisecond);

void BM_check_key(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(check_key(test::tagger(0).pub, test::check_seed(1)));
}
BENCHMARK(BM_check_key)->Unit(benchmark::kMillisecond);

void BM_parse_public_key(benchmark::State& state) {
  const Bytes file = encode_tagger_public(test::tagger(0).pub);
  for (auto _ : state) benchmark::DoNotOptimize(parse_tagger_public(file));
}
BENCHMARK(BM_parse_public_key)->Unit(benchmark::kMillisecond);

void BM_hash_to_g1(benchmark::State& state) {
  const auto name = detail::tag_name({}, 5);
  for (auto _ : state) benchmark::DoNotOptimize(bls::hash_to_g1(detail::kTagDst, name));
}
BENCHMARK(BM_hash_to_g1)->Unit(benchmark::kMicrosecond);

void BM_hash_uncleared(benchmark::State& state) {
  const Bytes names = test::noise(1, 512 * 36);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bls::hash_many_uncleared(detail::kTagDst, names, 36));
  }
  state.SetItemsProcessed(512 * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(BM_hash_uncleared)->Unit(benchmark::kMicrosecond);

void BM_mul_secret(benchmark::State& state) {
  const auto k = bls::Scalar::reduce(test::noise(1, 64));
  const bls::G1 p = bls::G1::generator().mul(k);
  for (auto _ : state) benchmark::DoNotOptimize(p.mul(k));
}
BENCHMARK(BM_mul_secret)->Unit(benchmark::kMicrosecond);

void BM_mul_fixed_base(benchmark::State& state) {
  const auto k = bls::Scalar::reduce(test::noise(1, 64));
  for (auto _ : state) benchmark::DoNotOptimize(bls::FixedBase::generator().mul(k));
}
BENCHMARK(BM_mul_fixed_base)->Unit(benchmark::kMicrosecond);

void BM_parse_point(benchmark::State& state) {
  const auto bytes = bls::G1::generator().mul(bls::Scalar::from_u64(5)).compress();
  for (auto _ : state) benchmark::DoNotOptimize(bls::G1::parse(bytes));
}
BENCHMARK(BM_parse_point)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  cess::test::tagger(0);  // before any thread asks for it
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
