// SPDX-License-Identifier: Apache-2.0
// Fingerprints for tests of the rights module: words made from a seed, and words so many bits away.
#pragma once

#include "chain/state/rights/calls.hpp"
#include "chain/state/rights/index.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {

/// 64-bit steps of SplitMix64: the same numbers on every machine.
class RightsRandom {
 public:
  explicit RightsRandom(std::uint64_t seed) : at_(seed) {}
  std::uint64_t next() {
    std::uint64_t x = at_ += 0x9e3779b97f4a7c15U;
    x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
    return x ^ x >> 31U;
  }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  rights::Word word() {
    rights::Word w{};
    for (auto& b : w) b = static_cast<std::uint8_t>(next());
    return w;
  }
  /// `bits` different bits of the word turned over.
  rights::Word away(rights::Word w, unsigned bits) {
    std::vector<unsigned> places(256);
    for (unsigned i = 0; i < 256; ++i) places[i] = i;
    for (unsigned i = 0; i < bits; ++i) {
      std::swap(places[i], places[i + below(256 - i)]);
      w[places[i] / 8] = static_cast<std::uint8_t>(w[places[i] / 8] ^ 1U << places[i] % 8);
    }
    return w;
  }

 private:
  std::uint64_t at_;
};

/// A picture's fingerprint with these bits; `name` makes its exact hash.
inline rights::Print rights_print(const std::string& name, const rights::Word& word) {
  rights::Print p;
  p.kind = rights::Kind::image;
  p.type = "image/png";
  p.exact = sha256(as_bytes(name));
  p.size_bytes = 1000;
  p.width = p.height = 64;
  p.id = {1, 2, 3, 4, 5, 6, 7, 8};
  p.bands = word;
  return p;
}

inline rights::Register rights_registration(const std::string& who, const rights::Print& print,
                                            std::vector<Hash256> parents = {}) {
  return {TestChain::id(who), print, {}, std::move(parents)};
}

/// A chain on which the policy, and whatever else `params` says, holds.
inline TestChain rights_chain(const Json& params = Json::object()) {
  TestChain::Options options;
  options.spec["params"]["rights"] = params;
  return TestChain(std::move(options));
}

}  // namespace cess
