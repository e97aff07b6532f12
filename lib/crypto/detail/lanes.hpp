// SPDX-License-Identifier: Apache-2.0
// Work on eight points at once where the processor has AVX-512 IFMA. Callers ask lanes_available()
// first and otherwise call blst point by point; the results are the same.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/bls.hpp"

namespace cess::bls::detail {

bool lanes_available();
/// For tests and benchmarks: false makes lanes_available() say no from here on.
void allow_lanes(bool allowed);

/// One field element in blst's form.
using FpLimbs = std::array<std::uint64_t, 6>;

/// simplified SWU (RFC 9380, section 6.6.2 and appendix F.2) of eight u: out[i] are Jacobian
/// coordinates on the isogenous curve E'. Variable data, constant time.
void map_to_isogenous8(std::span<G1, 8> out, std::span<const FpLimbs, 8> u);

/// k·P_i for eight points of G1, in constant time in k and P. `digits`: k = lo + hi·z², 32
/// hexadecimal digits each, lowest first.
struct SplitScalar {
  std::array<std::uint8_t, 32> low{};
  std::array<std::uint8_t, 32> high{};
};
void mul8(std::span<G1, 8> points, const SplitScalar& k);

/// Bit i: whether point i of eight, given in affine coordinates on the curve, is in G1.
std::uint8_t in_subgroup8(std::span<const G1Affine, 8> points);

/// Multiplies eight points of the curve by 1 - z, as clear_cofactor does.
void clear_cofactor8(std::span<G1, 8> points);

/// The tables of FixedBase in the form of the lanes, and k_i·base for eight scalars. Constant time.
class FixedBaseLanes {
 public:
  /// `tables`: 32 points per window, d·2^(6w)·base for d = 1..32.
  explicit FixedBaseLanes(std::span<const G1Affine> tables);
  /// digits[w][lane] in -32..32 as 8-bit two's complement.
  using Digits = std::array<std::array<std::int8_t, 8>, 43>;
  void mul8(std::span<G1, 8> out, const Digits& digits) const;

 private:
  std::vector<std::array<std::uint64_t, 16>> entries_;  // x, y: eight limbs each
};

}  // namespace cess::bls::detail
