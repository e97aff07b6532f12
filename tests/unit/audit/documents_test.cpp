// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
#include <gtest/gtest.h>

#include "audit/challenge_json.hpp"
#include "audit/proof.hpp"
#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Challenge sample() {
  Challenge c;
  c.epoch = 7;
  c.beacon.bytes.fill(0xbe);
  c.miner.bytes.fill(0xaa);
  c.svc_root.bytes.fill(0x55);
  c.blocks = 123456789012;
  c.fragments = 1000;
  c.count = 512;
  c.suite = ProofSuite::kzg_full;
  return c;
}

TEST(ChallengeDocument, HasOneForm) {
  const std::string hex_be(64, 'b');
  const std::string line = write_json(challenge_to_json(sample()));
  std::string beacon;
  for (int i = 0; i < 32; ++i) beacon += "be";
  EXPECT_EQ(line, R"({"schema":"cess.challenge/1","chain_id":"local","epoch":7,"beacon":")" +
                      beacon + R"(","miner_id":")" + std::string(64, 'a') + R"(","svc_root":")" +
                      std::string(64, '5') +
                      R"(","blocks":123456789012,"fragments":1000,"count":512,"suite":"1u"})");
  const auto back = parse_challenge(line, "line 1");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, sample());
}

TEST(ChallengeDocument, RefusesAndNamesTheField) {
  const std::string good = write_json(challenge_to_json(sample()));
  const auto refused = [&](std::string_view from, std::string_view to, std::string_view field) {
    const auto got = parse_challenge(replaced(good, from, to), "line 9");
    ASSERT_FALSE(got) << to;
    EXPECT_EQ(got.error().code, Code::input);
    EXPECT_NE(got.error().message.find(field), std::string::npos) << got.error().message;
    EXPECT_NE(got.error().message.find("line 9"), std::string::npos) << got.error().message;
  };
  refused("challenge/1", "challenge/2", "schema");
  refused(R"("suite":"1u")", R"("suite":"3")", "suite");
  refused(R"("suite":"1u")", R"("suite":1)", "suite");
  refused(R"("count":512)", R"("count":0)", "count");
  refused(R"("count":512)", R"("count":65537)", "count");
  refused(R"("count":512)", R"("count":-1)", "count");
  refused(R"("count":512,)", "", "count");
  refused(R"("epoch":7)", R"("epoch":4294967296)", "epoch");
  refused(R"("epoch":7)", R"("epoch":7.5)", "epoch");
  refused(R"("blocks":123456789012)", R"("blocks":"281474976710657")", "blocks");
  refused(R"("blocks":123456789012)", R"("blocks":999)", "fragments");
  refused(R"("chain_id":"local")", R"("chain_id":"")", "chain_id");
  refused(R"("beacon":"be)", R"("beacon":"BE)", "beacon");
  refused(R"("beacon":"be)", R"("beacon":")", "beacon");
  refused(R"({"schema")", R"([{"schema")", "");
}

TEST(ProofDocument, RoundTripsInEverySuite) {
  auto miner = FakeMiner::usual(1);
  for (const auto suite : {ProofSuite::kzg, ProofSuite::kzg_full, ProofSuite::merkle}) {
    const AuditProof p = answer(*miner, miner->challenge(suite, 12));
    const std::string line = write_json(proof_to_json(p));
    const auto back = parse_proof(line, "line 1");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(write_json(proof_to_json(*back)), line);
    EXPECT_EQ(reason_for(*back), Reason::none);
  }
}

TEST(ProofDocument, RefusesMalformed) {
  auto miner = FakeMiner::usual(1);
  const std::string kzg =
      write_json(proof_to_json(answer(*miner, miner->challenge(ProofSuite::kzg, 12))));
  const auto refused = [](const std::string& text) {
    const auto got = parse_proof(text, "line 1");
    EXPECT_TRUE(!got && got.error().code == Code::input) << text.substr(0, 200);
  };
  refused("");
  refused("{}");
  refused("null");
  refused(kzg + "x");
  refused(kzg.substr(0, kzg.size() - 1));
  refused(replaced(kzg, "cess.proof/1", "cess.proof/2"));
  refused(replaced(kzg, "cess.challenge/1", "cess.challenge/0"));
  refused(replaced(kzg, R"("suite":"1","groups")", R"("suite":"4","groups")"));
  refused(replaced(kzg, R"("proof":")", R"("proof":"0)"));
  refused(replaced(kzg, R"("position":)", R"("position":-)"));
  refused(replaced(kzg, R"("groups":[)", R"("groups":[[],)"));
  refused(replaced(kzg, R"("descriptor":"43)", R"("descriptor":"44)"));
  refused(replaced(kzg, R"("k":)", R"("k":999)"));
}

TEST(ProofDocument, ListsAreBoundedByTheChallenge) {
  auto miner = FakeMiner::usual(1);
  AuditProof p = answer(*miner, miner->challenge(ProofSuite::kzg, 4));
  p.openings.resize(5, p.openings[0]);
  EXPECT_FALSE(parse_proof(write_json(proof_to_json(p)), "line 1"));
}

}  // namespace
}  // namespace cess
