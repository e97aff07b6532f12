// SPDX-License-Identifier: Apache-2.0
#include "merkle/mmr.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

Hash256 number(std::uint64_t n) {
  std::array<std::uint8_t, 8> b{};
  store_le(b.data(), n);
  return sha256(b);
}

// RFC 6962 section 2.1, word for word: split at the largest power of two below n.
Hash256 naive_bag(std::span<const Hash256> values) {
  if (values.size() == 1) return sha256({Bytes{0}, values[0].view()});
  const std::size_t k = std::bit_floor(values.size() - 1);
  return sha256({Bytes{1}, naive_bag(values.first(k)).view(), naive_bag(values.subspan(k)).view()});
}

Hash256 naive_root(std::span<const Hash256> values) {
  if (values.empty()) return {};
  std::array<std::uint8_t, 8> n{};
  store_le(n.data(), std::uint64_t{values.size()});
  return sha256({Bytes{2}, n, naive_bag(values).view()});
}

constexpr std::uint64_t kMany = 70;

class MmrTest : public testing::Test {
 protected:
  MmrTest() {
    for (std::uint64_t i = 0; i < kMany; ++i) {
      values.push_back(number(i));
      EXPECT_TRUE(range.append(values.back()).has_value());
    }
  }
  std::vector<Hash256> values;
  MemoryMmrNodes nodes;
  Mmr range{nodes, 0};
};

TEST_F(MmrTest, RootsAreThoseOfTheNaiveTreeAtEverySize) {
  MmrPeaks light;
  for (std::uint64_t n = 0; n <= kMany; ++n) {
    const Hash256 expected = naive_root(std::span(values).first(n));
    EXPECT_EQ(*range.root(n), expected) << n;
    EXPECT_EQ(light.root(), expected) << n;
    EXPECT_EQ(*range.peaks(n), light);
    EXPECT_EQ(light.peaks().size(), static_cast<std::size_t>(std::popcount(n)));
    if (n < kMany) light.append(values[n]);
  }
}

// merkle/tree.hpp knows the same tree by its levels.
TEST_F(MmrTest, BagIsTheTreeOfRfc6962) {
  std::vector<Hash256> leaves;
  for (std::uint64_t n = 1; n <= kMany; ++n) {
    leaves.push_back(merkle_leaf(values[n - 1].view()));
    for (const std::uint64_t i : {std::uint64_t{0}, n / 2, n - 1}) {
      EXPECT_EQ(range.prove(i, n)->path, merkle_path(leaves, i)) << n << " " << i;
    }
  }
}

TEST_F(MmrTest, EveryLeafIsProvenAtEverySize) {
  for (std::uint64_t n = 1; n <= kMany; ++n) {
    const Hash256 root = *range.root(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      const Bytes proof = range.prove(i, n)->encode();
      ASSERT_LE(proof.size(), kMmrProofSizeMax);
      ASSERT_TRUE(verify_mmr(root, values[i], proof)) << n << " " << i;
      ASSERT_FALSE(verify_mmr(root, values[(i + 1) % kMany], proof));
      ASSERT_FALSE(verify_mmr(*range.root(n - 1), values[i], proof));
    }
  }
}

