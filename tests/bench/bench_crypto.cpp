// SPDX-License-Identifier: Apache-2.0
// links: crypto base
// Rates of the functions that every stored byte passes through, beside memcpy as a ceiling. One
// core; bytes per second are those of the message.
#include <benchmark/benchmark.h>

#include <cstring>

#include "crypto/aead.hpp"
#include "crypto/ctr.hpp"
#include "crypto/detail/sha256_kernels.hpp"
#include "crypto/hpke.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8U));
  return out;
}

void count_bytes(benchmark::State& state, std::size_t per_round) {
  state.SetBytesProcessed(static_cast<std::int64_t>(per_round) * state.iterations());
}

void memory_copy(benchmark::State& state) {
  const Bytes in = pattern(static_cast<std::size_t>(state.range(0)));
  Bytes out(in.size());
  for (auto _ : state) {
    std::memcpy(out.data(), in.data(), in.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, in.size());
}
BENCHMARK(memory_copy)->Name("memcpy")->Arg(16 << 10)->Arg(64 << 10)->Arg(8 << 20);

void sha256_one(benchmark::State& state) {
  const Bytes in = pattern(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(sha256(in));
  count_bytes(state, in.size());
}
BENCHMARK(sha256_one)->Name("sha256/one stream")->Arg(64)->Arg(4096)->Arg(1 << 20);

// `range(0)` leaves of 4 KiB, the bottom of a fragment's Merkle tree.
void leaves(benchmark::State& state, detail::Sha256Kernel kernel) {
  constexpr std::size_t kLeaf = 4096;
  const auto count = static_cast<std::size_t>(state.range(0));
  const Bytes in = pattern(kLeaf * count);
  std::vector<const std::uint8_t*> message(count);
  for (std::size_t i = 0; i < count; ++i) message[i] = in.data() + kLeaf * i;
  std::vector<Hash256> out(count);
  for (auto _ : state) {
    detail::sha256_many_with(kernel, out, 0, message, kLeaf);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, in.size());
}

void pairs(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::vector<Hash256> in(2 * count);
  std::vector<Hash256> out(count);
  for (auto _ : state) {
    sha256_pairs(out, in);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, in.size() * Hash256::kSize);
}
BENCHMARK(pairs)->Name("sha256_pairs")->Arg(16)->Arg(1024);

void aead_seal(benchmark::State& state, AeadId id) {
  const Bytes in = pattern(static_cast<std::size_t>(state.range(0)));
  Bytes out(in.size() + kAeadTagSize);
  Aead aead(id, Key256());
  AeadNonce nonce{};
  for (auto _ : state) {
    ++nonce[0];
    aead.seal(out, nonce, {}, in);
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, in.size());
}
void gcm(benchmark::State& state) { aead_seal(state, AeadId::aes_256_gcm); }
void chacha(benchmark::State& state) { aead_seal(state, AeadId::chacha20_poly1305); }
BENCHMARK(gcm)->Name("aes-256-gcm/seal")->Arg(64)->Arg(4096)->Arg(65520);
BENCHMARK(chacha)->Name("chacha20-poly1305/seal")->Arg(65520);

void gcm_rekey(benchmark::State& state) {
  Aead aead(AeadId::aes_256_gcm, Key256());
  const Key256 key(Bytes(32, 1));
  for (auto _ : state) aead.rekey(key);
}
BENCHMARK(gcm_rekey)->Name("aes-256-gcm/rekey");

void ctr(benchmark::State& state) {
  Bytes data = pattern(static_cast<std::size_t>(state.range(0)));
  AesCtr stream{Key256()};
  std::uint64_t offset = 0;
  for (auto _ : state) {
    stream.apply(data, {}, offset);
    offset += data.size();
    benchmark::DoNotOptimize(data.data());
  }
  count_bytes(state, data.size());
}
BENCHMARK(ctr)->Name("aes-256-ctr")->Arg(64)->Arg(4096)->Arg(16 << 10)->Arg(64 << 10);

void hpke(benchmark::State& state) {
  const Key256 secret(Bytes(32, 1));
  const Key256 dek(Bytes(32, 2));
  const X25519Public pk = x25519_public(secret);
  for (auto _ : state) benchmark::DoNotOptimize(hpke_seal(pk, {}, {}, dek.view(), dek));
}
BENCHMARK(hpke)->Name("hpke/seal 32 bytes");

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  for (const auto kernel : cess::detail::kSha256Kernels) {
    if (!cess::detail::usable(kernel)) continue;
    const std::string name = std::string("sha256_many/") + cess::detail::name_of(kernel);
    benchmark::RegisterBenchmark(name.c_str(),
                                 [kernel](benchmark::State& state) { cess::leaves(state, kernel); })
        ->Arg(1)
        ->Arg(4)
        ->Arg(8)
        ->Arg(12)
        ->Arg(16)
        ->Arg(64);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
