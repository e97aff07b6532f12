// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 json base
#include <set>

#include "files_fixture.hpp"

namespace cess {
namespace files_deal_test {

using namespace files;

TEST(FilesDeal, FromDeclarationToActive) {
  FilesChain c(8);
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  c.chain.must("alice", "files.declare", f.declare);
  auto file = c.file(f.fid());
  EXPECT_EQ(file.state, FileState::placing);
  EXPECT_EQ(file.segment_count, 3U);
  // 5 chunks of 65536 less what the last one lacks: 2 full segments, one of 37,952 bytes.
  EXPECT_EQ(file.stored_bytes, 4U * (2 * 65'536 + 19'456));
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").locked, file.stored_bytes);
  EXPECT_TRUE(c.slots(f.fid()).empty());  // drawn from the next block's chance
  c.chain.block();
  EXPECT_EQ(c.slots(f.fid()).size(), 4U);
  std::set<AccountId> holders;
  for (const auto& [stripe, column] : c.slots(f.fid())) {
    holders.insert(kSlots.get(c.chain.state(), f.fid(), stripe, column)->miner);
  }
  EXPECT_EQ(holders.size(), 4U);
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).locked, file.stored_bytes);
  c.report_all(f.fid());
  file = c.file(f.fid());
  EXPECT_EQ(file.state, FileState::active);
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").used, file.stored_bytes);
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").locked, 0U);
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).service, file.stored_bytes);
  const auto fragment = *fragment_at(c.chain.state(), f.fid(), 2, 3);
  const auto place = *kFragmentPlaces.get(c.chain.state(), fragment.frag);
  EXPECT_EQ(place.segment, 2U);
  EXPECT_EQ(place.column, 3U);
}

TEST(FilesDeal, AFidOfOtherRootsIsRefused) {
  FilesChain c(4);
  c.lease("alice");
  auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  f.declare.roots[5].bytes[0] ^= 1U;
  c.chain.must_fail("alice", "files.declare", f.declare, "fid does not fit");
  f.declare.roots[5].bytes[0] ^= 1U;
  f.declare.length += 1;
  c.chain.must_fail("alice", "files.declare", f.declare, "fid does not fit");
  f.declare.length -= 1;
  f.declare.roots.pop_back();
  c.chain.must_fail("alice", "files.declare", f.declare, "roots must be 4 a segment");
  f.declare.roots.clear();
  c.chain.must_fail("alice", "files.declare", f.declare, "roots must be");
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").locked, 0U);
}

TEST(FilesDeal, DeclarationRefusesWhatCanNotBe) {
  FilesChain c(4);
  c.lease("alice");
  const auto good = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  const auto refused = [&](auto change, const char* why) {
    auto d = good.declare;
    change(d);
    c.chain.must_fail("alice", "files.declare", d, why);
  };
  refused([](Declare& d) { d.profile.k = 0; }, "k is 0");
  refused([](Declare& d) { d.profile.fragment_size = 1000; }, "64 KiB");
  refused([](Declare& d) { d.profile.matrix = 3; }, "matrix");
  refused([](Declare& d) { d.profile.m = 63; }, "64 columns");
  refused([](Declare& d) { d.length = ~std::uint64_t{0}; }, "segments");
  refused([](Declare& d) { d.territory = "other"; }, "no territory");
  refused([](Declare& d) { d.owner = TestChain::id("bob"); }, "neither");
  refused([](Declare& d) { d.capsule.resize(1025); }, "capsule");
  refused([](Declare& d) { d.rule.regions = {"germany"}; }, "regions");
  refused([](Declare& d) { d.rule.polygon.resize(2); }, "polygon");
  refused([](Declare& d) { d.rule.deny.resize(65); }, "too long");
  // A file that does not fit the territory.
  const auto big = make_test_file("alice", "big", {4, 8, 1, 1, 8U << 20U}, 400ULL << 20U);
  c.chain.must_fail("alice", "files.declare", big.declare, "bytes free");
}

