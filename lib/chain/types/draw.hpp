// SPDX-License-Identifier: Apache-2.0
// Draws that everybody repeats: a stream of numbers fixed by a seed and a label, from SHA-256 in
// counter mode, H("CESS-DRAW-v1" ‖ seed ‖ LE32 |label| ‖ label ‖ LE64 i) for i = 0, 1, …, each four
// little-endian 64-bit numbers. Numbers below a bound are drawn without bias, by rejection. Who may
// know the seed when is the caller's business. Pure; not secret.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "economy/amount.hpp"

namespace cess {

class DrawStream {
 public:
  DrawStream(const Hash256& seed, std::string_view label);
  /// The next 64 bits of the stream.
  std::uint64_t next();
  /// Uniform in [0, n); n > 0.
  std::uint64_t below(std::uint64_t n);
  Amount below_amount(Amount n);
  /// Index i with probability weights[i] / sum; the sum is > 0 and fits the type.
  std::size_t weighted(std::span<const Amount> weights);
  /// Up to `count` different indexes in order of drawing, each drawn by weight among the rest;
  /// fewer if fewer have a weight.
  std::vector<std::size_t> weighted_distinct(std::span<const Amount> weights, std::size_t count);
  /// Every order equally likely (Fisher–Yates from the end).
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[below(i)]);
  }

 private:
  std::string prefix_;
  std::uint64_t counter_ = 0;
  Hash256 block_;
  std::size_t used_ = 4;
};

}  // namespace cess
