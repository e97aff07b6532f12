// SPDX-License-Identifier: Apache-2.0
// links: base
#include "erasure/code.hpp"

#include <gtest/gtest.h>

#include <random>

#include "erasure/reference.hpp"

namespace cess {
namespace {

using reference::Matrix;
using reference::Row;

const MatrixId kMatrices[] = {MatrixId::cauchy, MatrixId::vandermonde};

Matrix reference_matrix(MatrixId id, unsigned k, unsigned m) {
  return id == MatrixId::cauchy ? reference::cauchy(k, m) : reference::vandermonde(k, m);
}

Matrix random_rows(std::mt19937& rng, std::size_t count, std::size_t size) {
  Matrix rows(count, Row(size));
  for (auto& row : rows) {
    for (auto& byte : row) byte = static_cast<std::uint8_t>(rng());
  }
  return rows;
}

std::vector<const std::uint8_t*> inputs(const Matrix& rows) {
  std::vector<const std::uint8_t*> out;
  for (const auto& row : rows) out.push_back(row.data());
  return out;
}

std::vector<std::uint8_t*> outputs(Matrix& rows) {
  std::vector<std::uint8_t*> out;
  for (auto& row : rows) out.push_back(row.data());
  return out;
}

// Data and parity, n rows.
Matrix encode_all(const ErasureCode& code, const Matrix& data) {
  Matrix parity(code.m(), Row(data.front().size()));
  code.encode(outputs(parity), inputs(data), data.front().size());
  Matrix all = data;
  all.insert(all.end(), parity.begin(), parity.end());
  return all;
}

// Calls f with every ascending choice of k of n.
template <class F>
void each_choice(unsigned n, unsigned k, F f) {
  for (std::uint32_t bits = 0; bits < (1U << n); ++bits) {
    if (static_cast<unsigned>(std::popcount(bits)) != k) continue;
    std::vector<unsigned> chosen;
    for (unsigned i = 0; i < n; ++i) {
      if (((bits >> i) & 1U) != 0) chosen.push_back(i);
    }
    f(chosen);
  }
}

// Every fragment, wanted from those in `have`, is what encoding made; the reference agrees.
void check_rebuild(const ErasureCode& code, const Matrix& generator, const Matrix& all,
                   const std::vector<unsigned>& have) {
  std::vector<unsigned> want;
  for (unsigned i = 0; i < all.size(); ++i) want.push_back(i);
  Matrix in;
  for (const unsigned i : have) in.push_back(all[i]);
  const auto plan = code.plan(have, want);
  ASSERT_TRUE(plan) << plan.error().message;
  Matrix out(all.size(), Row(all.front().size()));
  plan->run(outputs(out), inputs(in), all.front().size());
  ASSERT_EQ(out, all) << ::testing::PrintToString(have);
  const auto data = reference::decode(generator, have, in);
  ASSERT_TRUE(data) << ::testing::PrintToString(have);
  ASSERT_EQ(*data, Matrix(all.begin(), all.begin() + code.k())) << ::testing::PrintToString(have);
}

TEST(ErasureCode, MatrixIsTheDefinition) {
  for (const MatrixId id : kMatrices) {
    for (unsigned k = 1; k <= 16; ++k) {
      for (unsigned m = 0; m <= 32; ++m) {
        const auto code = ErasureCode::make(k, m, id);
        ASSERT_TRUE(code);
        const Matrix expected = reference_matrix(id, k, m);
        for (unsigned i = 0; i < k + m; ++i) {
          ASSERT_EQ(Row(code->row(i).begin(), code->row(i).end()), expected[i])
              << k << "+" << m << " row " << i;
        }
      }
    }
  }
}

TEST(ErasureCode, ParityIsTheReferencesForEveryShape) {
  std::mt19937 rng(1);
  for (const MatrixId id : kMatrices) {
    for (unsigned k = 1; k <= 16; ++k) {
      for (unsigned m = 0; m <= 32; ++m) {
        const auto code = ErasureCode::make(k, m, id);
        ASSERT_TRUE(code);
        const Matrix generator = reference_matrix(id, k, m);
        const Matrix data = random_rows(rng, k, 1 + rng() % 150);
        const Matrix all = encode_all(*code, data);
        for (unsigned i = 0; i < k + m; ++i) {
          ASSERT_EQ(all[i], reference::fragment(generator, data, i)) << k << "+" << m << " " << i;
        }
      }
    }
  }
}

TEST(ErasureCode, EveryErasurePatternOfTheNamedProfiles) {
  std::mt19937 rng(2);
  const std::pair<unsigned, unsigned> profiles[] = {{4, 8}, {3, 2}, {1, 2}, {4, 4}, {8, 4}};
  for (const MatrixId id : kMatrices) {
    for (const auto& [k, m] : profiles) {
      const auto code = ErasureCode::make(k, m, id);
      ASSERT_TRUE(code);
      const Matrix generator = reference_matrix(id, k, m);
      const Matrix all = encode_all(*code, random_rows(rng, k, 67));
      each_choice(k + m, k, [&](const std::vector<unsigned>& have) {
        check_rebuild(*code, generator, all, have);
      });
    }
  }
}

}  // namespace
}  // namespace cess
