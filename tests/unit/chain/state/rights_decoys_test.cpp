// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// Who registers works around a copy hides nothing: the earliest near works are named first, and a
// certificate tells how many it does not name.
#include <algorithm>

#include "unit/chain/state/rights_fixture.hpp"

namespace cess {
namespace rights_decoys_test {

using rights::Certificate;
using rights::kCertificates;
using rights::Word;

/// An original of alice's, a copy 20 bits away, and decoys 12 bits from the copy, 32 from the
/// original, which therefore are in conflict with nothing.
struct Attack {
  TestChain chain = rights_chain({{"near", "flag"}});
  RightsRandom random{1660};
  Word original = random.word();
  Word copy = original;
  Hash256 first;
  std::vector<Hash256> decoys;

  Attack() {
    for (unsigned bit = 0; bit < 20; ++bit) turn(copy, 12 * bit);
    first = put("alice", "original", original);
  }
  static void turn(Word& w, unsigned bit) {
    w[bit / 8] = static_cast<std::uint8_t>(w[bit / 8] ^ 1U << bit % 8);
  }
  Word decoy() {
    Word w = copy;
    for (unsigned turned = 0; turned < 12;) {
      const auto bit = static_cast<unsigned>(random.below(256));
      if ((w[bit / 8] ^ copy[bit / 8]) >> bit % 8 & 1U) continue;
      if ((copy[bit / 8] ^ original[bit / 8]) >> bit % 8 & 1U) continue;
      turn(w, bit);
      ++turned;
    }
    return w;
  }
  Hash256 put(const std::string& who, const std::string& name, const Word& word,
              std::vector<Hash256> parents = {}) {
    const auto print = rights_print(name, word);
    chain.must(who, "rights.register", rights_registration(who, print, std::move(parents)));
    return rights::commitment_of(print);
  }
  /// Many in a block: invariants are checked after each.
  void put_decoys(const std::vector<std::string>& holders, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& who = holders[i % holders.size()];
      const auto print = rights_print("decoy " + std::to_string(decoys.size()), decoy());
      chain.queue(who, "rights.register", rights_registration(who, print));
      decoys.push_back(rights::commitment_of(print));
      if (i % 16 == 15 || i + 1 == count) chain.block();
    }
    for (const auto& id : decoys) ASSERT_TRUE(kCertificates.has(chain.state(), id));
  }
  Certificate of(const Hash256& id) { return *kCertificates.get(chain.state(), id); }
};

TEST(RightsDecoys, OnesOwnDoNotHideTheOriginalAndWhatWasNotLookedAtIsTold) {
  Attack a;
  a.put_decoys({"bob"}, 300);
  for (const auto& id : a.decoys) ASSERT_TRUE(a.of(id).near.empty());
  const Certificate c = a.of(a.put("bob", "copy", a.copy));
  ASSERT_EQ(c.near.size(), 1U);
  EXPECT_EQ(c.near[0].certificate, a.first);
  EXPECT_EQ(c.near[0].distance, 20);
  EXPECT_EQ(c.unnamed, 301U - rights::kLookedMax);
}

TEST(RightsDecoys, AccomplicesDoNotPushTheOriginalOut) {
  Attack a;
  a.put_decoys({"carol", "dave", "erin"}, 12);
  const Certificate c = a.of(a.put("bob", "copy", a.copy));
  ASSERT_EQ(c.near.size(), rights::kNearMax);
  EXPECT_EQ(c.near[0].certificate, a.first);
  EXPECT_EQ(c.near[1].certificate, a.decoys[0]);
  EXPECT_EQ(c.unnamed, 13U - rights::kNearMax);
}

TEST(RightsDecoys, OnePassesOverParentsWithoutCountingThem) {
  Attack a;
  a.chain.must("alice", "rights.permit", rights::Permit{a.first, a.chain.id("bob"), true});
  a.put_decoys({"bob"}, 3);
  const Certificate c = a.of(a.put("bob", "copy", a.copy, {a.first}));
  EXPECT_TRUE(c.near.empty());
  EXPECT_EQ(c.unnamed, 0U);
  EXPECT_EQ(c.declared, 1);
}

TEST(RightsDecoys, RelationsToLaterWorksGiveWayToTheOriginal) {
  Attack a;
  a.put_decoys({"carol"}, 17);
  const auto copy = a.put("bob", "copy", a.copy);
  const auto relate = [&](const Hash256& earlier) { return rights::Relate{copy, earlier}; };
  for (std::size_t i = 1; i < 17; ++i) a.chain.must("carol", "rights.relate", relate(a.decoys[i]));
  EXPECT_EQ(a.of(copy).parents.size(), 16U);
  a.chain.must("dave", "rights.relate", relate(a.first));
  const Certificate c = a.of(copy);
  EXPECT_EQ(c.parents.size(), 16U);
  EXPECT_NE(std::find(c.parents.begin(), c.parents.end(), a.first), c.parents.end());
  EXPECT_EQ(a.of(a.decoys[16]).children, 0U);
  EXPECT_EQ(a.of(a.decoys[15]).children, 1U);
  a.chain.must_fail("carol", "rights.relate", relate(a.decoys[16]), "related to 16 earlier works");
  a.chain.must("dave", "rights.relate", relate(a.decoys[0]));
  EXPECT_EQ(a.of(a.decoys[15]).children, 0U);
}

TEST(RightsDecoys, DeclaredParentsLeaveRoomForTheOriginal) {
  Attack a;
  a.put_decoys({"bob"}, 16);
  const auto copy = a.put("bob", "copy", a.copy, a.decoys);
  a.chain.must("alice", "rights.relate", rights::Relate{copy, a.first});
  const Certificate c = a.of(copy);
  EXPECT_EQ(c.declared, 16);
  ASSERT_EQ(c.parents.size(), 17U);
  EXPECT_EQ(c.parents.back(), a.first);
  EXPECT_EQ(a.of(a.first).children, 1U);
  // And goes as it came.
  a.chain.must("bob", "rights.withdraw", rights::Withdraw{copy});
  EXPECT_EQ(a.of(a.first).children, 0U);
}

}  // namespace rights_decoys_test
}  // namespace cess
