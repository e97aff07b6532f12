// SPDX-License-Identifier: Apache-2.0
// Tagger keys: making, writing, reading, refusing, checking.
#include "podr2/keys.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "podr2_fixture.hpp"

namespace cess {
namespace {

using test::noise;

class Keys : public ::testing::Test {
 protected:
  test::TestTagger& t = test::tagger(0);
  Bytes file = encode_tagger_public(t.pub);
};

TEST_F(Keys, PublicFileRoundTrip) {
  ASSERT_EQ(file.size(), kTaggerPublicSize);
  ASSERT_EQ(kTaggerPublicSize, 406206U);
  const auto read = parse_tagger_public(file);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_tagger_public(*read), file);
  EXPECT_EQ(read->head.id, t.pub.head.id);
  const auto head = parse_tagger_head(file);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->id, t.pub.head.id);
  EXPECT_EQ(head->list_hash, sha256(ByteView(file).subspan(kTaggerHeadSize)));
}

TEST_F(Keys, IdBindsEveryField) {
  const TaggerHead& h = t.pub.head;
  const auto differs = [&](auto change) {
    TaggerHead other = h;
    change(other);
    return tagger_id(other) != h.id;
  };
  EXPECT_EQ(tagger_id(h), h.id);
  EXPECT_TRUE(differs([](TaggerHead& o) { o.v = o.v + bls::G2::generator(); }));
  EXPECT_TRUE(differs([](TaggerHead& o) { o.w = o.w + bls::G2::generator(); }));
  EXPECT_TRUE(differs([](TaggerHead& o) { std::swap(o.v, o.w); }));
  EXPECT_TRUE(differs([](TaggerHead& o) { o.list_hash.bytes[0] ^= 1; }));
  EXPECT_TRUE(differs([](TaggerHead& o) { o.cls = TaggerClass::attested; }));
  EXPECT_TRUE(differs([](TaggerHead& o) { o.attestation.bytes[31] ^= 1; }));
  EXPECT_TRUE(differs([](TaggerHead& o) { o.sign_key[0] ^= 1; }));
}

TEST_F(Keys, SecretFieldsRoundTrip) {
  const auto again = TaggerSecret::from_fields(
      t.secret.alpha_bytes().view(), t.secret.tau_bytes().view(), t.secret.sign_seed().view(),
      t.secret.cls(), t.secret.attestation());
  ASSERT_TRUE(again);
  EXPECT_TRUE(Tagger::make(*again, t.pub.head));
  const TaggerPublic small = make_tagger_public(*again, 16);
  EXPECT_EQ(small.head.v, t.pub.head.v);
  for (std::size_t j = 0; j < 16; ++j) EXPECT_EQ(small.powers[j].limbs, t.pub.powers[j].limbs);
}

TEST_F(Keys, RefusesBadSecretFields) {
  const Bytes good = noise(1, 31);
  Bytes ok = good, zero(32, 0), large(32, 0xff);
  ok.push_back(0);
  const auto make = [&](ByteView a, ByteView b, ByteView s) {
    return TaggerSecret::from_fields(a, b, s, TaggerClass::owner, {}).has_value();
  };
  EXPECT_TRUE(make(ok, ok, ok));
  EXPECT_FALSE(make(zero, ok, ok));
  EXPECT_FALSE(make(ok, zero, ok));
  EXPECT_FALSE(make(large, ok, ok));
  EXPECT_FALSE(make(ok, large, ok));
  EXPECT_FALSE(make(good, ok, ok));
  EXPECT_FALSE(make(ok, good, ok));
  EXPECT_FALSE(make(ok, ok, good));
  EXPECT_FALSE(parse_tagger_class('D'));
  EXPECT_FALSE(parse_tagger_class('a'));
  EXPECT_TRUE(parse_tagger_class('B'));
}

TEST_F(Keys, TaggerRefusesAnotherKeysHead) {
  EXPECT_FALSE(Tagger::make(t.secret, test::tagger(1).pub.head));
  TaggerHead head = t.pub.head;
  head.sign_key[3] ^= 1;
  head.id = tagger_id(head);
  EXPECT_FALSE(Tagger::make(t.secret, head));
  head = t.pub.head;
  head.list_hash.bytes[0] ^= 1;  // the id no longer fits
  EXPECT_FALSE(Tagger::make(t.secret, head));
}

