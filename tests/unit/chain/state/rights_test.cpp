// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "base/hex.hpp"
#include "chain/state/gateways/calls.hpp"
#include "unit/chain/state/rights_fixture.hpp"

namespace cess {
namespace rights_test {

using rights::Certificate;
using rights::kCertificates;

constexpr Amount kDepositOfNothing = 2 * kBaseUnitsPerToken;

Hash256 registered(TestChain& chain, const std::string& who, const rights::Print& print,
                   std::vector<Hash256> parents = {}) {
  chain.must(who, "rights.register", rights_registration(who, print, std::move(parents)));
  return rights::commitment_of(print);
}

Certificate certificate(TestChain& chain, const Hash256& id) {
  const auto c = kCertificates.get(chain.state(), id);
  EXPECT_TRUE(c.has_value());
  return c.value_or(Certificate{});
}

Amount held_for(TestChain& chain, const std::string& who, std::uint8_t kind) {
  return accounts::held(chain.state(), TestChain::id(who), {rights::kModule, kind});
}

// Reckoned by Python (struct, hashlib) from doc/formats/fingerprint.md, the same fields as in
// tests/unit/fingerprint/encoding_test.cpp.
TEST(Rights, TheCommitmentIsThatOfTheFingerprint) {
  rights::Print p;
  p.kind = rights::Kind::image;
  p.type = "image/png";
  p.exact.bytes[0] = 7;
  p.size_bytes = 1U << 30U;
  p.width = 640;
  p.height = 480;
  p.id = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  p.bands[31] = 9;
  p.features = Hash256::from(
      *parse_hex("1bf88bf661e9eeb6d84259a265035bdb565c20937eb070851ce5e16507b8e951", "features"));
  EXPECT_EQ(to_hex(rights::commitment_of(p)),
            "1e1124c54c650684cb0f0340a774a86c61ce125873dc845e415635b2670b0a2f");
}

TEST(Rights, FirstConfirmedWinsAndTheConflictIsNamed) {
  TestChain chain;
  RightsRandom random(1);
  const auto word = random.word();
  const auto first = registered(chain, "alice", rights_print("photo", word));
  const Certificate c = certificate(chain, first);
  EXPECT_EQ(c.holder, chain.id("alice"));
  EXPECT_EQ(c.reach, 31);
  EXPECT_EQ(c.height, chain.height());
  EXPECT_EQ(held_for(chain, "alice", 0), kDepositOfNothing);

  chain.must_fail(
      "bob", "rights.register", rights_registration("bob", rights_print("photo", word)),
      "registered already: '" + to_hex(first) + "' held by " + to_ss58(chain.id("alice")));
  chain.must_fail("bob", "rights.register",
                  rights_registration("bob", rights_print("photo", random.word())),
                  "same bytes as '" + to_hex(first) + "' held by " + to_ss58(chain.id("alice")));
  const auto near = rights_print("copy", random.away(word, 31));
  const auto r = chain.call("bob", "rights.register", rights_registration("bob", near));
  EXPECT_EQ(r.error,
            "too near '" + to_hex(first) + "' distance 31 held by " + to_ss58(chain.id("alice")));
  EXPECT_EQ(held_for(chain, "bob", 0), Amount{0});
  // One's own series is no conflict, and what is further away is none either.
  registered(chain, "alice", near);
  registered(chain, "bob", rights_print("other", random.word()));
}

TEST(Rights, TheLastOfABlockSeesTheFirst) {
  TestChain chain;
  RightsRandom random(2);
  const auto word = random.word();
  chain.queue("alice", "rights.register", rights_registration("alice", rights_print("a", word)));
  chain.queue("bob", "rights.register",
              rights_registration("bob", rights_print("b", random.away(word, 4))));
  const auto& result = chain.block();
  EXPECT_TRUE(result.receipts[1].ok);
  EXPECT_FALSE(result.receipts[2].ok);
}

TEST(Rights, PolicyFlagLetsItInAndWritesItDown) {
  TestChain chain = rights_chain({{"near", "flag"}});
  RightsRandom random(3);
  const auto word = random.word();
  const auto a = registered(chain, "alice", rights_print("a", word));
  const auto r = chain.must("bob", "rights.register",
                            rights_registration("bob", rights_print("b", random.away(word, 9))));
  const auto flags = TestChain::events<rights::Flagged>(r, rights::kModule, 1);
  ASSERT_EQ(flags.size(), 1U);
  EXPECT_EQ(flags[0].earlier, a);
  EXPECT_EQ(flags[0].earlier_holder, chain.id("alice"));
  EXPECT_EQ(flags[0].distance, 9);
  const Certificate b = certificate(chain, flags[0].certificate);
  ASSERT_EQ(b.near.size(), 1U);
  EXPECT_EQ(b.near[0].certificate, a);

  // Anyone may have the chain recompute it; then the earlier is a parent.
  const Hash256 later = flags[0].certificate;
  chain.must_fail("carol", "rights.relate", rights::Relate{a, later}, "not registered earlier");
  const auto related = chain.must("carol", "rights.relate", rights::Relate{later, a});
  EXPECT_EQ(TestChain::events<rights::Related>(related, rights::kModule, 4).at(0).distance, 9);
  EXPECT_EQ(certificate(chain, later).parents, std::vector<Hash256>{a});
  EXPECT_EQ(certificate(chain, a).children, 1U);
  chain.must_fail("carol", "rights.relate", rights::Relate{later, a}, "a parent already");
  const auto far = registered(chain, "dave", rights_print("far", random.word()));
  chain.must_fail("carol", "rights.relate", rights::Relate{far, a}, "near is up to 31");
}

TEST(Rights, PolicyOffLooksAtExactHashesOnly) {
  TestChain chain = rights_chain({{"near", "off"}});
  const auto word = RightsRandom(4).word();
  registered(chain, "alice", rights_print("a", word));
  const auto b = registered(chain, "bob", rights_print("b", word));
  EXPECT_TRUE(certificate(chain, b).near.empty());
  chain.must_fail("carol", "rights.register", rights_registration("carol", rights_print("a", {})),
                  "same bytes");
}

TEST(Rights, DerivedWorksNameTheirParents) {
  TestChain chain;
  RightsRandom random(5);
  const auto word = random.word();
  const auto a = registered(chain, "alice", rights_print("a", word));
  const auto crop = rights_print("crop", random.away(word, 20));
  chain.must_fail("bob", "rights.register", rights_registration("bob", crop, {a}),
                  "no permission of " + to_ss58(chain.id("alice")));
  chain.must_fail("bob", "rights.permit", rights::Permit{a, chain.id("bob"), true}, "only ");
  chain.must("alice", "rights.permit", rights::Permit{a, chain.id("bob"), true});
  chain.must_fail("bob", "rights.register", rights_registration("bob", crop, {a, a}), "twice");
  chain.must_fail("bob", "rights.register",
                  rights_registration("bob", crop, {a, sha256(as_bytes("none"))}),
                  "no certificate");
  const auto b = registered(chain, "bob", crop, {a});
  EXPECT_EQ(certificate(chain, b).deposit, kDepositOfNothing + 32 * (kBaseUnitsPerToken / 1000));
  EXPECT_EQ(certificate(chain, a).children, 1U);
  EXPECT_EQ(rights::kChildren.get(chain.state(), a, certificate(chain, b).number), b);

  // Open terms need no permission; a taken one is gone.
  chain.must("alice", "rights.permit", rights::Permit{a, chain.id("bob"), false});
  const auto second = rights_print("second", random.away(word, 21));
  chain.must_fail("bob", "rights.register", rights_registration("bob", second, {a}),
                  "no permission");
  chain.must("alice", "rights.set_terms",
             rights::SetTerms{a, {rights::Derive::anyone, {}, "CC-BY-4.0"}});
  registered(chain, "bob", second, {a});
  EXPECT_EQ(held_for(chain, "alice", 0), kDepositOfNothing + 9 * (kBaseUnitsPerToken / 1000));
}

TEST(Rights, TransferTakesTheDepositAlongAndWithdrawalGivesItBack) {
  TestChain chain;
  RightsRandom random(6);
  const auto word = random.word();
  const auto a = registered(chain, "alice", rights_print("a", word));
  chain.must_fail("bob", "rights.transfer", rights::Transfer{a, chain.id("bob")}, "only ");
  chain.must_fail("alice", "rights.transfer", rights::Transfer{a, chain.id("alice")}, "already");
  chain.must("alice", "rights.transfer", rights::Transfer{a, chain.id("bob")});
  EXPECT_EQ(held_for(chain, "alice", 0), Amount{0});
  EXPECT_EQ(held_for(chain, "bob", 0), kDepositOfNothing);
  EXPECT_EQ(certificate(chain, a).first_holder, chain.id("alice"));
  chain.must_fail("alice", "rights.withdraw", rights::Withdraw{a}, "only ");
  const auto child = registered(chain, "bob", rights_print("b", random.away(word, 3)), {a});
  chain.must_fail("bob", "rights.withdraw", rights::Withdraw{a}, "derived from it");
  chain.must("bob", "rights.withdraw", rights::Withdraw{child});
  chain.must("bob", "rights.withdraw", rights::Withdraw{a});
  EXPECT_EQ(held_for(chain, "bob", 0), Amount{0});
  EXPECT_FALSE(kCertificates.has(chain.state(), a));
  registered(chain, "carol", rights_print("a", word));
}

TEST(Rights, AGatewayPaysForWhomItActs) {
  TestChain chain;
  const auto print = rights_print("a", RightsRandom(7).word());
  chain.must_fail("bob", "rights.register", rights_registration("alice", print), "nor a gateway");
  const Amount before = chain.balance("alice");
  chain.must("bob", "gateways.register", gateways::Register{"https://gw", {}});
  chain.must("alice", "gateways.authorise", gateways::Authorise{chain.id("bob"), std::nullopt});
  chain.must("bob", "rights.register", rights_registration("alice", print));
  EXPECT_EQ(chain.balance("alice"), before);
  EXPECT_EQ(held_for(chain, "alice", 0), kDepositOfNothing);
  // Whose works count is the owner: what the gateway holds is in the way, what the owner holds not.
  RightsRandom random(8);
  const auto theirs = random.word();
  registered(chain, "bob", rights_print("gateway's", theirs));
  chain.must_fail("bob", "rights.register",
                  rights_registration("alice", rights_print("near it", random.away(theirs, 5))),
                  "distance 5 held by " + to_ss58(chain.id("bob")));
  chain.must("bob", "rights.register",
             rights_registration("alice", rights_print("series", random.away(print.bands, 5))));
}

TEST(Rights, LimitsFromBothSides) {
  TestChain chain = rights_chain({{"near", "off"}});
  RightsRandom random(10);
  const auto word = random.word();
  const auto a = registered(chain, "alice", rights_print("a", word));
  const auto at = registered(chain, "bob", rights_print("at", random.away(word, 31)));
  const auto beyond = registered(chain, "bob", rights_print("beyond", random.away(word, 32)));
  chain.must("carol", "rights.relate", rights::Relate{at, a});
  chain.must_fail("carol", "rights.relate", rights::Relate{beyond, a}, "their distance is 32");
  const auto account = [](std::size_t i) { return AccountId::from(sha256(Bytes(i + 1)).view()); };
  for (std::size_t i = 0; i < 64; ++i)
    chain.must("alice", "rights.permit", rights::Permit{a, account(i), true});
  chain.must_fail("alice", "rights.permit", rights::Permit{a, account(64), true}, "64 permits");
  chain.must("alice", "rights.permit", rights::Permit{a, account(3), true});  // has one
  chain.must("alice", "rights.permit", rights::Permit{a, account(3), false});
  chain.must("alice", "rights.permit", rights::Permit{a, account(64), true});
  rights::Terms terms;
  terms.text = std::string(256, 'x');
  chain.must("alice", "rights.set_terms", rights::SetTerms{a, terms});
  terms.text += 'x';
  chain.must_fail("alice", "rights.set_terms", rights::SetTerms{a, terms}, "at most 256 bytes");
}

TEST(Rights, NobodyHidesAConflictBehindManyWorksOfItsOwn) {
  TestChain chain = rights_chain({{"near", "refuse"}});
  const auto word = RightsRandom(9).word();
  const auto turned = [&](unsigned bit) {
    auto w = word;
    w[bit / 8] = static_cast<std::uint8_t>(w[bit / 8] ^ 1U << bit % 8);
    return w;
  };
  // Works of one holder, two bits apart: a series is no conflict, as long as all of it is looked
  // at.
  for (unsigned i = 0; i < 256; ++i) {
    chain.must("alice", "rights.register",
               rights_registration("alice", rights_print(std::to_string(i), turned(i))));
  }
  chain.must("alice", "rights.register",
             rights_registration("alice", rights_print("middle", word)));
  chain.must_fail("alice", "rights.register",
                  rights_registration("alice", rights_print("next", turned(7))),
                  "more than 256 registered works are near");
}

TEST(Rights, RefusesWhatIsOverTheLimits) {
  TestChain chain;
  auto r = rights_registration("alice", rights_print("a", RightsRandom(8).word()));
  r.terms.text = std::string(256, 'x');
  chain.must("alice", "rights.register", r);
  r.print.exact.bytes[0] ^= 1U;
  r.terms.text += 'x';
  chain.must_fail("alice", "rights.register", r, "at most 256");
  r.terms.text = "a\nb";
  chain.must_fail("alice", "rights.register", r, "control characters");
  r.terms.text = "";
  r.print.type = "image png";
  chain.must_fail("alice", "rights.register", r, "media type");
  r.print.type = std::string(128, 'a');
  chain.must_fail("alice", "rights.register", r, "media type");
  r.print.type = "image/png";
  r.parents.resize(17);
  chain.must_fail("alice", "rights.register", r, "more than 16");
}

}  // namespace rights_test
}  // namespace cess
