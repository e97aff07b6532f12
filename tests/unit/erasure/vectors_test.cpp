// SPDX-License-Identifier: Apache-2.0
// links: base
// Known answers made by other people's coders.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/hex.hpp"
#include "erasure/code.hpp"
#include "erasure/reference.hpp"
#include "unit/erasure/xxh64.hpp"

namespace cess {
namespace {

using reference::Matrix;
using reference::Row;

// The lines of a vector file that are not comments.
std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/erasure/" + name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  EXPECT_FALSE(lines.empty()) << name;
  return lines;
}

// Data and parity by ISA-L.
Matrix encode_all(unsigned k, unsigned m, Matrix rows) {
  const auto code = ErasureCode::make(k, m, MatrixId::vandermonde);
  EXPECT_TRUE(code);
  rows.resize(k + m, Row(rows.front().size()));
  std::vector<std::uint8_t*> out;
  std::vector<const std::uint8_t*> in;
  for (unsigned i = 0; i < k + m; ++i) {
    if (i < k) in.push_back(rows[i].data());
    if (i >= k) out.push_back(rows[i].data());
  }
  code->encode(out, in, rows.front().size());
  return rows;
}

TEST(ErasureVectors, FieldProducts) {
  for (const auto& line : lines_of("galois.txt")) {
    std::istringstream fields(line);
    unsigned factor = 0;
    std::string in;
    std::string out;
    fields >> factor >> in >> out;
    Bytes product = *parse_hex(in, "in");
    for (auto& byte : product) byte = reference::gf_times(static_cast<std::uint8_t>(factor), byte);
    EXPECT_EQ(to_hex(product), out);
  }
  // The same maker's powers.
  EXPECT_EQ(reference::gf_power(2, 2), 4);
  EXPECT_EQ(reference::gf_power(5, 20), 235);
  EXPECT_EQ(reference::gf_power(13, 7), 43);
}

// The same maker's inverse of a matrix (matrix_test.go, TestMatrixInverse).
TEST(ErasureVectors, MatrixInverse) {
  const Matrix square = {{56, 23, 98}, {3, 100, 200}, {45, 201, 123}};
  const Matrix inverse = {{175, 133, 33}, {130, 13, 245}, {112, 35, 126}};
  const Matrix one = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  EXPECT_EQ(reference::solve(square, one), inverse);
}

TEST(ErasureVectors, BackblazeFiveAndFive) {
  Matrix expected;
  for (const auto& line : lines_of("backblaze.txt")) {
    expected.push_back(*parse_hex(line.substr(line.find(' ') + 1), "bytes"));
  }
  ASSERT_EQ(expected.size(), 10U);
  const Matrix data(expected.begin(), expected.begin() + 5);
  EXPECT_EQ(encode_all(5, 5, data), expected);
  const Matrix generator = reference::vandermonde(5, 5);
  for (unsigned i = 0; i < 10; ++i) {
    EXPECT_EQ(reference::fragment(generator, data, i), expected[i]) << i;
  }
}

TEST(ErasureVectors, Xxh64OfItsSpecification) {
  EXPECT_EQ(xxh64({}), 0xef46db3751d8e999U);
  EXPECT_EQ(xxh64(as_bytes("abc")), 0x44bc2cf5ad770999U);
}

TEST(ErasureVectors, SixtyShapesOfMinio) {
  for (const auto& line : lines_of("vandermonde_xxh64.txt")) {
    std::istringstream fields(line);
    unsigned k = 0;
    unsigned m = 0;
    std::uint64_t expected = 0;
    fields >> k >> m >> std::hex >> expected;
    const std::size_t size = (256 + k - 1) / k;
    Matrix data(k, Row(size, 0));
    for (unsigned i = 0; i < 256; ++i) data[i / size][i % size] = static_cast<std::uint8_t>(i);
    Bytes all;
    std::uint8_t index = 0;
    for (const auto& row : encode_all(k, m, data)) {
      all.push_back(index++);
      append(all, row);
    }
    EXPECT_EQ(xxh64(all), expected) << k << "+" << m;
  }
}

}  // namespace
}  // namespace cess
