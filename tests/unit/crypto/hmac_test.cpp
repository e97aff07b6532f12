// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

TEST(Hmac, Rfc4231) {
  const auto all = read_vectors("hmac_sha256.txt");
  EXPECT_EQ(all.size(), 7U);
  for (const Record& v : all) {
    const Bytes data = v.hex("data");
    const std::string mac = v.text("mac");
    EXPECT_EQ(to_hex(hmac_sha256(v.hex("key"), {data})).substr(0, mac.size()), mac);
    // The split between the parts does not matter.
    const ByteView view(data);
    EXPECT_EQ(to_hex(hmac_sha256(v.hex("key"), {view.first(3), {}, view.subspan(3)}))
                  .substr(0, mac.size()),
              mac);
  }
}

TEST(Hkdf, Rfc5869) {
  const auto all = read_vectors("hkdf_sha256.txt");
  EXPECT_EQ(all.size(), 3U);
  for (const Record& v : all) {
    const Bytes ikm = v.hex("ikm");
    const Bytes info = v.hex("info");
    const Key256 prk = hkdf_sha256_extract(v.hex("salt"), {ikm});
    EXPECT_EQ(to_hex(prk.view()), v.text("prk"));
    Bytes okm(v.text("okm").size() / 2);
    hkdf_sha256_expand(okm, prk.view(), {info});
    EXPECT_EQ(to_hex(okm), v.text("okm"));
    hkdf_sha256(okm, ikm, v.hex("salt"), info);
    EXPECT_EQ(to_hex(okm), v.text("okm"));
  }
}

TEST(Hkdf, ShorterOutputIsAPrefixUpToTheLimit) {
  Bytes longest(255 * 32);
  const Bytes prk(32, 1);
  hkdf_sha256_expand(longest, prk, {as_bytes("info")});
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 64U, 128U, 255U * 32U - 1U}) {
    Bytes out(size);
    hkdf_sha256_expand(out, prk, {as_bytes("in"), as_bytes("fo")});
    EXPECT_TRUE(std::equal(out.begin(), out.end(), longest.begin())) << size;
  }
  Bytes over(255 * 32 + 1);
  EXPECT_DEATH(hkdf_sha256_expand(over, prk, {}), "broken invariant");
}

TEST(EqualCt, SeesEveryByteAndTheSize) {
  const Bytes a(40, 1);
  EXPECT_TRUE(equal_ct(a, Bytes(40, 1)));
  EXPECT_TRUE(equal_ct({}, {}));
  EXPECT_FALSE(equal_ct(a, Bytes(39, 1)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    Bytes b = a;
    b[i] ^= 0x80;
    EXPECT_FALSE(equal_ct(a, b));
  }
}

}  // namespace
}  // namespace cess
