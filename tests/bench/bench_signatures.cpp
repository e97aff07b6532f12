// SPDX-License-Identifier: Apache-2.0
// links: crypto base
// What a validator pays for signatures: every transaction's, its votes' and certificates', the
// random functions', and the hashes of other chains. One core. The parts of a BLS check stand
// beside it.
#include <benchmark/benchmark.h>

#include "base/check.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/bls_sign.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/keccak.hpp"
#include "crypto/secp256k1.hpp"
#include "crypto/vrf.hpp"

namespace cess {
namespace {

const Bytes kMessage(150, 7);  // about a transfer

Key256 seed_of(std::uint8_t fill) { return Key256(Bytes(32, fill)); }

void ed25519_sign_one(benchmark::State& state) {
  const Key256 seed = seed_of(1);
  for (auto _ : state) benchmark::DoNotOptimize(ed25519_sign(seed, kMessage));
}
BENCHMARK(ed25519_sign_one)->Name("ed25519/sign")->Unit(benchmark::kMicrosecond);

void ed25519_verify_one(benchmark::State& state) {
  const Key256 seed = seed_of(1);
  const auto key = ed25519_public(seed);
  const auto sig = ed25519_sign(seed, kMessage);
  for (auto _ : state) CESS_CHECK(ed25519_verify(key, kMessage, sig));
}
BENCHMARK(ed25519_verify_one)->Name("ed25519/verify")->Unit(benchmark::kMicrosecond);

void secp256k1_verify_one(benchmark::State& state) {
  const Key256 secret = seed_of(2);
  const auto key = *secp256k1_public(secret);
  const auto sig = *secp256k1_sign(secret, Hash256{});
  for (auto _ : state) CESS_CHECK(secp256k1_verify(key, Hash256{}, sig));
}
BENCHMARK(secp256k1_verify_one)->Name("secp256k1/verify")->Unit(benchmark::kMicrosecond);

void secp256k1_recover_one(benchmark::State& state) {
  const auto sig = *secp256k1_sign(seed_of(2), Hash256{});
  for (auto _ : state) CESS_CHECK(secp256k1_recover(Hash256{}, sig).has_value());
}
BENCHMARK(secp256k1_recover_one)->Name("secp256k1/recover")->Unit(benchmark::kMicrosecond);

// A committee of 11, of which the first 8 signed.
struct Committee {
  Committee() {
    for (std::uint8_t i = 0; i < 11; ++i) {
      secrets.push_back(*bls::SecretKey::generate(Bytes(32, static_cast<std::uint8_t>(10 + i))));
      keys.push_back(secrets.back().public_key());
      all.add(keys.back());
      shares.push_back(secrets.back().sign(kMessage));
      if (i < 8) sum.add(shares.back());
    }
    for (std::size_t i = 0; i < 8; ++i) signers.push_back(&keys[i]);
  }
  std::vector<bls::SecretKey> secrets;
  std::vector<bls::PublicKey> keys;
  std::vector<bls::Signature> shares;
  std::vector<const bls::PublicKey*> signers;
  bls::KeySum all;
  bls::SignatureSum sum;
};
const Committee& committee() {
  static const Committee c;
  return c;
}

void bls_sign_one(benchmark::State& state) {
  const Committee& c = committee();
  for (auto _ : state) benchmark::DoNotOptimize(c.secrets[0].sign(kMessage));
}
BENCHMARK(bls_sign_one)->Name("bls/sign")->Unit(benchmark::kMicrosecond);

void bls_parse_signature(benchmark::State& state) {
  const auto bytes = committee().shares[0].bytes();
  for (auto _ : state) CESS_CHECK(bls::Signature::parse(bytes).has_value());
}
BENCHMARK(bls_parse_signature)->Name("bls/parse-signature")->Unit(benchmark::kMicrosecond);

void bls_parse_key(benchmark::State& state) {
  const auto bytes = committee().keys[0].bytes();
  for (auto _ : state) CESS_CHECK(bls::PublicKey::parse(bytes).has_value());
}
BENCHMARK(bls_parse_key)->Name("bls/parse-key")->Unit(benchmark::kMicrosecond);

void bls_verify_one(benchmark::State& state) {
  const Committee& c = committee();
  for (auto _ : state) CESS_CHECK(bls::verify(c.keys[0], kMessage, c.shares[0]));
}
BENCHMARK(bls_verify_one)->Name("bls/verify")->Unit(benchmark::kMicrosecond);

// From the bytes of a certificate: parse the signature, add the 8 cached keys, verify.
void bls_certificate(benchmark::State& state) {
  const Committee& c = committee();
  const auto bytes = c.sum.get()->bytes();
  for (auto _ : state) {
    const auto sig = bls::Signature::parse(bytes);
    CESS_CHECK(sig && bls::verify_aggregate(c.signers, kMessage, *sig));
  }
}
BENCHMARK(bls_certificate)->Name("bls/certificate-8-of-11")->Unit(benchmark::kMicrosecond);

// What certificates avoid: 8 shares one by one.
void bls_eight_shares(benchmark::State& state) {
  const Committee& c = committee();
  for (auto _ : state) {
    for (std::size_t i = 0; i < 8; ++i) {
      CESS_CHECK(bls::verify(c.keys[i], kMessage, c.shares[i]));
    }
  }
}
BENCHMARK(bls_eight_shares)->Name("bls/8-single-votes")->Unit(benchmark::kMicrosecond);

void vrf_prove_one(benchmark::State& state) {
  const Key256 seed = seed_of(3);
  const VrfPublic key = vrf_public(seed);
  for (auto _ : state) benchmark::DoNotOptimize(vrf_prove(seed, key, kMessage));
}
BENCHMARK(vrf_prove_one)->Name("vrf/prove")->Unit(benchmark::kMicrosecond);

void vrf_verify_one(benchmark::State& state) {
  const Key256 seed = seed_of(3);
  const VrfPublic key = vrf_public(seed);
  const VrfProof proof = vrf_prove(seed, key, kMessage);
  for (auto _ : state) CESS_CHECK(vrf_verify(key, kMessage, proof).has_value());
}
BENCHMARK(vrf_verify_one)->Name("vrf/verify")->Unit(benchmark::kMicrosecond);

void keccak_one(benchmark::State& state) {
  const Bytes in(static_cast<std::size_t>(state.range(0)), 1);
  for (auto _ : state) benchmark::DoNotOptimize(keccak256(in));
  state.SetBytesProcessed(state.range(0) * state.iterations());
}
BENCHMARK(keccak_one)->Name("keccak256")->Arg(64)->Arg(4096);

void blake2b_one(benchmark::State& state) {
  const Bytes in(static_cast<std::size_t>(state.range(0)), 1);
  for (auto _ : state) benchmark::DoNotOptimize(blake2b_256(in));
  state.SetBytesProcessed(state.range(0) * state.iterations());
}
BENCHMARK(blake2b_one)->Name("blake2b-256")->Arg(64)->Arg(4096);

}  // namespace
}  // namespace cess

BENCHMARK_MAIN();
