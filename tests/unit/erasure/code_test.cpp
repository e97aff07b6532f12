// SPDX-License-Identifier: Apache-2.0
// links: base
#include "erasure/code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>
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

// 4+8, 3+2, 1+2, 4+4, 8+4 and all others.
TEST(ErasureCode, EveryErasurePatternOfEveryShapeUpToTwelveFragments) {
  std::mt19937 rng(2);
  for (const MatrixId id : kMatrices) {
    for (unsigned n = 1; n <= 12; ++n) {
      for (unsigned k = 1; k <= n; ++k) {
        const auto code = ErasureCode::make(k, n - k, id);
        ASSERT_TRUE(code);
        const Matrix generator = reference_matrix(id, k, n - k);
        const Matrix all = encode_all(*code, random_rows(rng, k, 19));
        each_choice(n, k, [&](const std::vector<unsigned>& have) {
          check_rebuild(*code, generator, all, have);
        });
      }
    }
  }
}

// A random choice of k of n, in random order.
std::vector<unsigned> random_choice(std::mt19937& rng, unsigned n, unsigned k) {
  std::vector<unsigned> all(n);
  std::iota(all.begin(), all.end(), 0U);
  std::shuffle(all.begin(), all.end(), rng);
  all.resize(k);
  return all;
}

TEST(ErasureCode, SampledErasurePatternsOfTheWideProfiles) {
  std::mt19937 rng(3);
  const std::pair<unsigned, unsigned> profiles[] = {{10, 6}, {16, 8}};
  for (const MatrixId id : kMatrices) {
    for (const auto& [k, m] : profiles) {
      const auto code = ErasureCode::make(k, m, id);
      ASSERT_TRUE(code);
      const Matrix generator = reference_matrix(id, k, m);
      const Matrix all = encode_all(*code, random_rows(rng, k, 33));
      for (unsigned i = 0; i < 150; ++i) {
        check_rebuild(*code, generator, all, random_choice(rng, k + m, k));
      }
    }
  }
}

TEST(ErasureCode, SampledErasurePatternsOfEveryShape) {
  std::mt19937 rng(7);
  for (const MatrixId id : kMatrices) {
    for (unsigned k = 1; k <= 16; ++k) {
      for (unsigned n = k; n <= 32; ++n) {
        const auto code = ErasureCode::make(k, n - k, id);
        ASSERT_TRUE(code);
        const Matrix generator = reference_matrix(id, k, n - k);
        const Matrix all = encode_all(*code, random_rows(rng, k, 9));
        for (unsigned i = 0; i < 3; ++i) {
          check_rebuild(*code, generator, all, random_choice(rng, n, k));
        }
      }
    }
  }
}

// Sizes around every vector width and the strip; buffers at odd addresses; nothing written outside.
TEST(ErasureCode, AnySizeAtAnyAddress) {
  std::mt19937 rng(4);
  constexpr unsigned kData = 4;
  constexpr unsigned kParity = 8;
  std::vector<std::size_t> sizes(201);
  std::iota(sizes.begin(), sizes.end(), std::size_t{0});
  for (const std::size_t strip : {std::size_t{32768}, std::size_t{98304}}) {
    for (const std::size_t size : {strip - 1, strip, strip + 1, strip + 63}) sizes.push_back(size);
  }
  for (const MatrixId id : kMatrices) {
    const auto code = ErasureCode::make(kData, kParity, id);
    ASSERT_TRUE(code);
    const Matrix generator = reference_matrix(id, kData, kParity);
    for (const std::size_t size : sizes) {
      const std::size_t shift = rng() % 64;
      Matrix in = random_rows(rng, kData, size + shift);
      Matrix out(kParity, Row(size + shift + 64, 0xee));
      std::vector<const std::uint8_t*> from;
      std::vector<std::uint8_t*> to;
      for (const auto& row : in) from.push_back(row.data() + shift);
      for (auto& row : out) to.push_back(row.data() + shift);
      code->encode(to, from, size);
      Matrix data;
      for (const auto& row : in) data.emplace_back(row.begin() + std::ptrdiff_t(shift), row.end());
      for (unsigned i = 0; i < kParity; ++i) {
        Row expected(shift, 0xee);
        const Row parity = reference::fragment(generator, data, kData + i);
        expected.insert(expected.end(), parity.begin(), parity.end());
        expected.insert(expected.end(), 64, 0xee);
        ASSERT_EQ(out[i], expected) << size << " parity " << i;
      }
    }
  }
}

