// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "unit/chain/state/validators.hpp"

namespace cess {
namespace election_keys_test {

using namespace election;

const char* kCall = "election.register_keys";

TEST(ElectionKeys, ServeFromTheNextEraOn) {
  ValidatorChain chain({});
  const auto u0 = chain.id("u0");
  EXPECT_FALSE(keys_at(chain.state(), u0, 9).has_value());
  chain.must("u0", kCall, registration(chain, "u0", "u0"));
  EXPECT_FALSE(keys_at(chain.state(), u0, 0).has_value());
  EXPECT_EQ(keys_at(chain.state(), u0, 1), keys_for("u0"));
  EXPECT_EQ(keys_at(chain.state(), chain.id("v0"), 0), keys_for("v0"));  // genesis: at once
}

TEST(ElectionKeys, RotateWithoutAGap) {
  ValidatorChain chain({});
  const auto v0 = chain.id("v0");
  chain.must("v0", kCall, registration(chain, "v0", "second"));
  EXPECT_EQ(keys_at(chain.state(), v0, 0), keys_for("v0"));
  EXPECT_EQ(keys_at(chain.state(), v0, 1), keys_for("second"));
  chain.must("v0", kCall, registration(chain, "v0", "third"));  // in the same era: instead
  EXPECT_EQ(keys_at(chain.state(), v0, 0), keys_for("v0"));
  EXPECT_EQ(keys_at(chain.state(), v0, 1), keys_for("third"));
  chain.finish_era();
  chain.must("v0", kCall, registration(chain, "v0", "v0"));  // one's own, once more
  EXPECT_EQ(keys_at(chain.state(), v0, 1), keys_for("third"));
  EXPECT_EQ(keys_at(chain.state(), v0, 2), keys_for("v0"));
}

// The committee keeps the keys it was elected with, whatever its members register meanwhile.
TEST(ElectionKeys, OfACommitteeStay) {
  ValidatorChain chain({});
  chain.must("v0", kCall, registration(chain, "v0", "second"));
  chain.finish_era();
  const auto one = *committee_of(chain.state(), 1);
  EXPECT_EQ(one.members[*committee_index(one, chain.id("v0"))].bls_key, keys_for("v0").bls_key);
  chain.stop("v0");  // its score would be made with the first key
  chain.beat("v0");
  chain.to_seed();
  chain.beat("v0");
  const auto proof =
      vrf_prove(seed_for("second", "vrf"), *score_alpha(chain.state(), chain.genesis()));
  chain.must("v0", "election.submit_score", SubmitScore{proof});
  for (const auto* v : {"v1", "v2", "v3"}) chain.beat(v);
  while (chain.clock().era == 1) chain.step();
  const auto two = *committee_of(chain.state(), 2);
  EXPECT_EQ(two.members[*committee_index(two, chain.id("v0"))].bls_key, keys_for("second").bls_key);
}

TEST(ElectionKeys, NobodyRegistersAnothersKeys) {
  ValidatorChain chain({});
  // A copy of another's registration, as it was seen waiting.
  chain.must_fail("u1", kCall, registration(chain, "u0", "u0"), "signature is wrong");
  // Or of keys that have an owner, even by who knows their secrets.
  chain.must_fail("u1", kCall, registration(chain, "u1", "v0"), "belongs to another account");
  auto mixed = keys_for("u1");
  mixed.node_key = keys_for("v1").node_key;
  RegisterKeys r;
  r.keys = mixed;
  const auto claim = claim_bytes(chain.genesis(), chain.id("u1"), mixed);
  EXPECT_EQ(claim.size(), 236U);  // doc/formats/validator-keys.md
  r.bls_possession = bls_for("u1").prove_possession().bytes();
  r.bls_signature = bls_for("u1").sign(claim).bytes();
  r.vrf_proof = vrf_prove(seed_for("u1", "vrf"), claim);
  r.node_signature = ed25519_sign(seed_for("v1", "node"), claim);
  chain.must_fail("u1", kCall, r, "belongs to another account");
  // The refused call left no owner behind.
  chain.must("u1", kCall, registration(chain, "u1", "u1"));
}

// Each of the proofs is looked at: flip one bit of each in turn.
TEST(ElectionKeys, EveryProofCounts) {
  ValidatorChain chain({});
  const auto good = registration(chain, "u0", "u0");
  const auto account = chain.id("u0");
  EXPECT_TRUE(verify_registration(chain.genesis(), account, good).has_value());
  const auto refuses = [&](const RegisterKeys& r) {
    return !verify_registration(chain.genesis(), account, r).has_value();
  };
  const auto bytes = encode_scale(good);
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    auto b = bytes;
    b[at] ^= 1U;
    const auto r = decode_scale<RegisterKeys>(b, "registration");
    ASSERT_TRUE(r.has_value());
    EXPECT_TRUE(refuses(*r)) << "byte " << at;
  }
  EXPECT_FALSE(verify_registration(Hash256{}, account, good).has_value());  // other chain
  EXPECT_FALSE(verify_registration(chain.genesis(), chain.id("u1"), good).has_value());
}

TEST(ElectionKeys, OfOneKindOnly) {
  ValidatorChain chain({});
  const auto id = chain.id("u0");
  const auto make = [&](const Key256& vrf, const Key256& node) {
    return make_registration(chain.genesis(), id, bls_for("u0"), vrf, node);
  };
  const auto a = seed_for("u0", "vrf");
  const auto b = seed_for("u0", "node");
  chain.must_fail("u0", kCall, make(a, a), "must differ");
  chain.must_fail("u0", kCall, make(TestChain::key("u0"), b), "must differ");
  chain.must_fail("u0", kCall, make(a, TestChain::key("u0")), "must differ");
  chain.must("u0", kCall, make(a, b));
}

// A rogue key: somebody's key subtracted from one's own has no proof of possession.
TEST(ElectionKeys, GenesisChecksPossession) {
  const auto runtime = Runtime();
  auto o = with_validators({});
  Json spec = runtime.default_spec("dev");
  spec["genesis"] = o.spec["genesis"];
  auto& balances = spec["genesis"]["accounts"]["balances"];
  for (const auto& n : o.names)
    balances.push_back({{"account", to_ss58(TestChain::id(n))}, {"amount", to_decimal(o.balance)}});
  const auto result = [&](const Json& s) {
    State state;
    const auto r = runtime.genesis(state, s);
    return r ? std::string("fine") : r.error().message;
  };
  EXPECT_EQ(result(spec), "fine");
  auto bad = spec;
  auto& list = bad["genesis"]["election"]["validators"];
  list[0]["bls_possession"] = list[1]["bls_possession"];
  EXPECT_NE(result(bad).find("proof of possession"), std::string::npos) << result(bad);
  bad = spec;
  bad["genesis"]["election"]["validators"][1]["keys"] =
      bad["genesis"]["election"]["validators"][0]["keys"];
  EXPECT_NE(result(bad), "fine");
  bad = spec;
  bad["genesis"]["staking"]["stakers"].erase(2);
  EXPECT_NE(result(bad).find("a candidate"), std::string::npos) << result(bad);
}

}  // namespace election_keys_test
}  // namespace cess
