// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 json base
#include "chain/state/gateways/calls.hpp"
#include "files_fixture.hpp"

namespace cess {
namespace files_owner_test {

using namespace files;

AccountId id(const std::string& name) { return TestChain::id(name); }

TEST(FilesOwners, DeletedWithTheLastOwner) {
  FilesChain c(6);
  c.lease("alice");
  c.lease("bob");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000);
  c.store("alice", f);
  c.chain.must_fail("bob", "files.delete", Delete{id("alice"), f.fid()}, "neither");
  c.chain.must_fail("bob", "files.delete", Delete{id("bob"), f.fid()}, "does not own");
  c.chain.must("alice", "files.grant", Grant{f.fid(), id("carol"), {9}});
  c.chain.must("alice", "files.delete", Delete{id("alice"), f.fid()});
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").used, 0U);
  c.chain.advance();
  EXPECT_FALSE(kFiles.has(c.chain.state(), f.fid()));
  EXPECT_TRUE(kGrants.keys(c.chain.state(), 1, f.fid()).empty());
  EXPECT_TRUE(kSlots.keys(c.chain.state(), 1, f.fid()).empty());
  EXPECT_TRUE(kPages.keys(c.chain.state(), 1, f.fid()).empty());
  EXPECT_TRUE(kFragmentPlaces.keys(c.chain.state(), 1).empty());
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).service, 0U);
}

TEST(FilesOwners, MoveBetweenTerritories) {
  FilesChain c(6);
  c.lease("alice");
  c.lease("alice", 1, 100, "other");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000);
  c.store("alice", f);
  const auto bytes = c.file(f.fid()).stored_bytes;
  c.chain.must_fail("alice", "files.move", Move{id("alice"), f.fid(), "photos"}, "there already");
  c.chain.must("alice", "files.move", Move{id("alice"), f.fid(), "other"});
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").used, 0U);
  EXPECT_EQ(territory_of(c.chain, "alice", "other").used, bytes);
}

TEST(FilesOwners, PassedOnWithANewCapsule) {
  FilesChain c(6);
  c.lease("alice");
  c.lease("bob");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000);
  c.store("alice", f);
  c.chain.must_fail("bob", "files.offer", Offer{f.fid(), id("carol"), {}}, "does not own");
  c.chain.must("alice", "files.offer", Offer{f.fid(), id("bob"), {7, 7}});
  c.chain.must_fail("carol", "files.accept", Accept{f.fid(), id("alice"), "photos"}, "offered");
  c.chain.must_fail("bob", "files.accept", Accept{f.fid(), id("alice"), "nowhere"}, "no territory");
  c.chain.must("bob", "files.accept", Accept{f.fid(), id("alice"), "photos"});
  EXPECT_FALSE(kOwners.has(c.chain.state(), f.fid(), id("alice")));
  EXPECT_EQ(kOwners.get(c.chain.state(), f.fid(), id("bob"))->capsule, (Bytes{7, 7}));
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").used, 0U);
  EXPECT_EQ(c.file(f.fid()).owner_count, 1U);
  // An offer that nobody takes ends.
  c.chain.must("bob", "files.offer", Offer{f.fid(), id("alice"), {}});
  c.chain.advance(60);
  EXPECT_TRUE(kOffers.keys(c.chain.state(), 1).empty());
}

TEST(FilesOwners, GrantsAreCountedAndTakenBack) {
  FilesChain c(6, {{"params", {{"files", {{"grants_max", 2U}}}}}});
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000);
  c.store("alice", f);
  c.chain.must("alice", "files.grant", Grant{f.fid(), id("bob"), {1}});
  c.chain.must("alice", "files.grant", Grant{f.fid(), id("bob"), {2}});
  c.chain.must("alice", "files.grant", Grant{f.fid(), id("carol"), {3}});
  c.chain.must_fail("alice", "files.grant", Grant{f.fid(), id("dave"), {4}}, "at most 2");
  EXPECT_EQ(*kGrants.get(c.chain.state(), f.fid(), id("alice"), id("bob")), Bytes{2});
  c.chain.must("alice", "files.ungrant", Ungrant{f.fid(), id("bob")});
  c.chain.must_fail("alice", "files.ungrant", Ungrant{f.fid(), id("bob")}, "nothing");
}

