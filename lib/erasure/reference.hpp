// SPDX-License-Identifier: Apache-2.0
// A plain, slow Reed-Solomon coder beside the fast one, as the standard it is tested against. It
// shares nothing with it: multiplication bit by bit, Gaussian elimination, one byte at a time, and
// the matrices made from their definitions. Not for use on real data: thousands of times slower.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace cess::reference {

using Row = std::vector<std::uint8_t>;
using Matrix = std::vector<Row>;

/// Product in GF(2^8) = GF(2)[x] / (x^8 + x^4 + x^3 + x^2 + 1): shift and add.
constexpr std::uint8_t gf_times(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  for (unsigned bit = 8; bit-- > 0;) {
    product <<= 1U;
    if ((product & 0x100U) != 0) product ^= 0x11dU;
    if (((unsigned{b} >> bit) & 1U) != 0) product ^= a;
  }
  return static_cast<std::uint8_t>(product);
}

constexpr std::uint8_t gf_power(std::uint8_t a, unsigned exponent) {
  std::uint8_t out = 1;
  for (unsigned i = 0; i < exponent; ++i) out = gf_times(out, a);
  return out;
}

/// The inverse of a != 0, as a^254 (the group has 255 elements).
constexpr std::uint8_t gf_inverse(std::uint8_t a) { return gf_power(a, 254); }

/// X with square * X = right, by Gauss-Jordan elimination; nullopt when `square` is singular.
inline std::optional<Matrix> solve(Matrix square, Matrix right) {
  const std::size_t size = square.size();
  for (std::size_t column = 0; column < size; ++column) {
    std::size_t pivot = column;
    while (pivot < size && square[pivot][column] == 0) ++pivot;
    if (pivot == size) return std::nullopt;
    std::swap(square[pivot], square[column]);
    std::swap(right[pivot], right[column]);
    const std::uint8_t scale = gf_inverse(square[column][column]);
    for (auto& x : square[column]) x = gf_times(x, scale);
    for (auto& x : right[column]) x = gf_times(x, scale);
    for (std::size_t row = 0; row < size; ++row) {
      const std::uint8_t factor = square[row][column];
      if (row == column || factor == 0) continue;
      for (std::size_t i = 0; i < size; ++i) {
        square[row][i] =
            static_cast<std::uint8_t>(square[row][i] ^ gf_times(factor, square[column][i]));
      }
      for (std::size_t i = 0; i < right[row].size(); ++i) {
        right[row][i] =
            static_cast<std::uint8_t>(right[row][i] ^ gf_times(factor, right[column][i]));
      }
    }
  }
  return right;
}

/// Matrix 1: identity over 1 / ((k + i) xor j), or over ones when k = 1.
inline Matrix cauchy(unsigned k, unsigned m) {
  Matrix rows(k + m, Row(k, 0));
  for (unsigned j = 0; j < k; ++j) {
    rows[j][j] = 1;
    for (unsigned i = k; i < k + m; ++i) {
      rows[i][j] = k == 1 ? std::uint8_t{1} : gf_inverse(static_cast<std::uint8_t>(i ^ j));
    }
  }
  return rows;
}

/// Matrix 2, row by row: row r of V * inverse(T), T the top of V, is the x with x * T = V[r], that
/// is, transposed(T) * x = V[r].
inline Matrix vandermonde(unsigned k, unsigned m) {
  Matrix transposed(k, Row(k));
  for (unsigned r = 0; r < k; ++r) {
    for (unsigned c = 0; c < k; ++c) transposed[c][r] = gf_power(static_cast<std::uint8_t>(r), c);
  }
  Matrix right(k, Row(k + m));  // column r is V[r]
  for (unsigned r = 0; r < k + m; ++r) {
    for (unsigned c = 0; c < k; ++c) right[c][r] = gf_power(static_cast<std::uint8_t>(r), c);
  }
  const auto solved = solve(transposed, right);
  Matrix rows(k + m, Row(k));
  for (unsigned r = 0; r < k + m; ++r) {
    for (unsigned c = 0; c < k; ++c) rows[r][c] = (*solved)[c][r];
  }
  return rows;
}

/// Fragment `index` of `data` (k rows of equal length).
inline Row fragment(const Matrix& generator, const Matrix& data, std::size_t index) {
  Row out(data.front().size(), 0);
  for (std::size_t j = 0; j < data.size(); ++j) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(out[i] ^ gf_times(generator[index][j], data[j][i]));
    }
  }
  return out;
}

/// The data from the fragments with indices `have`; nullopt when they do not determine it.
inline std::optional<Matrix> decode(const Matrix& generator, std::span<const unsigned> have,
                                    const Matrix& fragments) {
  Matrix square;
  for (const unsigned i : have) square.push_back(generator[i]);
  return solve(square, fragments);
}

}  // namespace cess::reference