TEST(ErasureCode, OneDataFragmentMeansCopies) {
  std::mt19937 rng(5);
  for (const MatrixId id : kMatrices) {
    const auto code = ErasureCode::make(1, 4, id);
    ASSERT_TRUE(code);
    const Matrix data = random_rows(rng, 1, 100);
    for (const auto& row : encode_all(*code, data)) EXPECT_EQ(row, data.front());
  }
}

TEST(ErasureCode, LargestCodesWork) {
  std::mt19937 rng(6);
  const std::pair<unsigned, unsigned> shapes[] = {{254, 1}, {128, 127}, {1, 254}, {255, 0}};
  for (const MatrixId id : kMatrices) {
    for (const auto& [k, m] : shapes) {
      const auto code = ErasureCode::make(k, m, id);
      ASSERT_TRUE(code);
      const Matrix all = encode_all(*code, random_rows(rng, k, 5));
      const auto have = random_choice(rng, k + m, k);
      const unsigned want[] = {0, k + m - 1};
      const auto plan = code->plan(have, want);
      ASSERT_TRUE(plan);
      Matrix in;
      for (const unsigned i : have) in.push_back(all[i]);
      Matrix out(2, Row(5));
      plan->run(outputs(out), inputs(in), 5);
      EXPECT_EQ(out.front(), all.front());
      EXPECT_EQ(out.back(), all.back());
    }
  }
}

TEST(ErasureCode, RefusesImpossibleShapes) {
  const std::pair<unsigned, unsigned> shapes[] = {{0, 1},   {0, 0},     {256, 0}, {255, 1},
                                                  {1, 255}, {128, 128}, {1, ~0U}, {~0U, ~0U}};
  for (const auto& [k, m] : shapes) {
    const auto code = ErasureCode::make(k, m);
    ASSERT_FALSE(code) << k << "+" << m;
    EXPECT_EQ(code.error().code, Code::usage);
  }
  EXPECT_FALSE(ErasureCode::make(4, 8, static_cast<MatrixId>(0)));
  EXPECT_FALSE(ErasureCode::make(4, 8, static_cast<MatrixId>(3)));
}

TEST(ErasureCode, PlanRefusesWrongIndices) {
  const auto code = ErasureCode::make(4, 8);
  ASSERT_TRUE(code);
  using List = std::vector<unsigned>;
  const std::pair<List, List> cases[] = {
      {{0, 1, 2}, {3}},      {{0, 1, 2, 3, 4}, {5}}, {{0, 1, 2, 12}, {3}},
      {{0, 1, 2, ~0U}, {3}}, {{0, 1, 2, 2}, {3}},    {{}, {3}},
      {{0, 1, 2, 3}, {12}},  {{0, 1, 2, 3}, {~0U}},  {{0, 1, 2, 3}, List(256, 5)}};
  for (const auto& [have, want] : cases) {
    const auto plan = code->plan(have, want);
    ASSERT_FALSE(plan) << ::testing::PrintToString(have) << ::testing::PrintToString(want);
    EXPECT_EQ(plan.error().code, Code::input);
  }
  const auto nothing = code->plan(List{8, 9, 10, 11}, List{});
  ASSERT_TRUE(nothing);
  const Matrix in(4, Row(10));
  nothing->run({}, inputs(in), 10);
}

}  // namespace
}  // namespace cess
