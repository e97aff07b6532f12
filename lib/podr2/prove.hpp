// SPDX-License-Identifier: Apache-2.0
// Proving possession (suite 1) of challenged blocks under one tagger key:
//   σ = Σ ν_k σ_k    f = Σ ν_k f_k    y = f(z)    ψ = Σ q_j P_j with q(X) = (f(X) − y)/(X − z).
//   off len field
//     0  48 σ, compressed G1
//    48  48 ψ, compressed G1 (the identity if f is constant)
//    96  32 y, little-endian, < r
// Suite 1u sends σ and the coefficients μ_j of f instead. Public data only: variable time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "podr2/keys.hpp"

namespace cess {

constexpr std::size_t kProofSize = 128;
using Proof = std::array<std::uint8_t, kProofSize>;
using Nu = bls::Exponent128;  ///< ν_k: 128 bits, little-endian, not zero

/// A proof of suite 1u: 48 bytes of σ and μ_0..μ_{n-1}, each 32 bytes little-endian, n <= kSectors.
struct ProofUncompressed {
  std::array<std::uint8_t, bls::kG1Size> sigma{};
  std::vector<std::array<std::uint8_t, 32>> mu;
};

/// Sums up one tagger group. Memory about 0.6 MB, whatever the number of blocks. Not for two
/// threads at once.
class ProofBuilder {
 public:
  ProofBuilder();
  ProofBuilder(ProofBuilder&&) noexcept;
  ProofBuilder& operator=(ProofBuilder&&) noexcept;
  ~ProofBuilder();

  /// Adds a challenged block: its bytes (1..kBlockSize, the last of a fragment may be short) and
  /// its 48-byte tag. Code::no if the tag is no point of G1. A block challenged twice is added
  /// twice.
  Status add(const Nu& nu, ByteView block, ByteView tag);
  [[nodiscard]] std::size_t count() const;
  /// The proof at the challenge's point z. `key`: the group's tagger's (its list is trusted as
  /// given: a wrong list makes a wrong proof, nothing else). May be called more than once.
  [[nodiscard]] Proof finish(const bls::Scalar& z, const TaggerPublic& key) const;
  [[nodiscard]] ProofUncompressed finish_uncompressed() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