TEST(FilesDeal, AThousandSegmentsInSeveralTransactions) {
  FilesChain c(6);
  c.lease("alice");
  // 1000 segments of 2 chunks.
  auto f = make_test_file("alice", "long", test_profile(2, 2), 2000ULL * 65'520);
  const auto over = make_test_file("alice", "over", test_profile(2, 2), 2000ULL * 65'520 + 1);
  c.chain.must_fail("alice", "files.declare", over.declare, "1000 segments");
  ASSERT_EQ(f.declare.roots.size(), 4000U);
  std::vector<Hash256> rest(f.declare.roots.begin() + 1600, f.declare.roots.end());
  auto d = f.declare;
  d.roots.resize(1600);
  c.chain.must("alice", "files.declare", d);
  c.chain.must_fail("alice", "files.declare", d, "open already");
  c.chain.must_fail("alice", "files.extend", Extend{d.owner, d.fid, 399, {}}, "400 is next");
  c.chain.must("alice", "files.extend",
               Extend{d.owner, d.fid, 400, {rest.begin(), rest.begin() + 800}});
  c.chain.must("alice", "files.extend",
               Extend{d.owner, d.fid, 600, {rest.begin() + 800, rest.end()}});
  c.chain.block();
  EXPECT_EQ(c.slots(f.fid()).size(), 4U);
  c.report_all(f.fid());
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
  EXPECT_EQ(service_totals(c.chain.state(), TestChain::id(c.holder(f.fid(), 999, 3))).fragments,
            1000U);
  // Its deletion is spread over blocks.
  c.chain.must("alice", "files.delete", Delete{d.owner, d.fid});
  c.chain.advance(3);
  EXPECT_EQ(c.file(f.fid()).state, FileState::deleting);
  c.chain.advance(8);
  EXPECT_FALSE(kFiles.has(c.chain.state(), d.fid));
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).service, 0U);
}

TEST(FilesDeal, AnUnfinishedDeclarationEndsByItself) {
  FilesChain c(4);
  c.lease("alice");
  auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  auto d = f.declare;
  d.roots.resize(4);
  c.chain.must("alice", "files.declare", d);
  EXPECT_NE(territory_of(c.chain, "alice", "photos").locked, 0U);
  c.chain.advance(20);
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").locked, 0U);
  c.chain.must_fail("alice", "files.extend", Extend{d.owner, d.fid, 1, {}}, "no open declaration");
  EXPECT_TRUE(kDraftRoots.keys(c.chain.state(), 10).empty());
  c.store("alice", f);
}

TEST(FilesDeal, ReceiptsAreJudgedOneByOne) {
  FilesChain c(6);
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  c.chain.must("alice", "files.declare", f.declare);
  c.chain.block();
  auto forged = c.receipt(f.fid(), 0, 0);
  forged.signature[7] ^= 1U;
  c.chain.must_fail("bob", "files.report", Report{{forged}}, "not the miner's");
  auto unsigned_receipt = c.receipt(f.fid(), 0, 0);
  unsigned_receipt.signature.clear();
  c.chain.must_fail("bob", "files.report", Report{{unsigned_receipt}}, "has not signed");
  auto other_deal = c.receipt(f.fid(), 0, 0);
  other_deal.deal += 1;
  c.chain.must_fail("bob", "files.report", Report{{other_deal}}, "no such deal");
  auto with_nonce = c.receipt(f.fid(), 0, 0);
  with_nonce.nonces.resize(3);
  c.chain.must_fail("bob", "files.report", Report{{with_nonce}}, "nonce");
  auto unknown_tagger = c.receipt(f.fid(), 0, 0, TaggerId::from(f.fid().view()));
  c.chain.must_fail("bob", "files.report", Report{{unknown_tagger}}, "tagger is not active");
  // One good among bad ones counts.
  const auto r = c.chain.must("bob", "files.report", Report{{forged, c.receipt(f.fid(), 0, 1)}});
  EXPECT_EQ(TestChain::events<ReceiptRefused>(r, kModule, kReceiptRefused).size(), 1U);
  EXPECT_EQ(c.file(f.fid()).reported_count, 1U);
  c.chain.must_fail("bob", "files.report", Report{{c.receipt(f.fid(), 0, 1)}}, "already");
  // The miner itself need not sign twice.
  const auto slot = *kSlots.get(c.chain.state(), f.fid(), 0, 0);
  c.chain.must(c.names.at(slot.miner), "files.report", Report{{unsigned_receipt}});
  c.chain.must_fail("bob", "files.report", Report{}, "1 to 16");
}

