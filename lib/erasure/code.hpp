// SPDX-License-Identifier: Apache-2.0
// Systematic Reed-Solomon over GF(2^8), polynomial 0x11d, through ISA-L. Not constant time: it sees
// ciphertext only. Any k of the k + m fragments give back the data, with either matrix:
//   1 Cauchy       parity row i, column j is 1 / ((k + i) ^ j). With k = 1 the rows are all one
//                  instead, so that parity fragments are plain copies.
//   2 Vandermonde  V * inverse(top k rows of V) with V[r][c] = r^c: the matrix of Backblaze's and
//                  Klaus Post's libraries, which upstream uses; for interoperability.
// Data fragment j is generator row j (the unit vector), parity fragment i is row k + i.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess {

enum class MatrixId : std::uint8_t { cauchy = 1, vandermonde = 2 };

/// A (k, m) code. Immutable after make; any number of threads may use one object.
class ErasureCode {
 public:
  /// 1 <= k, 0 <= m, k + m <= 255; Code::usage otherwise.
  static Result<ErasureCode> make(unsigned k, unsigned m, MatrixId matrix = MatrixId::cauchy);
  [[nodiscard]] unsigned k() const { return k_; }
  [[nodiscard]] unsigned m() const { return m_; }
  /// Row i (of k+m) of the generator matrix, k coefficients.
  [[nodiscard]] ByteView row(unsigned i) const;

  /// parity[i][0..size) from data[j][0..size), j < k, i < m. Any size, any alignment. Outputs may
  /// overlap neither inputs nor each other.
  void encode(std::span<std::uint8_t* const> parity, std::span<const std::uint8_t* const> data,
              std::size_t size) const;

  /// A prepared way to compute some fragments from k others.
  class Plan {
   public:
    /// out[i][0..size) is fragment want[i], in[j][0..size) is fragment have[j]; rules as encode.
    void run(std::span<std::uint8_t* const> out, std::span<const std::uint8_t* const> in,
             std::size_t size) const;

   private:
    friend class ErasureCode;
    unsigned k_ = 0;
    unsigned count_ = 0;
    std::vector<std::uint8_t> tables_;
  };
  /// Prepares to compute fragments `want` (indices 0..n-1) from the k fragments `have` (distinct
  /// indices, in the order in which their bytes will be given). Fails with Code::input when
  /// have.size() != k or indices are wrong.
  [[nodiscard]] Result<Plan> plan(std::span<const unsigned> have,
                                  std::span<const unsigned> want) const;

 private:
  unsigned k_ = 0;
  unsigned m_ = 0;
  std::vector<std::uint8_t> matrix_;  // (k+m) rows of k
  std::vector<std::uint8_t> tables_;  // ISA-L's expanded parity rows
};

}  // namespace cess
