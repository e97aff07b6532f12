// SPDX-License-Identifier: Apache-2.0
// Keys, fragments and proofs for tests of suite 1. Everything follows from small seeds.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "podr2/keys.hpp"
#include "podr2/prove.hpp"
#include "podr2/tag.hpp"
#include "podr2/verify.hpp"

namespace cess::test {

/// `size` bytes that look random and follow from `seed`.
inline Bytes noise(std::uint64_t seed, std::size_t size) {
  Bytes out;
  std::array<std::uint8_t, 16> in{};
  store_le(in.data(), seed);
  for (std::uint64_t i = 0; out.size() < size; ++i) {
    store_le(in.data() + 8, i);
    append(out, sha256(in).view());
  }
  out.resize(size);
  return out;
}

inline CheckSeed check_seed(std::uint64_t seed) {
  CheckSeed s;
  const Bytes b = noise(seed, s.size());
  std::copy(b.begin(), b.end(), s.begin());
  return s;
}

inline Nu nu_of(std::uint64_t seed) {
  Nu nu;
  const Bytes b = noise(seed, nu.size());
  std::copy(b.begin(), b.end(), nu.begin());
  return nu;
}

struct TestTagger {
  TaggerSecret secret;
  TaggerPublic pub;
  Tagger tagger;
  TaggerLines lines;

  explicit TestTagger(std::uint64_t seed)
      : secret(TaggerSecret::make(noise(seed, TaggerSecret::kRandomSize))),
        pub(make_tagger_public(secret)),
        tagger(std::move(*Tagger::make(secret, pub.head))),
        lines(pub.head) {}
};

/// Tagger number n, made once per process.
inline TestTagger& tagger(std::size_t n) {
  static std::array<std::unique_ptr<TestTagger>, 4> all;
  if (!all.at(n)) all[n] = std::make_unique<TestTagger>(1000 + n);
  return *all[n];
}

struct TestFragment {
  Bytes data;
  TagFile tags;
  FragId id;

  TestFragment(const Tagger& t, std::uint64_t seed, std::size_t size) : data(noise(seed, size)) {
    FragmentPlace place;
    place.file = FileId::from(noise(seed + 1, 32));
    place.segment = static_cast<std::uint32_t>(seed);
    place.fragment = 3;
    std::array<std::uint8_t, 16> nonce;
    const Bytes n = noise(seed + 2, 16);
    std::copy(n.begin(), n.end(), nonce.begin());
    tags = t.tag_fragment(place, nonce, data);
    id = frag_id(tags.descriptor);
  }
  [[nodiscard]] ByteView block(std::uint32_t i) const {
    const std::size_t at = std::size_t{i} * kBlockSize;
    return ByteView(data).subspan(at, std::min<std::size_t>(kBlockSize, data.size() - at));
  }
  [[nodiscard]] ByteView tag(std::uint32_t i) const {
    return ByteView(tags.tags).subspan(std::size_t{i} * kTagSize, kTagSize);
  }
};

/// A challenge over every block of some fragments of one tagger, with its honest proof.
struct TestProof {
  std::vector<ChallengedBlock> blocks;
  bls::Scalar z;
  Proof proof{};
  ProofUncompressed full;

  TestProof(const TestTagger& t, const std::vector<const TestFragment*>& fragments,
            std::uint64_t seed)
      : z(bls::Scalar::reduce(noise(seed, 64))) {
    ProofBuilder builder;
    for (const TestFragment* f : fragments) {
      for (std::uint32_t i = 0; i < f->tags.descriptor.blocks(); ++i) {
        const Nu nu = nu_of(++seed);
        blocks.push_back({f->id, i, nu});
        if (!builder.add(nu, f->block(i), f->tag(i))) std::abort();
      }
    }
    proof = builder.finish(z, t.pub);
    full = builder.finish_uncompressed();
  }
  [[nodiscard]] ProofClaim claim(const TestTagger& t) const { return {&t.lines, blocks, z, proof}; }
};

}  // namespace cess::test