TEST(FilesDeal, LateMinersAreReplacedAndAtLastTheDealFailsWithItsReason) {
  FilesChain c(12);
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(1, 1), 60'000);
  c.chain.must("alice", "files.declare", f.declare);
  c.chain.block();
  c.chain.must("bob", "files.report", Report{{c.receipt(f.fid(), 0, 0)}});
  std::set<AccountId> seen;
  for (int attempt = 0; attempt < 6; ++attempt) {
    const auto slot = kSlots.get(c.chain.state(), f.fid(), 0, 1);
    ASSERT_TRUE(slot.has_value());
    EXPECT_TRUE(seen.insert(slot->miner).second) << "a late miner was drawn again";
    c.chain.advance(20);
  }
  auto file = c.file(f.fid());
  EXPECT_EQ(file.state, FileState::failed);
  EXPECT_NE(file.reason.find("did not report in time"), std::string::npos);
  c.chain.advance(2);
  EXPECT_EQ(territory_of(c.chain, "alice", "photos").locked, 0U);
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).locked, 0U);
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).service, 0U);
  // It can be tried again, and the old record is forgotten in the end.
  c.store("alice", f);
  c.chain.advance(130);
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
}

TEST(FilesDeal, AFailedDealIsForgottenAfterAWhile) {
  FilesChain c(1);
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(1, 1), 60'000);
  c.chain.must("alice", "files.declare", f.declare);
  c.chain.block();
  EXPECT_NE(c.file(f.fid()).reason.find("not enough miners"), std::string::npos);
  c.chain.advance(125);
  EXPECT_EQ(c.file(f.fid()).state, FileState::failed);
  c.chain.advance(125);
  EXPECT_FALSE(kFiles.has(c.chain.state(), f.fid()));
}