TEST_F(MmrTest, EveryFlippedBitIsRefused) {
  for (const std::uint64_t i : {0U, 37U, 63U, 64U, 69U}) {
    const Hash256 root = *range.root(kMany);
    Bytes proof = range.prove(i, kMany)->encode();
    ASSERT_TRUE(verify_mmr(root, values[i], proof));
    for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
      proof[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      ASSERT_FALSE(verify_mmr(root, values[i], proof)) << bit;
      proof[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
    proof.push_back(0);
    EXPECT_FALSE(verify_mmr(root, values[i], proof));
    proof.resize(proof.size() - 2);
    EXPECT_FALSE(verify_mmr(root, values[i], proof));
  }
}

// A node's hash as value, with a path that starts one level up.
TEST_F(MmrTest, InnerNodeIsNoLeaf) {
  const Hash256 root = *range.root(64);
  MmrProof proof = *range.prove(0, 64);
  const Hash256 inner = merkle_node(merkle_leaf(values[0].view()), proof.path[0]);
  proof.path.erase(proof.path.begin());
  EXPECT_FALSE(verify_mmr(root, inner, proof));
  proof.count = 32;
  EXPECT_FALSE(verify_mmr(root, inner, proof));
}

TEST_F(MmrTest, GoesOnFromItsPeaksAndFromItsNodes) {
  const auto peaks = MmrPeaks::parse(range.peaks(45)->encode());
  ASSERT_TRUE(peaks.has_value());
  MmrPeaks light = *peaks;
  // After a crash the last appends may come again.
  Mmr again(nodes, 45);
  for (std::uint64_t i = 45; i < kMany; ++i) {
    light.append(values[i]);
    EXPECT_TRUE(again.append(values[i]).has_value());
  }
  EXPECT_EQ(light.root(), *range.root(kMany));
  EXPECT_EQ(*again.root(kMany), light.root());
}

// The tables of doc/formats/header-range.md, worked out there by another program.
TEST(Mmr, WorkedExample) {
  MemoryMmrNodes nodes;
  Mmr range(nodes, 0);
  for (const char* text : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(range.append(sha256(as_bytes(text))).has_value());
  }
  EXPECT_EQ(to_hex(*range.root(5)),
            "52575b0ba09c5f91ea48266472f35ccb4812aa389f43da4498e157764aba1420");
  EXPECT_EQ(to_hex(range.prove(2, 5)->encode()),
            "0500000000000000020000000000000003"
            "de22f76c222682c331f7dda7349654b6a9f4f710077025e9b29130023712780f"
            "ad5ca6cddc0b27c6a83e332bf28011769236e6c6a1f786ebf7b5267b37a5bd22"
            "ccfa4ba2b7ea0f00e2ab8e295f288befbfd9f316b854edaccb5bfdca87970fc6");
}

TEST(Mmr, CountsNodes) {
  EXPECT_EQ(mmr_node_count(0), 0U);
  EXPECT_EQ(mmr_node_count(1), 1U);
  EXPECT_EQ(mmr_node_count(2), 3U);
  EXPECT_EQ(mmr_node_count(3), 4U);
  EXPECT_EQ(mmr_node_count(7), 11U);
}

TEST(Mmr, RefusesWhatIsNotCanonical) {
  const auto encoded = [](std::uint64_t count, std::uint64_t index, std::size_t size) {
    MmrProof proof{count, index, std::vector<Hash256>(size)};
    return MmrProof::parse(proof.encode()).has_value();
  };
  EXPECT_FALSE(encoded(0, 0, 0));
  EXPECT_TRUE(encoded(1, 0, 0));
  EXPECT_FALSE(encoded(1, 0, 1));
  EXPECT_FALSE(encoded(1, 1, 0));
  EXPECT_TRUE(encoded(7, 6, 2));
  EXPECT_FALSE(encoded(7, 6, 3));
  EXPECT_TRUE(encoded(kMmrCountMax, kMmrCountMax - 1, 62));
  EXPECT_TRUE(encoded(kMmrCountMax - 1, 0, 62));
  EXPECT_FALSE(encoded(kMmrCountMax + 1, 0, 62));
  EXPECT_FALSE(encoded(~std::uint64_t{0}, 5, 62));
  MmrPeaks peaks;
  peaks.append(number(1));
  Bytes bytes = peaks.encode();
  EXPECT_EQ(bytes.size(), 40U);
  bytes[0] = 2;
  EXPECT_TRUE(MmrPeaks::parse(bytes).has_value());
  bytes[0] = 3;
  EXPECT_FALSE(MmrPeaks::parse(bytes).has_value());
  bytes[0] = 0;
  EXPECT_FALSE(MmrPeaks::parse(bytes).has_value());
  EXPECT_FALSE(MmrPeaks::parse({}).has_value());
  EXPECT_FALSE(MmrPeaks::parse(Bytes(8 + 64 * 32, 0xff)).has_value());
}

}  // namespace
}  // namespace cess
