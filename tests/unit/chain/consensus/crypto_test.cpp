// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Both sides of the crypto port keep the same promises. (Known answers of BLS are tested in
// crypto.)
#include "chain/consensus/bls_crypto.hpp"
#include "chain/consensus/detail/vote_set.hpp"
#include "crypto/bls_sign.hpp"
#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {
namespace {

struct Suite {
  std::vector<std::unique_ptr<Signer>> signers;
  std::unique_ptr<Verifier> verifier;
  CommitteePtr committee;
};

FakeRegistry& registry() {
  static FakeRegistry r(3);
  return r;
}

Suite make_suite(bool real, std::size_t n) {
  Suite s;
  s.verifier = real ? make_bls_verifier() : registry().make_verifier();
  std::vector<PublicKey> keys;
  for (std::size_t i = 0; i < n; ++i) {
    if (real) {
      Bytes seed(32, static_cast<std::uint8_t>(i + 1));
      s.signers.push_back(*make_bls_signer(bls::SecretKey::generate(seed)->bytes()));
    } else {
      s.signers.push_back(registry().make_signer(i));
    }
    keys.push_back(s.signers.back()->key());
  }
  s.committee = *Committee::make(2, {}, keys);
  return s;
}

class Port : public testing::TestWithParam<bool> {
 protected:
  Suite s = make_suite(GetParam(), 11);
  Hash256 chain;
  Vote vote{Kind::commit, 2, 9, 0, {}, 0};
  Signature sign(std::size_t i) { return s.signers[i]->sign(signed_bytes(chain, vote)); }
  Certificate certificate(const std::vector<ValidatorIndex>& who) {
    Certificate c{vote.kind, vote.era, vote.height, vote.round, vote.digest, {11, 0}, {}};
    std::vector<Signature> parts;
    for (const ValidatorIndex i : who) {
      c.signers.add(i);
      parts.push_back(sign(i));
    }
    c.aggregate = *s.verifier->aggregate(parts);
    return c;
  }
  bool ok(const Certificate& c) { return verify_certificate(*s.verifier, chain, *s.committee, c); }
};
INSTANTIATE_TEST_SUITE_P(FakeAndBls, Port, testing::Bool());

TEST_P(Port, SignatureIsOfOneKeyAndMessage) {
  const Bytes m{1, 2, 3}, other{1, 2, 4};
  Signature sig = s.signers[0]->sign(m);
  EXPECT_EQ(sig, s.signers[0]->sign(m));
  EXPECT_TRUE(s.verifier->verify(s.signers[0]->key(), m, sig));
  EXPECT_FALSE(s.verifier->verify(s.signers[1]->key(), m, sig));
  EXPECT_FALSE(s.verifier->verify(s.signers[0]->key(), other, sig));
  for (std::size_t i = 0; i < sig.size(); ++i) {
    sig[i] ^= 0x10;
    EXPECT_FALSE(s.verifier->verify(s.signers[0]->key(), m, sig)) << i;
    sig[i] ^= 0x10;
  }
  EXPECT_FALSE(s.verifier->verify(PublicKey{}, m, sig));
  EXPECT_FALSE(s.verifier->verify_aggregate({}, m, sig));
  EXPECT_FALSE(s.verifier->verify_aggregate({}, m, Signature{}));
}

TEST_P(Port, CertificateNamesExactlyItsSigners) {
  const Certificate c = certificate({0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_TRUE(ok(c));
  EXPECT_FALSE(ok(certificate({0, 1, 2, 3, 4, 5, 6}))) << "seven of eleven";
  Certificate changed = c;
  changed.signers.add(8);
  EXPECT_FALSE(ok(changed));
  changed.signers.remove(7);
  EXPECT_FALSE(ok(changed));
  changed = c;
  changed.signers.size = 12;
  EXPECT_FALSE(ok(changed)) << "bit map of another committee's size";
  changed.signers.size = 8;
  EXPECT_FALSE(ok(changed));
  // One share counted twice.
  Certificate doubled = certificate({0, 1, 2, 3, 4, 5, 6});
  const Signature parts[] = {doubled.aggregate, sign(6)};
  doubled.aggregate = *s.verifier->aggregate(parts);
  doubled.signers.add(7);
  EXPECT_FALSE(ok(doubled));
}

TEST_P(Port, CertificateIsOfOneVote) {
  const Certificate c = certificate({3, 4, 5, 6, 7, 8, 9, 10});
  Certificate changed = c;
  changed.round = 1;
  EXPECT_FALSE(ok(changed)) << "another round";
  changed = c;
  changed.era = 3;
  EXPECT_FALSE(ok(changed)) << "another era";
  const auto next = *Committee::make(3, {}, s.committee->keys());
  EXPECT_FALSE(verify_certificate(*s.verifier, chain, *next, changed));
  EXPECT_FALSE(verify_certificate(*s.verifier, chain, *next, c));
  changed = c;
  changed.kind = Kind::prepare;
  EXPECT_FALSE(ok(changed));
  changed.kind = Kind::proposal;
  EXPECT_FALSE(ok(changed));
  changed = c;
  changed.height = 10;
  EXPECT_FALSE(ok(changed));
  Hash256 other;
  other.bytes[0] = 1;
  EXPECT_FALSE(verify_certificate(*s.verifier, other, *s.committee, c)) << "another chain";
}

// Counts verifications, which cost a millisecond each with BLS.
class Counting final : public Verifier {
 public:
  explicit Counting(Verifier& inner) : inner_(&inner) {}
  [[nodiscard]] bool verify(const PublicKey& k, ByteView m, const Signature& s) override {
    ++count;
    return inner_->verify(k, m, s);
  }
  [[nodiscard]] std::optional<Signature> aggregate(std::span<const Signature> s) override {
    return inner_->aggregate(s);
  }
  [[nodiscard]] bool verify_aggregate(std::span<const PublicKey> k, ByteView m,
                                      const Signature& s) override {
    ++count;
    return inner_->verify_aggregate(k, m, s);
  }
  int count = 0;

 private:
  Verifier* inner_;
};

TEST_P(Port, CollectorVerifiesOnceAndBisectsOnFailure) {
  Counting counting(*s.verifier);
  VoteSet good(chain, s.committee, vote);
  for (ValidatorIndex i = 0; i < 8; ++i) {
    EXPECT_EQ(good.add(counting, i, {vote.digest, sign(i), {}, false}, true),
              VoteSet::Added::fresh);
  }
  std::vector<ValidatorIndex> bad;
  auto c = good.certify(counting, vote.digest, bad);
  ASSERT_TRUE(c && ok(*c));
  EXPECT_EQ(counting.count, 1);

  VoteSet set(chain, s.committee, vote);
  for (ValidatorIndex i = 0; i < 8; ++i) {
    // 2 sends another's share, 5 a share of another message, 6 rubbish.
    Signature sig = sign(i == 2 ? 3 : i);
    if (i == 5) sig = s.signers[5]->sign(Bytes{1});
    if (i == 6) sig[0] ^= 0xff;
    set.add(counting, i, {vote.digest, sig, {}, false}, true);
  }
  counting.count = 0;
  EXPECT_FALSE(set.certify(counting, vote.digest, bad));
  EXPECT_EQ(bad, (std::vector<ValidatorIndex>{2, 5, 6}));
  EXPECT_LE(counting.count, 3 * 6);
  for (ValidatorIndex i = 8; i < 11; ++i) {
    set.add(counting, i, {vote.digest, sign(i), {}, false}, true);
  }
  c = set.certify(counting, vote.digest, bad);
  ASSERT_TRUE(c && ok(*c));
  // Who sent a bad share is checked at once from then on.
  EXPECT_EQ(set.add(counting, 2, {vote.digest, sign(3), {}, false}, true), VoteSet::Added::refused);
  EXPECT_EQ(set.add(counting, 2, {vote.digest, sign(2), {}, false}, true), VoteSet::Added::fresh);
  EXPECT_TRUE(set.extend(counting, *c));
  EXPECT_TRUE(ok(*c));
  EXPECT_EQ(c->signers.count(), 9U);
  EXPECT_FALSE(set.extend(counting, *c)) << "nothing new";
}

TEST_P(Port, UnauthenticatedShareIsCheckedAtOnce) {
  VoteSet set(chain, s.committee, vote);
  EXPECT_EQ(set.add(*s.verifier, 4, {vote.digest, sign(5), {}, false}, false),
            VoteSet::Added::refused);
  EXPECT_EQ(set.add(*s.verifier, 4, {vote.digest, sign(4), {}, false}, false),
            VoteSet::Added::fresh);
  EXPECT_EQ(set.add(*s.verifier, 4, {vote.digest, sign(4), {}, false}, true),
            VoteSet::Added::again);
  Digest other;
  other.bytes[0] = 1;
  EXPECT_EQ(set.add(*s.verifier, 4, {other, sign(4), {}, false}, true), VoteSet::Added::conflict);
  EXPECT_EQ(set.add(*s.verifier, 11, {other, sign(4), {}, false}, true), VoteSet::Added::refused);
}

TEST_P(Port, ExtendingNeverSpoilsACertificate) {
  VoteSet set(chain, s.committee, vote);
  for (ValidatorIndex i = 0; i < 9; ++i) {
    set.add(*s.verifier, i, {vote.digest, sign(i == 8 ? 0 : i), {}, false}, true);
  }
  Certificate c = certificate({1, 2, 3, 4, 5, 6, 7, 9});
  EXPECT_TRUE(set.extend(*s.verifier, c)) << "0 is good, 8 is not";
  EXPECT_TRUE(ok(c));
  EXPECT_TRUE(c.signers.has(0));
  EXPECT_FALSE(c.signers.has(8));
}

TEST(BlsPort, RefusesKeysThatAreNone) {
  Key256 zero;
  EXPECT_FALSE(make_bls_signer(zero));
  Key256 large{Bytes(32, 0xff)};
  EXPECT_FALSE(make_bls_signer(large));
  const auto verifier = make_bls_verifier();
  PublicKey identity{};
  identity[0] = 0xc0;
  Signature none{};
  none[0] = 0xc0;
  EXPECT_FALSE(verifier->verify(identity, Bytes{1}, none));
  const PublicKey keys[] = {identity};
  EXPECT_FALSE(verifier->verify_aggregate(keys, Bytes{1}, none));
}

}  // namespace
}  // namespace cess::consensus
