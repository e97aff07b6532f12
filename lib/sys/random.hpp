// SPDX-License-Identifier: Apache-2.0
// Randomness as an argument: the system's, or a seeded one for tests and reproducible runs.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace cess {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutByteView out) = 0;
  Key256 key() {
    Key256 k;
    fill(k.mut());
    return k;
  }
};

/// getrandom(2). Aborts if the kernel cannot give randomness. Safe for many threads.
Random& system_random();
/// Deterministic bytes from a seed, for tests only: SplitMix64, not cryptographic.
std::unique_ptr<Random> fake_random(std::uint64_t seed);

}  // namespace cess
