// SPDX-License-Identifier: Apache-2.0
// Reed-Solomon through ISA-L: the matrices, and the data cut into strips that stay in the cache.
#include "erasure/code.hpp"

#include <isa-l/erasure_code.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/check.hpp"

namespace cess {
namespace {

constexpr unsigned kFragmentsMax = 255;
constexpr std::size_t kTableSize = 32;  // ISA-L's bytes of table per coefficient
// ISA-L makes several passes over the inputs when there are more outputs than registers. Fragments
// are worked on in strips so that the strips of all of them, this many bytes, stay in the cache.
constexpr std::size_t kStripsSize = 384U << 10U;
constexpr std::size_t kStripMin = 4096;

using Matrix = std::vector<std::uint8_t>;  // rows of equal length, one after the other

void put_identity(Matrix& matrix, unsigned k) {
  for (unsigned i = 0; i < k; ++i) matrix[std::size_t{i} * k + i] = 1;
}

Matrix make_cauchy(unsigned k, unsigned m) {
  Matrix matrix(std::size_t{k + m} * k);
  put_identity(matrix, k);
  for (unsigned r = k; r < k + m; ++r) {
    for (unsigned c = 0; c < k; ++c) {
      matrix[std::size_t{r} * k + c] =
          k == 1 ? std::uint8_t{1} : gf_inv(static_cast<std::uint8_t>(r ^ c));
    }
  }
  return matrix;
}

// left (rows x k) times right (k x k).
Matrix multiply(const Matrix& left, const Matrix& right, unsigned k) {
  Matrix out(left.size());
  for (std::size_t at = 0; at < left.size(); ++at) {
    const std::size_t row = at - at % k;
    for (unsigned i = 0; i < k; ++i) {
      out[at] = static_cast<std::uint8_t>(
          out[at] ^ gf_mul(left[row + i], right[std::size_t{i} * k + at % k]));
    }
  }
  return out;
}

// The inverse of a k x k matrix that is known to have one.
Matrix invert(Matrix square, unsigned k) {
  Matrix out(square.size());
  CESS_CHECK(gf_invert_matrix(square.data(), out.data(), static_cast<int>(k)) == 0);
  return out;
}

Matrix make_vandermonde(unsigned k, unsigned m) {
  Matrix powers(std::size_t{k + m} * k);
  for (unsigned r = 0; r < k + m; ++r) {
    std::uint8_t power = 1;  // 0^0 = 1
    for (unsigned c = 0; c < k; ++c) {
      powers[std::size_t{r} * k + c] = power;
      power = gf_mul(power, static_cast<std::uint8_t>(r));
    }
  }
  const Matrix top(powers.begin(), powers.begin() + std::ptrdiff_t{k} * k);
  return multiply(powers, invert(top, k), k);
}

// ISA-L's tables for `rows` rows of coefficients.
std::vector<std::uint8_t> expand(std::span<const std::uint8_t> coefficients, unsigned k,
                                 unsigned rows) {
  std::vector<std::uint8_t> tables(coefficients.size() * kTableSize);
  if (rows == 0) return tables;
  Matrix copy(coefficients.begin(), coefficients.end());  // the library takes no const
  ec_init_tables(static_cast<int>(k), static_cast<int>(rows), copy.data(), tables.data());
  return tables;
}

void run_strips(const std::vector<std::uint8_t>& tables, std::span<std::uint8_t* const> out,
                std::span<const std::uint8_t* const> in, std::size_t size) {
  if (out.empty()) return;
  std::array<std::uint8_t*, kFragmentsMax> to{};
  std::array<std::uint8_t*, kFragmentsMax> from{};
  const std::size_t strip_size =
      std::max(kStripMin, kStripsSize / (in.size() + out.size()) / kStripMin * kStripMin);
  for (std::size_t done = 0; done < size;) {
    const std::size_t strip = std::min(strip_size, size - done);
    for (std::size_t i = 0; i < out.size(); ++i) to[i] = out[i] + done;
    // ISA-L's prototype lacks the const that its code keeps.
    for (std::size_t i = 0; i < in.size(); ++i) {
      from[i] = const_cast<std::uint8_t*>(in[i]) + done;
    }
    // It also lacks the const on the tables, which are only read: threads share them.
    ec_encode_data(static_cast<int>(strip), static_cast<int>(in.size()),
                   static_cast<int>(out.size()), const_cast<std::uint8_t*>(tables.data()),
                   from.data(), to.data());
    done += strip;
  }
}

}  // namespace

Result<ErasureCode> ErasureCode::make(unsigned k, unsigned m, MatrixId matrix) {
  if (k == 0 || k > kFragmentsMax || m > kFragmentsMax - k) {
    return fail(Code::usage, "erasure code needs 1 <= K and K + M <= 255, not " +
                                 std::to_string(k) + "+" + std::to_string(m));
  }
  if (matrix != MatrixId::cauchy && matrix != MatrixId::vandermonde) {
    return fail(Code::usage,
                "no erasure matrix has number " + std::to_string(static_cast<unsigned>(matrix)));
  }
  ErasureCode code;
  code.k_ = k;
  code.m_ = m;
  code.matrix_ = matrix == MatrixId::cauchy ? make_cauchy(k, m) : make_vandermonde(k, m);
  code.tables_ = expand(std::span(code.matrix_).subspan(std::size_t{k} * k), k, m);
  return code;
}

ByteView ErasureCode::row(unsigned i) const {
  CESS_CHECK(i < k_ + m_);
  return ByteView(matrix_).subspan(std::size_t{i} * k_, k_);
}

void ErasureCode::encode(std::span<std::uint8_t* const> parity,
                         std::span<const std::uint8_t* const> data, std::size_t size) const {
  CESS_CHECK(parity.size() == m_ && data.size() == k_);
  run_strips(tables_, parity, data, size);
}

Result<ErasureCode::Plan> ErasureCode::plan(std::span<const unsigned> have,
                                            std::span<const unsigned> want) const {
  const unsigned n = k_ + m_;
  if (have.size() != k_) {
    return fail(Code::input, "need " + std::to_string(k_) + " of " + std::to_string(n) +
                                 " fragments, have " + std::to_string(have.size()));
  }
  std::array<bool, kFragmentsMax> seen{};
  for (const unsigned i : have) {
    if (i >= n || seen[i]) {
      return fail(Code::input, (i >= n ? "no fragment has index " : "given twice: fragment ") +
                                   std::to_string(i));
    }
    seen[i] = true;
  }
  if (want.size() > kFragmentsMax) return fail(Code::input, "too many fragments wanted");
  Matrix square;
  for (const unsigned i : have) append(square, row(i));
  Matrix wanted;
  for (const unsigned i : want) {
    if (i >= n) return fail(Code::input, "no fragment has index " + std::to_string(i));
    append(wanted, row(i));
  }
  Plan plan;
  plan.k_ = k_;
  plan.count_ = static_cast<unsigned>(want.size());
  plan.tables_ = expand(multiply(wanted, invert(std::move(square), k_), k_), k_, plan.count_);
  return plan;
}

void ErasureCode::Plan::run(std::span<std::uint8_t* const> out,
                            std::span<const std::uint8_t* const> in, std::size_t size) const {
  CESS_CHECK(out.size() == count_ && in.size() == k_);
  run_strips(tables_, out, in, size);
}

}  // namespace cess
