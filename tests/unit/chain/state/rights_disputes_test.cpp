// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// Disputes, rulings and lapses; then long random lives of many certificates.
#include "chain/state/treasury/treasury.hpp"
#include "unit/chain/state/rights_fixture.hpp"

namespace cess {
namespace rights_disputes_test {

using rights::kCertificates;
using rights::OpenDispute;
using rights::Rule;
using rights::Ruling;
using rights::Standing;

constexpr Amount kBondOfDev = 100 * kBaseUnitsPerToken;

struct Case {
  TestChain chain;
  RightsRandom random{1};
  rights::Print print = rights_print("a", random.word());
  Hash256 id = rights::commitment_of(print);

  Case() {
    chain.must("alice", "rights.register", rights_registration("alice", print));
    chain.must("bob", "rights.dispute",
               OpenDispute{id, std::nullopt, sha256(as_bytes("negative")), "I took it in 2019"});
  }
  Amount bond(const std::string& who) {
    return accounts::held(chain.state(), TestChain::id(who), {rights::kModule, 1});
  }
  Amount deposit(const std::string& who) {
    return accounts::held(chain.state(), TestChain::id(who), {rights::kModule, 0});
  }
  rights::Certificate certificate() { return *kCertificates.get(chain.state(), id); }
};

TEST(RightsDisputes, AnOpenOneFreezesTheCertificate) {
  Case c;
  EXPECT_EQ(c.bond("bob"), kBondOfDev);
  EXPECT_EQ(c.certificate().disputes, 1U);
  c.chain.must_fail("alice", "rights.transfer", rights::Transfer{c.id, c.chain.id("carol")},
                    "dispute");
  c.chain.must_fail("alice", "rights.withdraw", rights::Withdraw{c.id}, "dispute");
  c.chain.must_fail("alice", "rights.dispute", OpenDispute{c.id, std::nullopt, {}, ""},
                    "its own certificate");
  c.chain.must_fail("bob", "rights.dispute", OpenDispute{c.id, c.id, {}, ""}, "not the sender's");
  c.chain.must_fail("bob", "rights.rule", Rule{0, Ruling::struck}, "only governance");
  for (int i = 1; i < 8; ++i)
    c.chain.must("carol", "rights.dispute", OpenDispute{c.id, std::nullopt, {}, ""});
  c.chain.must_fail("dave", "rights.dispute", OpenDispute{c.id, std::nullopt, {}, ""},
                    "8 disputes");
}

TEST(RightsDisputes, DismissedTheBondIsTheHolders) {
  Case c;
  const Amount before = c.chain.balance("alice");
  ASSERT_TRUE(c.chain.govern("rights.rule", Rule{0, Ruling::dismissed}).has_value());
  c.chain.block();
  EXPECT_EQ(c.chain.balance("alice"), before + kBondOfDev);
  EXPECT_EQ(c.bond("bob"), Amount{0});
  EXPECT_EQ(c.certificate().disputes, 0U);
  EXPECT_FALSE(c.chain.govern("rights.rule", Rule{0, Ruling::struck}).has_value());
}

TEST(RightsDisputes, StruckItStandsInNobodysWay) {
  Case c;
  c.chain.must("carol", "rights.dispute", OpenDispute{c.id, std::nullopt, {}, "mine"});
  const Amount before = accounts::pool(c.chain.state(), treasury::kTreasury);
  ASSERT_TRUE(c.chain.govern("rights.rule", Rule{0, Ruling::struck}).has_value());
  c.chain.block();
  EXPECT_EQ(accounts::pool(c.chain.state(), treasury::kTreasury), before + 2 * kBaseUnitsPerToken);
  EXPECT_EQ(c.bond("bob"), Amount{0});
  EXPECT_EQ(c.bond("carol"), Amount{0});
  EXPECT_EQ(c.deposit("alice"), Amount{0});
  EXPECT_EQ(c.certificate().standing, Standing::struck);
  c.chain.must_fail("alice", "rights.transfer", rights::Transfer{c.id, c.chain.id("carol")},
                    "struck");
  // The name stays taken, the bits and the bytes do not.
  auto again = c.print;
  again.features.bytes[0] = 1;
  c.chain.must("bob", "rights.register", rights_registration("bob", again));
  const auto child = rights_print("child", c.random.word());
  c.chain.must_fail("bob", "rights.register", rights_registration("bob", child, {c.id}),
                    "was struck");
}

TEST(RightsDisputes, AwardedItIsTheChallengersDepositAndAll) {
  Case c;
  ASSERT_TRUE(c.chain.govern("rights.rule", Rule{0, Ruling::awarded}).has_value());
  c.chain.block();
  EXPECT_EQ(c.certificate().holder, c.chain.id("bob"));
  EXPECT_EQ(c.deposit("alice"), Amount{0});
  EXPECT_EQ(c.deposit("bob"), 2 * kBaseUnitsPerToken);
  EXPECT_EQ(c.bond("bob"), Amount{0});
}

TEST(RightsDisputes, WithoutARulingItLapses) {
  TestChain::Options options;
  options.spec["params"]["rights"]["dispute_blocks"] = 5;
  TestChain chain(std::move(options));
  const auto print = rights_print("a", RightsRandom(1).word());
  const auto id = rights::commitment_of(print);
  chain.must("alice", "rights.register", rights_registration("alice", print));
  chain.must("bob", "rights.dispute", OpenDispute{id, std::nullopt, {}, ""});
  chain.advance(4);
  EXPECT_EQ(kCertificates.get(chain.state(), id)->disputes, 1U);
  chain.block();
  EXPECT_EQ(kCertificates.get(chain.state(), id)->disputes, 0U);
  EXPECT_EQ(accounts::held(chain.state(), chain.id("bob"), {rights::kModule, 1}), Amount{0});
}

// TestChain checks every invariant after every block. What is refused is compared with a list of
// what stands.
TEST(RightsDisputes, RandomLivesKeepTheInvariants) {
  TestChain chain;
  RightsRandom random(9);
  const std::vector<std::string> names = {"alice", "bob", "carol", "dave"};
  const std::vector<rights::Word> centres = {random.word(), random.word(), random.word()};
  std::vector<rights::Print> prints;
  const auto some = [&]() -> Hash256 {
    return prints.empty() ? Hash256{} : rights::commitment_of(prints[random.below(prints.size())]);
  };
  std::size_t refused = 0;
  std::size_t wrong = 0;
  for (unsigned step = 0; step < 700; ++step) {
    const std::string who = names[random.below(names.size())];
    const auto id = some();
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2: {
        const auto word = random.away(centres[random.below(centres.size())],
                                      static_cast<unsigned>(random.below(60)));
        const auto print = rights_print("work " + std::to_string(step), word);
        std::vector<Hash256> parents;
        if (random.below(3) == 0 && !prints.empty()) parents.push_back(id);
        bool conflict = false;
        for (const auto& p : prints) {
          const auto c = kCertificates.get(chain.state(), rights::commitment_of(p));
          conflict = conflict || (c && c->standing == Standing::valid &&
                                  c->holder != chain.id(who) && c->reach == 31 &&
                                  (parents.empty() || parents[0] != rights::commitment_of(p)) &&
                                  rights::distance_of(p.bands, word) <= 31);
        }
        const auto r = chain.call(who, "rights.register", rights_registration(who, print, parents));
        if (r.ok) prints.push_back(print);
        if (r.ok == conflict && parents.empty()) ++wrong;
        refused += r.ok ? 0 : 1;
        break;
      }
      case 3:
        chain.call(who, "rights.transfer",
                   rights::Transfer{id, chain.id(names[random.below(names.size())])});
        break;
      case 4:
        chain.call(who, "rights.withdraw", rights::Withdraw{id});
        break;
      case 5:
        chain.call(who, "rights.dispute", OpenDispute{id, std::nullopt, {}, ""});
        break;
      case 6:
        chain.call(who, "rights.relate", rights::Relate{id, some()});
        break;
      case 7:
        chain.call(who, "rights.permit", rights::Permit{id, chain.id("bob"), true});
        break;
      default:
        chain.govern("rights.rule", Rule{random.below(30), static_cast<Ruling>(random.below(3))});
    }
    if (chain.height() % 50 == 0) chain.block();
  }
  chain.advance(20);
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(refused, 20U);
  EXPECT_GT(prints.size(), 20U);
}

}  // namespace rights_disputes_test
}  // namespace cess
