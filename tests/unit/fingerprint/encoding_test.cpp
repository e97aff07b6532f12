// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "fingerprint/encoding.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

Fingerprint sample_fingerprint() {
  Fingerprint f;
  f.exact.bytes[0] = 7;
  f.size_bytes = 1U << 30U;
  f.content.kind = Kind::image;
  f.content.type = "image/png";
  f.content.width = 640;
  f.content.height = 480;
  f.content.certificate = 0x0123456789abcdefU;
  f.content.similarity[31] = 9;
  f.content.features = {{"pdq", 1, 256, Bytes(32, 5)}, {"windows", 3, 64, Bytes(24, 6)}};
  f.content.iscc = {"ISCC:EEAQ"};
  return f;
}

TEST(Encoding, BinaryAndJsonGiveBackTheSame) {
  const Fingerprint f = sample_fingerprint();
  EXPECT_EQ(parse_fingerprint(encode_fingerprint(f)).value(), f);
  EXPECT_EQ(parse_content(encode_content(f.content)).value(), f.content);
  const std::string line = write_json(fingerprint_json(f, "a.png"));
  EXPECT_EQ(parse_fingerprint_json(line, "line").value(), f);
  EXPECT_NE(line.find("\"certificate\":\"0123456789abcdef\""), std::string::npos);
}

TEST(Encoding, EveryPrefixAndExtensionIsRefused) {
  Bytes good = encode_fingerprint(sample_fingerprint());
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(parse_fingerprint(ByteView(good).first(n)).has_value()) << n;
  }
  good.push_back(0);
  EXPECT_FALSE(parse_fingerprint(good).has_value());
}

TEST(Encoding, RefusesWhatNoWriterWrites) {
  const auto refused = [](auto change) {
    Fingerprint f = sample_fingerprint();
    Json j = fingerprint_json(f);
    j.erase("commitment");
    change(j);
    return !parse_fingerprint_json(write_json(j), "line").has_value();
  };
  EXPECT_FALSE(refused([](Json&) {}));
  EXPECT_TRUE(refused([](Json& j) { j["kind"] = "song"; }));
  EXPECT_TRUE(refused([](Json& j) { j["type"] = "a b"; }));
  EXPECT_TRUE(refused([](Json& j) { j["features"]["pdq"]["bits"] = 250; }));
  EXPECT_TRUE(refused([](Json& j) { j["features"]["pdq"]["bits"] = 0; }));
  EXPECT_TRUE(refused([](Json& j) { j["features"]["windows"]["bits"] = 256; }));
  // Items are whole bytes, and nothing needs larger ones than 2^20 bits.
  EXPECT_TRUE(refused([](Json& j) {
    j["features"]["pdq"] = {{"version", 1}, {"bits", 12}, {"data", "0000"}};
  }));
  const auto item_of = [](std::size_t bits) {
    return Json{{"version", 1}, {"bits", bits}, {"data", std::string(bits / 4, '0')}};
  };
  EXPECT_FALSE(refused([&](Json& j) { j["features"]["pdq"] = item_of(1U << 20U); }));
  EXPECT_TRUE(refused([&](Json& j) { j["features"]["pdq"] = item_of((1U << 20U) + 8); }));
  EXPECT_TRUE(refused([](Json& j) { j["features"]["Pdq"] = j["features"]["pdq"]; }));
  EXPECT_TRUE(refused([](Json& j) { j["certificate"] = "01"; }));
  EXPECT_TRUE(refused([](Json& j) { j["commitment"] = std::string(64, '0'); }));
}

TEST(Encoding, TheCommitmentCoversEveryField) {
  const Fingerprint f = sample_fingerprint();
  Fingerprint g = f;
  g.content.features[0].data[3] ^= 1U;
  EXPECT_NE(commitment(f), commitment(g));
  g = f;
  g.content.duration_ms = 1;
  EXPECT_NE(commitment(f), commitment(g));
}

// Reckoned by Python (struct, hashlib) from doc/formats/fingerprint.md; the same fields stand in
// tests/unit/chain/state/rights_test.cpp, since the chain computes the same.
TEST(Encoding, TheCommitmentIsWhatTheChainComputes) {
  EXPECT_EQ(to_hex(features_hash(sample_fingerprint().content)),
            "1bf88bf661e9eeb6d84259a265035bdb565c20937eb070851ce5e16507b8e951");
  EXPECT_EQ(to_hex(commitment(sample_fingerprint())),
            "1e1124c54c650684cb0f0340a774a86c61ce125873dc845e415635b2670b0a2f");
}

TEST(SimHashTest, NearSetsGetNearWords) {
  SimHash<4> a;
  SimHash<4> b;
  SimHash<4> c;
  for (std::uint64_t t = 0; t < 1000; ++t) {
    a.add(mix64(t));
    b.add(mix64(t < 950 ? t : t + 10'000));
    c.add(mix64(t + 1'000'000));
  }
  EXPECT_EQ(hamming(bits256(a), bits256(a)), 0U);
  EXPECT_LT(hamming(bits256(a), bits256(b)), 45U);  // arccos(0.95)/pi of 256 is 26
  EXPECT_GT(hamming(bits256(a), bits256(c)), 90U);  // 128 in the mean
}

TEST(SimHashTest, MixerIsSplitMix64) {
  // The first output of SplitMix64 for seed 1234567, as in the reference of Vigna's splitmix64.c.
  EXPECT_EQ(mix64(1234567U + 0x9e3779b97f4a7c15U), 6457827717110365317U);
}

}  // namespace
}  // namespace cess::fp