struct Joins : ::testing::Test {
  Joins() : c(6), f(make_test_file("alice", "one", test_profile(2, 2), 300'000, true)) {
    c.lease("alice");
    c.lease("bob");
    c.store("alice", f);
  }
  std::vector<LeafOpening> answer() {
    const auto joining = *kJoining.get(c.chain.state(), f.fid(), id("bob"));
    std::vector<LeafOpening> out;
    for (const auto& d : drawn_leaves(c.chain.state(), c.file(f.fid()), joining.seed)) {
      out.push_back(c.open(f, d.column, d.place));
    }
    return out;
  }
  FilesChain c;
  TestFile f;
};

TEST_F(Joins, WhoShowsPossessionBecomesAnOwner) {
  auto again = f.declare;
  again.owner = id("bob");
  c.chain.must_fail("bob", "files.declare", again, "join its owners");
  c.chain.must("bob", "files.join", Join{id("bob"), f.fid(), "photos", {5}});
  c.chain.must_fail("bob", "files.join", Join{id("bob"), f.fid(), "photos", {5}}, "joining");
  c.chain.block();
  c.chain.must("bob", "files.prove", Prove{id("bob"), f.fid(), answer()});
  EXPECT_EQ(c.file(f.fid()).owner_count, 2U);
  const auto bytes = c.file(f.fid()).stored_bytes;
  EXPECT_EQ(territory_of(c.chain, "bob", "photos").used, bytes);
  c.chain.must("alice", "files.delete", Delete{id("alice"), f.fid()});
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
  c.chain.must("bob", "files.delete", Delete{id("bob"), f.fid()});
  EXPECT_EQ(c.file(f.fid()).state, FileState::deleting);
}

TEST_F(Joins, OneWrongByteOrPathOrCountIsRefused) {
  c.chain.must("bob", "files.join", Join{id("bob"), f.fid(), "photos", {}});
  c.chain.must_fail("bob", "files.prove", Prove{id("bob"), f.fid(), {}}, "leaves are asked for");
  const auto good = answer();
  auto leaves = good;
  leaves[3].data[100] ^= 1U;
  c.chain.must_fail("bob", "files.prove", Prove{id("bob"), f.fid(), leaves}, "leaf 3");
  leaves = good;
  leaves[15].path.back().bytes[0] ^= 1U;
  c.chain.must_fail("bob", "files.prove", Prove{id("bob"), f.fid(), leaves}, "leaf 15");
  leaves = good;
  leaves.pop_back();
  c.chain.must_fail("bob", "files.prove", Prove{id("bob"), f.fid(), leaves}, "16 leaves");
  leaves = good;
  std::swap(leaves[0], leaves[1]);
  c.chain.must_fail("bob", "files.prove", Prove{id("bob"), f.fid(), leaves}, "leaf 0");
  c.chain.advance(100);
  EXPECT_EQ(territory_of(c.chain, "bob", "photos").locked, 0U);
  c.chain.must_fail("bob", "files.prove", Prove{id("bob"), f.fid(), good}, "nothing was asked");
}

TEST_F(Joins, ChallengesDifferByAccountAndBlock) {
  c.lease("carol");
  c.chain.queue("bob", "files.join", Join{id("bob"), f.fid(), "photos", {}});
  c.chain.queue("carol", "files.join", Join{id("carol"), f.fid(), "photos", {}});
  c.chain.block();
  EXPECT_TRUE(kJoining.get(c.chain.state(), f.fid(), id("bob"))->seed.is_zero());
  c.chain.block();
  const auto b = kJoining.get(c.chain.state(), f.fid(), id("bob"))->seed;
  EXPECT_FALSE(b.is_zero());
  EXPECT_NE(b, kJoining.get(c.chain.state(), f.fid(), id("carol"))->seed);
}

TEST(FilesOwners, AGatewayActsForWhoAuthorisedIt) {
  FilesChain c(6);
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 100'000);
  c.chain.must_fail("grace", "files.declare", f.declare, "neither");
  c.chain.must_fail("alice", "gateways.authorise", gateways::Authorise{id("grace"), std::nullopt},
                    "no such gateway");
  c.chain.must("grace", "gateways.register", gateways::Register{"https://gw.example", {}});
  c.chain.must("alice", "gateways.authorise",
               gateways::Authorise{id("grace"), c.chain.height() + 20});
  c.store("grace", f);
  c.chain.must("alice", "gateways.cancel", gateways::Cancel{id("grace")});
  c.chain.must_fail("grace", "files.delete", Delete{id("alice"), f.fid()}, "neither");
  const Height until = c.chain.height() + 4;
  c.chain.must("alice", "gateways.authorise", gateways::Authorise{id("grace"), until});
  c.chain.advance(until - c.chain.height());
  c.chain.must_fail("grace", "files.delete", Delete{id("alice"), f.fid()}, "neither");
  c.chain.must("alice", "gateways.authorise", gateways::Authorise{id("grace"), std::nullopt});
  c.chain.must("grace", "files.delete", Delete{id("alice"), f.fid()});
  c.chain.must("grace", "gateways.exit", gateways::Exit{});
  EXPECT_FALSE(gateways::may_act(c.chain.state(), id("alice"), id("grace")));
}

TEST(FilesOwners, AnExpiredTerritoryIsPurgedAndOwnersElsewhereKeepTheirs) {
  FilesChain c(6);
  c.lease("alice", 1, 1);
  c.lease("bob", 1, 100);
  const auto shared = make_test_file("alice", "shared", test_profile(2, 2), 300'000, true);
  c.store("alice", shared);
  c.chain.must("bob", "files.join", Join{id("bob"), shared.fid(), "photos", {}});
  c.chain.block();
  std::vector<LeafOpening> leaves;
  const auto seed = kJoining.get(c.chain.state(), shared.fid(), id("bob"))->seed;
  for (const auto& d : drawn_leaves(c.chain.state(), c.file(shared.fid()), seed)) {
    leaves.push_back(c.open(shared, d.column, d.place));
  }
  c.chain.must("bob", "files.prove", Prove{id("bob"), shared.fid(), leaves});
  for (int i = 0; i < 5; ++i) {
    c.store("alice",
            make_test_file("alice", "own" + std::to_string(i), test_profile(2, 2), 100'000));
  }
  c.chain.advance(240 - c.chain.height() % 240 + 240);
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").state, territory::TerritoryState::frozen);
  const auto more = make_test_file("alice", "more", test_profile(2, 2), 1000);
  c.chain.must_fail("alice", "files.declare", more.declare, "frozen");
  c.chain.advance(8 * 240);
  const auto t = territory_of(c.chain, "alice", "photos");
  EXPECT_EQ(t.state, territory::TerritoryState::expired);
  EXPECT_EQ(t.used, 0U);
  EXPECT_NE(t.next_change, 0U);
  EXPECT_EQ(c.file(shared.fid()).state, FileState::active);
  EXPECT_EQ(c.file(shared.fid()).owner_count, 1U);
  EXPECT_EQ(kFiles.keys(c.chain.state(), 100).size(), 1U);
}

}  // namespace files_owner_test
}  // namespace cess