TEST(FilesDeal, CancelledByItsOwnerWhilePlacing) {
  FilesChain c(4);
  c.lease("alice");
  const auto f = make_test_file("alice", "one", test_profile(2, 2), 300'000);
  c.chain.must("alice", "files.declare", f.declare);
  c.chain.block();
  c.chain.must("bob", "files.report", Report{{c.receipt(f.fid(), 0, 0)}});
  c.chain.must("alice", "files.delete", Delete{f.declare.owner, f.fid()});
  EXPECT_EQ(c.file(f.fid()).reason, "cancelled by its owner");
  c.chain.advance(2);
  EXPECT_EQ(miners::kTotals.get_or_default(c.chain.state()).service, 0U);
}

TEST(FilesDeal, WithoutRoomForAColumnStripesGoToDifferentMiners) {
  // Four miners with room for 25 fragments each: 4 columns of 40 fragments do not fit as they are.
  FilesChain c(8, Json::object(), 25ULL << 16U);
  auto elsewhere = registration("carol", 99);
  elsewhere.region = "FR";
  c.chain.must("carol", "miners.register", elsewhere);
  c.lease("alice");
  auto f = make_test_file("alice", "one", test_profile(2, 2), 80ULL * 65'520);
  f.declare.rule.regions = {"DE"};
  ASSERT_EQ(segments_of(f.declare.profile, f.declare.length), 40U);
  c.chain.must("alice", "files.declare", f.declare);
  c.chain.block();
  EXPECT_EQ(c.file(f.fid()).stripe_segments, 20U);
  EXPECT_EQ(c.slots(f.fid()).size(), 8U);
  c.report_all(f.fid());
  EXPECT_EQ(c.file(f.fid()).state, FileState::active);
}

TEST(FilesDeal, OperatorsAndSubnetsAreDifferent) {
  FilesChain c(4, {{"params", {{"files", {{"distinct_subnets", true}}}}}});
  c.lease("alice");
  miners::Update same;
  same.ip = test_ip(0);
  (*same.ip)[15] = 99;
  c.chain.must("miner1", "miners.update", same);
  const auto four = make_test_file("alice", "four", test_profile(2, 2), 1000);
  c.chain.must("alice", "files.declare", four.declare);
  c.chain.block();
  EXPECT_TRUE(c.slots(four.fid()).empty());
  EXPECT_NE(c.file(four.fid()).reason.find("not enough"), std::string::npos);
  const auto three = make_test_file("alice", "three", test_profile(2, 1), 1000);
  c.store("alice", three);
}

struct Regions : ::testing::Test {
  Regions() : c(9) {
    c.lease("alice");
    for (int i = 0; i < 9; ++i) {
      miners::Update u;
      u.region = i < 3 ? "FR" : i < 6 ? "DE-BE" : "DE-BY";
      u.place = miners::Place{static_cast<std::uint32_t>(180 + i) * 1'000'000, 140'000'000};
      c.chain.must("miner" + std::to_string(i), "miners.update", u);
    }
  }
  std::set<std::string> drawn(const RegionRule& rule, std::uint8_t m = 2) {
    auto f = make_test_file("alice", "r" + std::to_string(++number), test_profile(1, m), 1000);
    f.declare.rule = rule;
    c.chain.must("alice", "files.declare", f.declare);
    c.chain.block();
    std::set<std::string> out;
    for (const auto& [stripe, column] : c.slots(f.fid())) {
      out.insert(c.names.at(kSlots.get(c.chain.state(), f.fid(), stripe, column)->miner));
    }
    return out;
  }
  FilesChain c;
  int number = 0;
};

TEST_F(Regions, CountriesPartsListsAndPolygons) {
  using Set = std::set<std::string>;
  EXPECT_EQ(drawn({{"FR"}, {}, {}, {}}), (Set{"miner0", "miner1", "miner2"}));
  EXPECT_EQ(drawn({{"DE-BY"}, {}, {}, {}}), (Set{"miner6", "miner7", "miner8"}));
  EXPECT_EQ(drawn({{"DE"}, {}, {}, {}}, 5).size(), 6U);
  EXPECT_EQ(drawn({{"DE"}, {}, {}, {}}, 6).size(), 0U);  // there are only 6
  EXPECT_EQ(drawn({{"FR", "DE-BE"}, {}, {}, {}}, 5),
            (Set{"miner0", "miner1", "miner2", "miner3", "miner4", "miner5"}));
  const auto id = [](const char* n) { return TestChain::id(n); };
  EXPECT_EQ(drawn({{}, {id("miner8"), id("miner1"), id("miner4")}, {}, {}}),
            (Set{"miner1", "miner4", "miner8"}));
  EXPECT_EQ(drawn({{"DE-BE"}, {}, {id("miner4")}, {}}, 1), (Set{"miner3", "miner5"}));
  const std::vector<miners::Place> box{{184'500'000, 130'000'000},
                                       {187'500'000, 130'000'000},
                                       {187'500'000, 150'000'000},
                                       {184'500'000, 150'000'000}};
  EXPECT_EQ(drawn({{}, {}, {}, box}), (Set{"miner5", "miner6", "miner7"}));
}

TEST_F(Regions, FrozenLeavingAndFullMinersAreNotDrawn) {
  using Set = std::set<std::string>;
  c.chain.must("miner0", "miners.exit", miners::Exit{});
  EXPECT_EQ(drawn({{"FR"}, {}, {}, {}}, 1), (Set{"miner1", "miner2"}));
  const auto idle = miner_of(c.chain, "miner1").idle;
  c.chain.must("miner1", "miners.declare", miners::Declare{100 * kTestGib - idle + 1'048'576, 0});
  EXPECT_EQ(drawn({{"FR"}, {}, {}, {}}, 1).size(), 2U);
}

TEST(FilesDraw, FallsOnFreeSpaceInProportion) {
  FilesChain c(10);
  c.lease("alice", 4);
  for (int i = 0; i < 5; ++i) {
    c.chain.must("miner" + std::to_string(i), "miners.declare", miners::Declare{400 * kTestGib, 0});
  }
  std::map<std::string, int> hits;
  for (int i = 0; i < 400; ++i) {
    const auto f = make_test_file("alice", "f" + std::to_string(i), test_profile(1, 0), 1000);
    c.chain.queue("alice", "files.declare", f.declare);
    if (i % 50 == 49) c.chain.block();
  }
  c.chain.block();
  int total = 0;
  kSlots.scan(c.chain.state(), [&](const auto&, const Slot& s) {
    ++hits[c.names.at(s.miner)];
    return ++total, true;
  });
  EXPECT_EQ(total, 400);
  int large = 0;
  for (int i = 0; i < 5; ++i) large += hits["miner" + std::to_string(i)];
  // Expected 320 of 400, standard deviation 8.
  EXPECT_GT(large, 280);
  EXPECT_LT(large, 360);
}

}  // namespace files_deal_test
}  // namespace cess
