// SPDX-License-Identifier: Apache-2.0
// links: merkle crypto base
// Ranges of fragments with their paths: what an honest miner sends fits, and nothing else does.
#include "podr2/range_proof.hpp"

#include <gtest/gtest.h>

#include "merkle/tree.hpp"

namespace cess {
namespace range_proof_test {

Bytes some_bytes(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + (i >> 9U));
  return out;
}

Descriptor describe(const Bytes& data) {
  Descriptor d;
  d.length = data.size();
  d.root = fragment_root(data);
  d.file.bytes[3] = 1;
  return d;
}

TEST(RangeProof, FitsOnBothSidesOfLeavesAndEnds) {
  for (const std::size_t length : {1U, 4096U, 4097U, 40'000U, 300'001U}) {
    const Bytes data = some_bytes(length);
    const Descriptor d = describe(data);
    for (const std::uint64_t offset : {0U, 1U, 4095U, 4096U, 8191U, 39'999U, 300'000U}) {
      for (const std::uint64_t size : {1U, 4096U, 4097U, 65'536U}) {
        const auto proof = make_range_proof(d, data, offset, size);
        if (offset + size > length) {
          ASSERT_FALSE(proof);
          EXPECT_EQ(proof.error().code, Code::no);
          continue;
        }
        ASSERT_TRUE(proof);
        EXPECT_LE(proof->size(), range_proof_size_max(size));
        EXPECT_TRUE(check_range_proof(*proof, frag_id(d), length, offset, size));
      }
    }
  }
}

TEST(RangeProof, RefusesEveryFlippedByteAndEveryCut) {
  const Bytes data = some_bytes(20'000);
  const Descriptor d = describe(data);
  Bytes proof = *make_range_proof(d, data, 5000, 6000);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    proof[i] ^= 0x10U;
    EXPECT_FALSE(check_range_proof(proof, frag_id(d), 20'000, 5000, 6000)) << i;
    proof[i] ^= 0x10U;
  }
  for (std::size_t cut = 0; cut < proof.size(); cut += 13) {
    EXPECT_FALSE(check_range_proof(ByteView(proof).first(cut), frag_id(d), 20'000, 5000, 6000));
  }
  proof.push_back(0);
  EXPECT_FALSE(check_range_proof(proof, frag_id(d), 20'000, 5000, 6000));
}

TEST(RangeProof, IsOfOneRangeOfOneFragment) {
  const Bytes data = some_bytes(40'000);
  const Descriptor d = describe(data);
  const Bytes proof = *make_range_proof(d, data, 8192, 4096);
  EXPECT_TRUE(check_range_proof(proof, frag_id(d), 40'000, 9000, 100));  // inside those leaves
  EXPECT_FALSE(check_range_proof(proof, frag_id(d), 40'000, 12'288, 4096));
  EXPECT_FALSE(check_range_proof(proof, frag_id(d), 40'000, 8192, 4097));
  EXPECT_FALSE(check_range_proof(proof, frag_id(d), 39'999, 8192, 4096));
  EXPECT_FALSE(check_range_proof(proof, FragId(), 40'000, 8192, 4096));
  EXPECT_FALSE(make_range_proof(d, data, 0, 0));
  EXPECT_FALSE(make_range_proof(d, ByteView(data).first(39'999), 0, 1));
  EXPECT_FALSE(make_range_proof(d, data, ~std::uint64_t{0}, 2));
}

}  // namespace range_proof_test
}  // namespace cess
