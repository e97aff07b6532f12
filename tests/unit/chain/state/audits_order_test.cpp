// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle
// A miner's disk has its fragments in the order in which they arrived, the chain in that of reports
// and removals, as of the snapshot: what is asked must be answered from the second all the same.
#include "unit/chain/state/audit_chain.hpp"

namespace cess::audits {
namespace {

using test::AuditChain;

OpenedChallenge open_in_pages(AuditChain& chain, const std::string& name, std::size_t page) {
  OpenedChallenge out{*chain.challenge(name), {}};
  IndexView view(chain.state(), chain.id(name), chain.epoch());
  std::optional<std::uint64_t> from = 0;
  while (from) {
    auto p = openings_from(out.challenge, view, *from, page);
    EXPECT_LE(p.openings.size(), page);
    from = p.next;
    for (auto& o : p.openings) out.openings.push_back(std::move(o));
  }
  return out;
}

SubmitProof reply_to(AuditChain& chain, const std::string& name, const OpenedChallenge& asked) {
  const auto proof = answer_challenge(chain.miner(name), asked, {1, false, {}});
  EXPECT_TRUE(proof) << proof.error().message;
  SubmitProof out;
  out.epoch = asked.challenge.epoch;
  out.challenge = challenge_seed(asked.challenge);
  if (!proof) return out;
  for (const auto& g : proof->groups) out.groups.push_back({g.tagger, g.compact});
  return out;
}

TEST(AuditOrder, TheSnapshotIsAnsweredFromADiskInAnotherOrder) {
  AuditChain chain;
  chain.join("alice");
  auto& disk = chain.miner("alice");
  const AccountId alice = chain.id("alice");
  std::vector<ServiceEntry> stored;
  for (std::uint64_t n = 0; n < 9; ++n) {
    auto f = test::tagged_fragment(n % 2, 50 + n, 2000 + n * 40'000);
    const Descriptor d = f.tags.descriptor;
    stored.push_back({disk.add(std::move(f)), d.length, d.tagger});
  }
  // Reported backwards; the last to arrive is reported when the snapshot is taken already.
  for (std::size_t i = 8; i-- > 0;) ASSERT_TRUE(index_append(chain.state(), alice, stored[i]));
  chain.advance(system::clock(chain.state()).epoch_end() - chain.height());
  ASSERT_TRUE(index_append(chain.state(), alice, stored[8]));
  // And two go between snapshot and answer: the disk must still have them, the chain asks for them.
  ASSERT_TRUE(index_remove(chain.state(), stored[3].frag));
  ASSERT_TRUE(index_remove(chain.state(), stored[7].frag));
  chain.next_round();
  ASSERT_EQ(chain.challenge("alice")->fragments, 8U);
  EXPECT_FALSE(answer_challenge(disk, *chain.challenge("alice"), {}));
  const auto asked = open_in_pages(chain, "alice", 3);
  EXPECT_TRUE(openings_fit(asked));
  chain.must("alice", "audits.submit_proof", reply_to(chain, "alice", asked));
  EXPECT_EQ(chain.result("alice", chain.epoch())->outcome, Outcome::passed);
  // The next round is about the seven that are left, in the order that removals made.
  chain.next_round();
  ASSERT_EQ(chain.challenge("alice")->fragments, 7U);
  disk.lose(3);
  disk.lose(7);
  const auto later = open_in_pages(chain, "alice", 256);
  EXPECT_TRUE(openings_fit(later));
  chain.must("alice", "audits.submit_proof", reply_to(chain, "alice", later));
  EXPECT_EQ(chain.result("alice", chain.epoch())->outcome, Outcome::passed);
}

TEST(AuditOrder, PagesOfAnySizeAreTheSameOpenings) {
  AuditChain chain(Json::object({{"count_min", 64U}, {"count_max", 64U}}));
  chain.join("alice");
  for (std::uint64_t n = 0; n < 300; ++n) {
    std::array<std::uint8_t, 8> in{};
    store_le(in.data(), n);
    ServiceEntry e;
    e.frag = FragId::from(sha256(in).view());
    e.length = (n % 4 + 1) * kBlockSize - n;
    ASSERT_TRUE(index_append(chain.state(), chain.id("alice"), e));
  }
  chain.next_round();
  const auto whole = open_in_pages(chain, "alice", 1000);
  EXPECT_TRUE(openings_fit(whole));
  EXPECT_GT(whole.openings.size(), 40U);
  for (const std::size_t page : {1U, 2U, 7U, 64U}) {
    const auto parts = open_in_pages(chain, "alice", page);
    EXPECT_TRUE(openings_fit(parts));
    ASSERT_EQ(parts.openings.size(), whole.openings.size());
    for (std::size_t i = 0; i < parts.openings.size(); ++i) {
      EXPECT_EQ(parts.openings[i].position, whole.openings[i].position);
    }
  }
}

}  // namespace
}  // namespace cess::audits
