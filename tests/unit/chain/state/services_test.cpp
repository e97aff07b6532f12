// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto podr2 json base
// Taggers, gateways, cachers and retrievers: who may register what, and how they leave.
#include "chain/state/delivery/calls.hpp"
#include "chain/state/gateways/calls.hpp"
#include "chain/state/taggers/calls.hpp"
#include "market_fixture.hpp"

namespace cess {
namespace services_test {

constexpr Amount kToken = kBaseUnitsPerToken;
AccountId id(const std::string& name) { return TestChain::id(name); }

struct Taggers : ::testing::Test {
  Taggers() : chain(market_options(0)) {}
  // A key whose list of powers is not made: only its head goes to the chain.
  taggers::Register make(const std::string& who, taggers::Class cls, Bytes document = {}) {
    taggers::Register r;
    r.cls = cls;
    r.document = std::move(document);
    r.attestation = r.document.empty() ? taggers::Attestation::none : taggers::Attestation::file;
    const Key256 seed(sha256(as_bytes("tagger of " + who)).view());
    r.sign_key = ed25519_public(seed);
    r.v = bls::G2::generator().mul(bls::Scalar::from_u64(7)).compress();
    r.w = bls::G2::generator().mul(bls::Scalar::from_u64(21)).compress();
    r.list_hash = sha256(as_bytes("list of " + who));
    TaggerHead head;
    head.cls = cls == taggers::Class::attested ? TaggerClass::attested
               : cls == taggers::Class::staked ? TaggerClass::staked
                                               : TaggerClass::owner;
    if (!r.document.empty()) head.attestation = sha256(r.document);
    head.sign_key = r.sign_key;
    head.v = *bls::G2::parse(r.v);
    head.w = *bls::G2::parse(r.w);
    head.list_hash = r.list_hash;
    tagger = tagger_id(head);
    const Bytes message = taggers::registration_message(chain.genesis(), id(who), tagger);
    r.possession = ed25519_sign(seed, message);
    return r;
  }
  TestChain chain;
  TaggerId tagger;
};

TEST_F(Taggers, ClassesAskForWhatVouchesForThem) {
  auto r = make("alice", taggers::Class::owner);
  chain.must("alice", "taggers.register", r);
  EXPECT_EQ(taggers::head_of(chain.state(), tagger)->id, tagger);
  chain.must_fail("alice", "taggers.register", r, "already");
  chain.must_fail("bob", "taggers.register", make("bob", taggers::Class::attested),
                  "needs an attestation");
  chain.must("bob", "taggers.register", make("bob", taggers::Class::attested, {1, 2, 3}));
  EXPECT_EQ(taggers::effective_class(chain.state(), tagger), taggers::Class::attested);
  r = make("carol", taggers::Class::owner);
  r.document = {1};
  chain.must_fail("carol", "taggers.register", r, "document");
}

TEST_F(Taggers, PointsThatAreNoneAreRefused) {
  auto r = make("alice", taggers::Class::owner);
  r.v = {};
  chain.must_fail("alice", "taggers.register", r, "not a point");
  r = make("alice", taggers::Class::owner);
  r.w = bls::G2().compress();
  chain.must_fail("alice", "taggers.register", r, "not a point");
  r = make("alice", taggers::Class::owner);
  r.list_hash.bytes[0] ^= 1U;  // another key: the signature is for the first
  chain.must_fail("alice", "taggers.register", r, "possession");
}

TEST_F(Taggers, StakedOnesPutDownAndGetBackOrLoseTheirStake) {
  chain.must("alice", "taggers.register", make("alice", taggers::Class::staked));
  const auto first = tagger;
  EXPECT_EQ(chain.balance("alice"), 999'999 * kToken);
  chain.must_fail("bob", "taggers.exit", taggers::Exit{first}, "not a tagger of this account");
  chain.must("alice", "taggers.exit", taggers::Exit{first});
  EXPECT_FALSE(taggers::is_active(chain.state(), first));
  chain.must_fail("alice", "taggers.withdraw", taggers::Withdraw{first}, "waits");
  chain.advance(60);
  chain.must("alice", "taggers.withdraw", taggers::Withdraw{first});
  EXPECT_EQ(chain.balance("alice"), 1'000'000 * kToken);
  chain.must("bob", "taggers.register", make("bob", taggers::Class::staked));
  const auto second = tagger;
  chain.must_fail("bob", "taggers.revoke", taggers::Revoke{second}, "only governance");
  EXPECT_TRUE(chain.govern("taggers.revoke", taggers::Revoke{second}).has_value());
  EXPECT_EQ(taggers::effective_class(chain.state(), second), taggers::Class::staked);
  chain.advance(61);
  EXPECT_EQ(taggers::effective_class(chain.state(), second), taggers::Class::owner);
  EXPECT_EQ(chain.balance("bob"), 999'999 * kToken);
}

TEST(TaggersList, MainNetworkTakesOnlyAllowedAttestations) {
  TestChain chain(market_options(0, {{"params", {{"taggers", {{"allow_list", true}}}}}}));
  taggers::Register r;
  r.cls = taggers::Class::attested;
  r.attestation = taggers::Attestation::file;
  r.document = {4, 5};
  chain.must_fail("alice", "taggers.register", r, "not on the list");
  EXPECT_TRUE(chain.govern("taggers.allow", taggers::Allow{sha256(r.document), true}).has_value());
  chain.must_fail("alice", "taggers.register", r, "not a point");  // one step further
  EXPECT_TRUE(chain.govern("taggers.allow", taggers::Allow{sha256(r.document), false}).has_value());
  chain.must_fail("alice", "taggers.register", r, "not on the list");
}

TEST(Gateways, AtMostSoManyAUser) {
  TestChain chain(market_options(0, {{"params", {{"gateways", {{"gateways_per_user", 2U}}}}}}));
  for (const char* g : {"bob", "carol", "dave"}) {
    chain.must(g, "gateways.register", gateways::Register{"https://gw", {}});
  }
  chain.must_fail("erin", "gateways.register", gateways::Register{"", {}}, "domain");
  chain.must_fail("erin", "gateways.exit", gateways::Exit{}, "not a gateway");
  chain.must_fail("alice", "gateways.authorise", gateways::Authorise{id("alice"), std::nullopt},
                  "itself");
  chain.must("alice", "gateways.authorise", gateways::Authorise{id("bob"), std::nullopt});
  chain.must("alice", "gateways.authorise", gateways::Authorise{id("carol"), std::nullopt});
  chain.must("alice", "gateways.authorise", gateways::Authorise{id("carol"), 100U});
  chain.must_fail("alice", "gateways.authorise", gateways::Authorise{id("dave"), std::nullopt},
                  "at most 2");
  chain.must("alice", "gateways.cancel", gateways::Cancel{id("bob")});
  chain.must_fail("alice", "gateways.cancel", gateways::Cancel{id("bob")}, "not authorised");
  chain.must("alice", "gateways.authorise", gateways::Authorise{id("dave"), std::nullopt});
  EXPECT_TRUE(gateways::may_act(chain.state(), id("alice"), id("dave")));
  EXPECT_FALSE(gateways::may_act(chain.state(), id("alice"), id("bob")));
  EXPECT_TRUE(gateways::may_act(chain.state(), id("alice"), id("alice")));
}

TEST(Delivery, CachersAndRetrieversComeAndGo) {
  TestChain chain(market_options(0));
  delivery::Register r{delivery::Role::cacher, "http://c", std::nullopt, 5, {}, "DE"};
  chain.must("alice", "delivery.register", r);
  r.role = delivery::Role::retriever;
  r.payee = id("bob");
  chain.must("alice", "delivery.register", r);
  EXPECT_EQ(delivery::kServers.get(chain.state(), delivery::Role::retriever, id("alice"))->payee,
            id("bob"));
  r.price_per_byte = kToken;
  chain.must_fail("alice", "delivery.register", r, "price is above");
  r.price_per_byte = 5;
  r.region = "x";
  chain.must_fail("alice", "delivery.register", r, "region");
  const auto role = delivery::Role::cacher;
  chain.must_fail("alice", "delivery.leave", delivery::Leave{role}, "announce");
  chain.must("alice", "delivery.exit", delivery::Exit{role});
  chain.must_fail("alice", "delivery.exit", delivery::Exit{role}, "already");
  chain.must_fail("alice", "delivery.leave", delivery::Leave{role}, "settled until");
  chain.advance(60);
  chain.must("alice", "delivery.leave", delivery::Leave{role});
  EXPECT_FALSE(delivery::kServers.has(chain.state(), role, id("alice")));
}

}  // namespace services_test
}  // namespace cess