TEST_F(Keys, RefusesDamagedFiles) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}, std::size_t{9}, std::size_t{269},
                                 kTaggerHeadSize, file.size() - 1}) {
    EXPECT_FALSE(parse_tagger_head(ByteView(file).first(size))) << size;
    EXPECT_FALSE(parse_tagger_public(ByteView(file).first(size))) << size;
  }
  Bytes longer = file;
  longer.push_back(0);
  EXPECT_FALSE(parse_tagger_head(longer));
  const auto with = [&](std::size_t at, std::uint8_t v) {
    Bytes b = file;
    b[at] = v;
    return b;
  };
  EXPECT_FALSE(parse_tagger_head(with(0, 'X')));
  EXPECT_FALSE(parse_tagger_head(with(8, 2)));
  EXPECT_FALSE(parse_tagger_head(with(9, 'D')));
  EXPECT_FALSE(parse_tagger_head(with(266, 0)));
  EXPECT_FALSE(parse_tagger_head(with(269, 1)));
  for (const std::size_t at : {std::size_t{74}, std::size_t{170}}) {
    Bytes b = file;  // the identity as v or w
    std::fill_n(b.begin() + std::ptrdiff_t(at), 96, std::uint8_t{0});
    b[at] = 0xc0;
    EXPECT_FALSE(parse_tagger_head(b));
    std::fill_n(b.begin() + std::ptrdiff_t(at), 96, std::uint8_t{0xff});
    EXPECT_FALSE(parse_tagger_head(b));
  }
  const auto bad = parse_tagger_public(with(kTaggerHeadSize + 48 * 8456, 0x00));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::input);
  EXPECT_NE(bad.error().message.find("power 8456"), std::string::npos);
}

TEST_F(Keys, EveryByteOfTheFileChangesTheIdOrIsRefused) {
  for (std::size_t at = 0; at < file.size(); at += at < kTaggerHeadSize + 96 ? 1 : 4999) {
    Bytes b = file;
    b[at] ^= 1;
    const auto head = parse_tagger_head(b);
    if (head) {
      EXPECT_NE(head->id, t.pub.head.id) << at;
    }
  }
}

TEST_F(Keys, CheckAcceptsAGoodKey) {
  EXPECT_TRUE(check_key(t.pub, test::check_seed(1)));
  EXPECT_TRUE(check_key(make_tagger_public(t.secret, 4), test::check_seed(2)));
}

TEST_F(Keys, CheckRefusesAlteredLists) {
  const TaggerPublic good = make_tagger_public(t.secret, 20);
  const bls::G1 g = bls::G1::generator();
  const auto refused = [&](const TaggerPublic& k) {
    const auto s = check_key(k, test::check_seed(3));
    return !s && s.error().code == Code::no;
  };
  const auto with = [&](std::size_t j, const bls::G1& p) {
    TaggerPublic k = good;
    k.powers[j] = bls::to_affine({&p, 1})[0];
    return k;
  };
  EXPECT_FALSE(refused(good));
  EXPECT_TRUE(refused(with(0, g + g)));
  EXPECT_TRUE(refused(with(0, bls::G1{})));
  EXPECT_TRUE(refused(with(1, bls::G1{})));
  for (const std::size_t j : {1U, 2U, 10U, 19U}) {
    const bls::G1 p(good.powers[j]);
    EXPECT_TRUE(refused(with(j, p + g))) << j;
    EXPECT_TRUE(refused(with(j, p.negate()))) << j;
    EXPECT_TRUE(refused(with(j, bls::G1{}))) << j;
  }
  TaggerPublic swapped = good;
  std::swap(swapped.powers[4], swapped.powers[5]);
  EXPECT_TRUE(refused(swapped));
  // A list of powers of something else than w/v.
  TaggerPublic other = good;
  other.head.w = other.head.w + bls::G2::generator();
  EXPECT_TRUE(refused(other));
  other = good;
  other.head.v = bls::G2{};
  EXPECT_TRUE(refused(other));
  other = good;
  other.powers.resize(1);
  EXPECT_TRUE(refused(other));
  // τ^j plus a point outside the subgroup.
  const bls::G1 q = bls::hash_to_curve_uncleared("T", as_bytes("q"));
  EXPECT_TRUE(refused(with(7, bls::G1(good.powers[7]) + q)));
}

}  // namespace
}  // namespace cess
