// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// From a checkpoint to a later header, and everything that must not get there.
#include "chain/consensus/light.hpp"

#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {
namespace {

struct LightTest : testing::Test {
  // The last header of each era 0 .. 4 (heights 10, 20, ...) and one in the middle of era 5.
  LightTest() {
    for (Era e = 0; e <= 5; ++e) {
      committees.push_back(eras.of_era(e));
      headers.push_back(certified(e, e == 5 ? 55 : 10 * (e + 1), e));
    }
    rules.now_ms = 60000;
    rules.unbonding_ms = 100000;
    checkpoint = {10, headers[0].certificate.digest};
    chain.checkpoint_header = headers[0].header;
    chain.committees.assign(committees.begin() + 1, committees.end());
    chain.links.assign(headers.begin() + 1, headers.end() - 1);
    chain.target = headers.back();
  }
  CertifiedHeader certified(Era e, Height h, Era signed_by, std::size_t count = 3) {
    TestBlock b{h,
                e,
                {},
                std::nullopt,
                h * 1000,
                eras.of_era(e)->hash(),
                h % 10 == 0 ? eras.of_era(e + 1)->hash() : Hash256{},
                0,
                false};
    const auto bytes = encode_test_block(b);
    std::vector<ValidatorIndex> who;
    for (std::size_t i = 0; i < count; ++i) who.push_back(static_cast<ValidatorIndex>(i));
    const Vote v{Kind::commit, e, h, 0, sha256(*bytes), 0};
    return {*bytes,
            make_certificate(registry, *verifier, {}, *eras.of_era(signed_by), v, who, signed_by)};
  }
  Result<HeaderView> verify() {
    return verify_header_chain(*verifier, reader, rules, checkpoint, chain);
  }
  void refused(std::string_view why) {
    const auto r = verify();
    ASSERT_FALSE(r) << why;
    EXPECT_NE(r.error().message.find(why), std::string::npos) << r.error().message;
  }

  FakeRegistry registry{5};
  Eras eras{&registry, 4, 10, 1};
  std::unique_ptr<Verifier> verifier = registry.make_verifier();
  TestReader reader;
  LightRules rules;
  std::vector<CommitteePtr> committees;
  std::vector<CertifiedHeader> headers;
  Checkpoint checkpoint;
  HeaderChain chain;
};

TEST_F(LightTest, ReachesTheTargetByOneHeaderPerEra) {
  const auto view = verify();
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->height, 55U);
}

TEST_F(LightTest, CheckpointItself) {
  chain.target.header = chain.checkpoint_header;
  EXPECT_TRUE(verify());
}

TEST_F(LightTest, CheckpointIsFreshAndTheRightOne) {
  rules.now_ms = 10000 + rules.unbonding_ms;
  EXPECT_TRUE(verify());
  ++rules.now_ms;
  refused("older than the unbonding period");
  EXPECT_FALSE(verify().error().hint.empty());
  rules.now_ms = 60000;
  rules.clock_skew_ms = 0;
  EXPECT_TRUE(verify());
  rules.now_ms = 54999;
  refused("target lies in the future");
  rules.now_ms = 9999;
  refused("checkpoint lies in the future");
  rules.now_ms = 60000;
  checkpoint.digest.bytes[0] ^= 1;
  refused("begin at the checkpoint");
  checkpoint.digest.bytes[0] ^= 1;
  checkpoint.height = 11;
  refused("begin at the checkpoint");
}

// Old keys sign another history from the fork on: their committee is not the one that headers name.
TEST_F(LightTest, LongRangeForkIsRefused) {
  chain.links[1] = certified(2, 30, 0);
  refused("certificate is false");
}

TEST_F(LightTest, CommitteesAreBoundByHeaders) {
  auto keys = committees[3]->keys();
  keys[0] = registry.key(77);
  chain.committees[2] = *Committee::make(3, committees[3]->seed(), keys);
  refused("another committee rules era 3");
  chain.committees[2] = nullptr;
  refused("order of their eras");
  chain.committees.erase(chain.committees.begin() + 2);
  refused("committee of era 3 is missing");
  chain.committees.clear();
  refused("missing");
}

TEST_F(LightTest, NoEraMayBeSkipped) {
  chain.links.erase(chain.links.begin() + 1);
  refused("no header names the committee of era 3");
}

TEST_F(LightTest, LinksNameTheNextCommittee) {
  chain.links[1] = certified(2, 25, 2);
  refused("does not name the next committee");
}

TEST_F(LightTest, CertificatesAreOfTheirHeaders) {
  std::swap(chain.links[1].certificate, chain.links[2].certificate);
  refused("certificate is of another block");
}

TEST_F(LightTest, QuorumOfTheCommittee) {
  chain.target = certified(5, 55, 5, 2);
  refused("certificate is false");
}

TEST_F(LightTest, PrepareCertificateIsNoProof) {
  chain.target.certificate.kind = Kind::prepare;
  refused("certificate is of another block");
}

TEST_F(LightTest, HeightsGrow) {
  std::swap(chain.links[1], chain.links[2]);
  EXPECT_FALSE(verify());
  chain.links[1] = chain.links[0];
  refused("order of their heights");
}

TEST_F(LightTest, TargetInTheCheckpointsOwnEra) {
  const CertifiedHeader early = certified(0, 3, 0), later = certified(0, 7, 0);
  checkpoint = {3, early.certificate.digest};
  chain = {early.header, {committees[0]}, {}, later};
  EXPECT_TRUE(verify());
  EXPECT_TRUE(verify_certified_header(*verifier, reader, {}, *committees[0], later));
  EXPECT_FALSE(verify_certified_header(*verifier, reader, {}, *committees[1], later));
}

}  // namespace
}  // namespace cess::consensus
