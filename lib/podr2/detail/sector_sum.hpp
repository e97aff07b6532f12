// SPDX-License-Identifier: Apache-2.0
// The two sums over 31-byte sectors m_j that all of suite 1's speed hangs on:
//   PowerTable:      f(τ) = Σ_j m_j·τ^j mod r          (tagger; τ, the powers and f(τ) are secret)
//   CoefficientSum:  F_j += ν·m_j for every j, over many blocks (prover, ingest check; public)
// Each has three kernels that give the same result: `reference` (blst's field calls), `portable`
// (64-bit integers, reduction put off to the end) and `ifma` (AVX-512 IFMA and VBMI, 8 sectors at a
// time). None branches or indexes by a secret value.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/bls.hpp"
#include "podr2/keys.hpp"

namespace cess::detail {

enum class SectorKernel : std::uint8_t { reference, portable, ifma };

/// Whether this processor runs `k`.
bool kernel_available(SectorKernel k);
/// The fastest one it runs.
SectorKernel best_kernel();
/// For tests and benchmarks: false leaves the portable kernel as the best.
void allow_ifma(bool allowed);

/// Twice a machine word; every compiler we use has it, ISO C++ does not.
__extension__ using U128 = unsigned __int128;

/// Eight 64-bit lanes: one 512-bit register in memory.
struct alignas(64) Lanes {
  std::array<std::uint64_t, 8> v{};
};

/// A non-negative integer below 2^768 that is a sum of shifted terms. Plain memory, little-endian.
struct WideSum {
  std::array<std::uint64_t, 12> limbs{};
  void add(U128 value, unsigned shift_bits);
  [[nodiscard]] bls::Scalar mod_r() const;
};

/// Number of sectors of `size` bytes.
constexpr std::size_t sector_count(std::size_t size) {
  return (size + kSectorSize - 1) / kSectorSize;
}

/// Sector j as four limbs (the top one 56 bits), zero-padded past the end of `data`.
std::array<std::uint64_t, 4> load_sector(ByteView data, std::size_t j);

/// Powers of one secret point, ready for all kernels. Wiped when it goes.
class PowerTable {
 public:
  PowerTable(const bls::Scalar& tau, std::size_t sectors);
  PowerTable(const PowerTable&) = delete;
  PowerTable& operator=(const PowerTable&) = delete;
  ~PowerTable();
  /// f(τ) for the sectors of `data`; at most sectors() many.
  [[nodiscard]] bls::Scalar evaluate(ByteView data, SectorKernel kernel) const;
  [[nodiscard]] std::size_t sectors() const { return sectors_; }

 private:
  std::size_t sectors_;
  std::vector<std::array<std::uint64_t, 5>> limbs52_;  ///< τ^j in 52-bit limbs
  std::vector<Lanes> lanes_;  ///< the same by eights: five registers per eight powers
};

/// A coefficient before reduction: 448 bits hold 2^72 products of 128 and 248 bits.
using RawCoefficient = std::array<std::uint64_t, 7>;
/// sum += more.
void add_raw(RawCoefficient& sum, const RawCoefficient& more);
bls::Scalar reduce_raw(const RawCoefficient& raw);

/// F_j for j < sectors.
class CoefficientSum {
 public:
  CoefficientSum(std::size_t sectors, SectorKernel kernel);
  /// F_j += ν·m_j over the sectors of `data`.
  void add(const bls::Exponent128& nu, ByteView data);
  /// F_j mod r, up to the last sector ever added.
  [[nodiscard]] std::vector<bls::Scalar> coefficients() const;
  /// The same as integers. Not with the reference kernel, which reduces as it goes.
  [[nodiscard]] std::vector<RawCoefficient> raw() const;
  void clear();

 private:
  void add_portable(const std::array<std::uint64_t, 2>& nu, ByteView data);
  std::size_t sectors_;
  SectorKernel kernel_;
  std::size_t used_ = 0;                 ///< sectors touched
  std::size_t pending_ = 0;              ///< blocks added since the last carry (ifma)
  std::vector<bls::Scalar> plain_;       // reference
  std::vector<RawCoefficient> limbs64_;  // portable
  std::vector<Lanes> lanes_;             // ifma: eight columns per eight sectors
};

// sector_ifma.cpp. Callers have asked kernel_available(ifma).
WideSum ifma_evaluate(std::span<const Lanes> powers, ByteView data);
void ifma_add(std::span<Lanes> sums, const std::array<std::uint64_t, 2>& nu, ByteView data);
void ifma_carry(std::span<Lanes> sums);
constexpr std::size_t kIfmaCarryEvery = 640;  ///< 6 additions below 2^52 each per column and block

}  // namespace cess::detail
