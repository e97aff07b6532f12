// SPDX-License-Identifier: Apache-2.0
// Suite 1 against answers worked out by another implementation of BLS12-381
// (tests/vectors/podr2/suite1.mjs).
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/hex.hpp"
#include "podr2/detail/sector_sum.hpp"
#include "podr2_fixture.hpp"

namespace cess {
namespace {

Bytes hex(const std::string& text) { return *parse_hex(text, "vector"); }

void check_vectors() {
  std::ifstream file(CESS_VECTORS_DIR "/podr2/suite1.txt");
  std::map<std::string, std::string> values;
  std::vector<std::string> fragments;
  for (std::string line; std::getline(file, line);) {
    const auto space = line.find(' ');
    const std::string name = line.substr(0, space);
    (name == "fragment" ? fragments.emplace_back() : values[name]) = line.substr(space + 1);
  }
  const auto secret =
      TaggerSecret::from_fields(hex(values["alpha"]), hex(values["tau"]), hex(values["sign_seed"]),
                                TaggerClass::staked, Hash256::from(hex(values["attestation"])));
  ASSERT_TRUE(secret);
  const TaggerPublic pub = make_tagger_public(*secret);
  EXPECT_EQ(to_hex(pub.head.v.compress()), values["v"]);
  EXPECT_EQ(to_hex(pub.head.w.compress()), values["w"]);
  EXPECT_EQ(to_hex(pub.head.list_hash), values["list_hash"]);
  EXPECT_EQ(to_hex(pub.head.id), values["tagger_id"]);

  const auto tagger = Tagger::make(*secret, pub.head);
  ASSERT_TRUE(tagger);
  ProofBuilder builder;
  std::vector<ChallengedBlock> blocks;
  ASSERT_EQ(fragments.size(), 7U);
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    std::istringstream in(fragments[i]);
    std::size_t size = 0;
    std::string descriptor, id, tags;
    in >> size >> descriptor >> id >> tags;
    const Bytes data = test::noise(100 + i, size);
    const FragmentPlace place{FileId::from(test::noise(200 + i, 32)), static_cast<std::uint32_t>(i),
                              static_cast<std::uint16_t>(2 * i), static_cast<std::uint16_t>(3 * i)};
    std::array<std::uint8_t, 16> nonce;
    const Bytes n = test::noise(300 + i, 16);
    std::copy(n.begin(), n.end(), nonce.begin());
    const TagFile made = tagger->tag_fragment(place, nonce, data);
    EXPECT_EQ(to_hex(encode_descriptor(made.descriptor)), descriptor);
    EXPECT_EQ(to_hex(frag_id(made.descriptor)), id);
    EXPECT_EQ(to_hex(made.tags), tags);
    for (std::uint32_t b = 0; b < made.descriptor.blocks(); ++b) {
      const Nu nu = test::nu_of(400 + blocks.size());
      const auto part = ByteView(data).subspan(b * kBlockSize);
      ASSERT_TRUE(builder.add(nu, part.first(std::min<std::size_t>(kBlockSize, part.size())),
                              ByteView(made.tags).subspan(b * kTagSize, kTagSize)));
      blocks.push_back({frag_id(made.descriptor), b, nu});
    }
  }
  const auto z = bls::Scalar::parse(hex(values["z"]));
  ASSERT_TRUE(z);
  const Bytes proof = hex(values["proof"]);
  EXPECT_EQ(to_hex(builder.finish(*z, pub)), to_hex(proof));
  const TaggerLines lines(pub.head);
  EXPECT_EQ(verify_proof({&lines, blocks, *z, proof}), Verdict::right);
}

TEST(Suite1Vectors, KeysTagsAndProof) { check_vectors(); }

TEST(Suite1Vectors, WithPortableCodeOnly) {
  detail::allow_ifma(false);
  check_vectors();
  detail::allow_ifma(true);
}

}  // namespace
}  // namespace cess
