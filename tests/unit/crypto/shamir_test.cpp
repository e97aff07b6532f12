// SPDX-License-Identifier: Apache-2.0
#include "crypto/shamir.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/ed25519.hpp"
#include "crypto/hmac.hpp"
#include "crypto/x25519.hpp"
#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

std::vector<ShamirShare> clone(std::span<const ShamirShare> shares) {
  std::vector<ShamirShare> out;
  for (const ShamirShare& s : shares) out.push_back({s.x, s.value.clone()});
  return out;
}

Bytes random_bytes(std::size_t size, std::uint8_t seed) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(seed + 37 * i * i + i);
  return out;
}

TEST(Shamir, Slip0039) {
  const auto all = read_vectors("slip39.txt");
  EXPECT_EQ(all.size(), 4U);
  for (const Record& v : all) {
    std::vector<ShamirShare> shares;
    for (unsigned i = 0; i < v.number("threshold"); ++i) {
      const std::string n = std::to_string(i);
      shares.push_back({static_cast<std::uint8_t>(v.number("x" + n)), v.key("share" + n)});
    }
    const auto secret = shamir_combine(shares);
    const auto digest = shamir_at(shares, 254);
    ASSERT_TRUE(secret && digest);
    EXPECT_EQ(to_hex(secret->view()), v.text("secret"));
    EXPECT_EQ(to_hex(digest->view()), v.text("digest"));
    const Hash256 mac = hmac_sha256(digest->view().subspan(4), {secret->view()});
    EXPECT_TRUE(std::equal(mac.bytes.begin(), mac.bytes.begin() + 4, digest->view().begin()));
  }
}

TEST(Shamir, AnyThresholdOfTheSharesGiveTheSecretAndFewerDoNot) {
  const Key256 secret(random_bytes(32, 9));
  for (unsigned count = 1; count <= 5; ++count) {
    for (unsigned threshold = 1; threshold <= count; ++threshold) {
      const auto all =
          shamir_split(secret, threshold, count, random_bytes((threshold - 1) * 32, 77));
      ASSERT_TRUE(all);
      ASSERT_EQ(all->size(), count);
      for (unsigned set = 1; set < 1U << count; ++set) {
        std::vector<ShamirShare> some;
        for (const ShamirShare& s : *all) {
          if ((set >> s.x & 1U) != 0) some.push_back({s.x, s.value.clone()});
        }
        const auto got = shamir_combine(some);
        ASSERT_TRUE(got);
        // More than the threshold lie on the same polynomial.
        EXPECT_EQ(to_hex(got->view()) == to_hex(secret.view()), some.size() >= threshold)
            << threshold << " of " << count << ", set " << set;
      }
    }
  }
}

// With threshold 2 one share fits every secret: for each there is a random value that makes it.
TEST(Shamir, OneShareOfTwoFitsEverySecret) {
  const Bytes given = random_bytes(32, 3);
  for (unsigned first = 0; first < 256; ++first) {
    Bytes secret(32, 0);
    secret[0] = static_cast<std::uint8_t>(first);
    const auto all = shamir_split(Key256(secret), 2, 2, given);
    ASSERT_TRUE(all);
    EXPECT_EQ(to_hex(all->front().value.view()), to_hex(given));
  }
}

TEST(Shamir, AnAlteredShareGivesAnotherSecret) {
  const Key256 secret(random_bytes(32, 1));
  const auto all = shamir_split(secret, 3, 5, random_bytes(64, 2));
  ASSERT_TRUE(all);
  auto some = clone({all->data(), 3});
  some[1].value.mut()[31] ^= 1;
  const auto got = shamir_combine(some);
  ASSERT_TRUE(got);
  EXPECT_NE(to_hex(got->view()), to_hex(secret.view()));
}

TEST(Shamir, Limits) {
  const Key256 secret(random_bytes(32, 1));
  EXPECT_TRUE(shamir_split(secret, 16, 16, random_bytes(15 * 32, 2)));
  EXPECT_FALSE(shamir_split(secret, 16, 17, random_bytes(15 * 32, 2)));
  EXPECT_FALSE(shamir_split(secret, 0, 1, {}));
  EXPECT_FALSE(shamir_split(secret, 3, 2, random_bytes(64, 2)));
  EXPECT_FALSE(shamir_split(secret, 3, 5, random_bytes(63, 2)));
  EXPECT_FALSE(shamir_combine({}));
  auto all = shamir_split(secret, 2, 3, random_bytes(32, 2));
  ASSERT_TRUE(all);
  (*all)[1].x = (*all)[0].x;
  EXPECT_FALSE(shamir_combine(*all));
  (*all)[1].x = 255;
  EXPECT_FALSE(shamir_combine(*all));
}

// libsodium's test/default/ed25519_convert.c and .exp.
TEST(X25519, FromEd25519) {
  Key256 seed;
  ASSERT_TRUE(parse_hex_into(
      seed.mut(), "421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee", "seed"));
  const Key256 secret = x25519_from_ed25519(seed);
  const auto pub = x25519_from_ed25519(ed25519_public(seed));
  ASSERT_TRUE(pub);
  EXPECT_EQ(to_hex(secret.view()),
            "8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166");
  EXPECT_EQ(to_hex(*pub), "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50");
  EXPECT_EQ(x25519_public(secret), *pub);
  EXPECT_FALSE(x25519_from_ed25519(Ed25519Public{1}));  // the neutral element
}

}  // namespace
}  // namespace cess
