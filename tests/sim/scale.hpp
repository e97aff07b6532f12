// SPDX-License-Identifier: Apache-2.0
// The network at a size that no test machine has: what `make scale` writes into doc/SCALE.md. The
// same seed gives the same page.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string>

namespace cess::scale {

/// Numbers by chance, the same on every machine.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  /// In (0, 1).
  double unit() { return (static_cast<double>(engine_() >> 11U) + 0.5) * 0x1p-53; }
  /// Until the next event of a process with this many events a year, in years.
  double wait(double rate) { return -std::log(unit()) / rate; }

 private:
  std::mt19937_64 engine_;
};

/// Placement, audits, chain bytes and a loss of many miners at once, in the state machine itself.
/// Markdown.
std::string chain_page(std::uint64_t seed);
/// Losses over simulated years beside the model of erasure/durability.hpp. Markdown.
std::string durability_page(std::uint64_t seed);

}  // namespace cess::scale
