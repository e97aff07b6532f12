// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle
// Miners that lost or never kept what they are paid for, over many epochs: how often they are found
// out, beside 1 - (1 - ε)^c, and what it costs them.
#include <cmath>

#include "podr2/detection.hpp"
#include "unit/chain/state/audit_chain.hpp"

namespace cess::audits {
namespace audits_cheating_test {

using test::AuditChain;

struct Loss {
  const char* name;
  std::uint64_t blocks;  // of 1000, lost
};

// A proof over a lost block cannot be made (podr2's tests), so an epoch finds the miner out exactly
// if a draw falls on one. 10^4 beacons on the index as the chain keeps it.
TEST(AuditsCheating, IsFoundAsOftenAsTheorySays) {
  State state;
  AccountId miner;
  miner.bytes.fill(7);
  for (std::uint64_t n = 0; n < 250; ++n) {
    ServiceEntry e;
    std::array<std::uint8_t, 8> in{};
    store_le(in.data(), n);
    e.frag = FragId::from(sha256(in).view());
    e.length = 4 * kBlockSize;
    e.tagger.bytes[0] = 1;
    ASSERT_TRUE(index_append(state, miner, e));
  }
  Challenge c;
  c.miner = MinerId::from(miner.view());
  const auto totals = service_totals(state, miner);
  c.svc_root = totals.root;
  c.blocks = totals.blocks;
  c.fragments = totals.fragments;
  c.count = 64;
  constexpr int kEpochs = 10'000;
  for (const Loss& loss :
       {Loss{"one block", 1}, Loss{"a fragment", 4}, Loss{"1 %", 10}, Loss{"5 %", 50}}) {
    int found = 0;
    for (int e = 0; e < kEpochs; ++e) {
      c.epoch = static_cast<std::uint32_t>(e);
      c.beacon = sha256({c.beacon.view(), as_bytes(loss.name)});
      const auto seed = challenge_seed(c);
      bool hit = false;
      for (std::uint32_t k = 0; k < c.count && !hit; ++k) {
        hit = draw(seed, k, c.blocks).block < loss.blocks;
      }
      found += hit ? 1 : 0;
    }
    const double p = detection_probability(static_cast<double>(loss.blocks) / 1000, c.count);
    const double error = std::sqrt(p * (1 - p) / kEpochs);
    EXPECT_NEAR(static_cast<double>(found) / kEpochs, p, 3 * error) << loss.name;
  }
}

// On the chain, with real proofs: a miner that holds nothing of one fragment in four and answers
// whenever it can. The chain's verdicts follow its draws, and the ladder does the rest.
TEST(AuditsCheating, ALosingMinerIsPutOutAndAnHonestOneIsNot) {
  AuditChain chain(Json::object({{"count_min", 4U}, {"exit_failures", 3U}}));
  chain.join("alice");
  chain.join("mallory");
  for (const auto* name : {"alice", "mallory"}) {
    for (std::uint64_t i = 0; i < 4; ++i) {
      chain.miner(name).keep(
          chain.state(), test::tagged_fragment(0, i + static_cast<std::uint64_t>(name[0]), 2000));
    }
  }
  chain.miner("mallory").lose(2);
  std::uint64_t could_not = 0;
  int epochs = 0;
  while (chain.record("mallory").state != miners::MinerState::offline && epochs < 40) {
    chain.next_round();
    ++epochs;
    chain.queue("alice", "audits.submit_proof", chain.reply("alice"));
    if (const auto c = chain.challenge("mallory");
        c && miners::is_audited(chain.record("mallory").state)) {
      const auto reply = chain.miner("mallory").reply(*c);
      if (reply) {
        chain.queue("mallory", "audits.submit_proof", *reply);
      } else {
        ++could_not;
      }
    }
    chain.block();
  }
  chain.next_round();
  const auto h = chain.history("mallory");
  EXPECT_EQ(chain.record("mallory").state, miners::MinerState::offline);
  EXPECT_GE(h.missing, 3U);
  EXPECT_LE(h.missing, could_not);
  EXPECT_EQ(h.wrong, 0U);
  EXPECT_EQ(chain.history("alice").passed, static_cast<std::uint64_t>(epochs));
  EXPECT_EQ(chain.record("alice").stake, 2000 * kBaseUnitsPerToken);
  EXPECT_LT(chain.record("mallory").stake, chain.record("alice").stake);
}

// One disk behind two names: the second has tags and index but no bytes of its own. Its proof must
// bind its own name, so it is good only if somebody computes it from the bytes for it.
TEST(AuditsCheating, AnothersProofIsNoProof) {
  AuditChain chain;
  chain.join("alice");
  chain.join("mallory");
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 1, 3000));
  chain.miner("mallory").keep(chain.state(), test::tagged_fragment(0, 2, 3000));
  chain.next_round();
  const auto e = chain.epoch();
  const auto alices = chain.reply("alice");
  auto stolen = alices;
  stolen.challenge = challenge_seed(*chain.challenge("mallory"));
  chain.queue("mallory", "audits.submit_proof", stolen);
  chain.queue("alice", "audits.submit_proof", alices);
  chain.block();
  EXPECT_EQ(chain.result("mallory", e)->outcome, Outcome::wrong);
  EXPECT_EQ(chain.result("alice", e)->outcome, Outcome::passed);
}

}  // namespace audits_cheating_test
}  // namespace cess::audits
