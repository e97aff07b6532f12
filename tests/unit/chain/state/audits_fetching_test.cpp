// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle erasure
// A miner that keeps nothing and fetches from its peers when it is asked: the window leaves it the
// time. What stands against it is the mask, which its peers do not have either. And one that sends
// what was good an epoch ago.
#include "crypto/ctr.hpp"
#include "erasure/code.hpp"
#include "unit/chain/state/audit_chain.hpp"

namespace cess::audits {
namespace {

using test::AuditChain;

constexpr std::size_t kCodedSize = 3000;
constexpr std::array kCodedNames = {"alice", "bob", "mallory"};

// The fragments of one segment, 2 + 1, as they are stored; masked as by a tagger or not.
std::vector<Bytes> coded_segment(const ErasureCode& code, bool masked) {
  std::vector<Bytes> out = {test::noise(1, kCodedSize), test::noise(2, kCodedSize),
                            Bytes(kCodedSize)};
  const std::array<const std::uint8_t*, 2> data = {out[0].data(), out[1].data()};
  const std::array<std::uint8_t*, 1> parity = {out[2].data()};
  code.encode(parity, data, kCodedSize);
  AesCtr mask(Key256(test::noise(3, 32)));
  for (std::uint8_t i = 0; masked && i < 3; ++i) mask.apply(out[i], {0, 0, 0, 0, i}, 0);
  return out;
}

// What the third miner makes of the fragments of the other two.
Bytes fetched(const ErasureCode& code, const std::vector<Bytes>& stored) {
  Bytes out(kCodedSize);
  const auto plan = code.plan(std::array{0U, 1U}, std::array{2U});
  EXPECT_TRUE(plan);
  const std::array<const std::uint8_t*, 2> in = {stored[0].data(), stored[1].data()};
  const std::array<std::uint8_t*, 1> to = {out.data()};
  plan->run(to, in, kCodedSize);
  return out;
}

Outcome outcome_of_fetching(bool masked) {
  const auto code = *ErasureCode::make(2, 1);
  const auto stored = coded_segment(code, masked);
  AuditChain chain;
  for (std::size_t i = 0; i < 3; ++i) {
    chain.join(kCodedNames.at(i));
    FragmentPlace place;
    place.file.bytes.fill(9);
    place.fragment = static_cast<std::uint16_t>(i);
    std::array<std::uint8_t, 16> nonce{};
    nonce.fill(static_cast<std::uint8_t>(i));
    auto tags = test::tagger(0).tagger.tag_fragment(place, nonce, stored[i]);
    chain.miner(kCodedNames.at(i)).keep(chain.state(), {stored[i], std::move(tags)});
  }
  // Mallory has the tags, and no bytes before it is asked.
  chain.miner("mallory").fragment(0).data = fetched(code, stored);
  chain.next_round();
  const auto epoch = chain.epoch();
  for (const auto* name : kCodedNames) {
    chain.queue(name, "audits.submit_proof", chain.reply(name));
  }
  chain.block();
  EXPECT_EQ(chain.result("alice", epoch)->outcome, Outcome::passed);
  EXPECT_EQ(chain.result("bob", epoch)->outcome, Outcome::passed);
  return chain.result("mallory", epoch)->outcome;
}

TEST(AuditsFetching, FromPeersIsFoundOutByTheMask) {
  EXPECT_EQ(outcome_of_fetching(true), Outcome::wrong);
  // Without masks the attack works, which is why such fragments are never of full weight.
  EXPECT_EQ(outcome_of_fetching(false), Outcome::passed);
}

TEST(AuditsReplay, AnOldProofUnderTheNewSeedIsFalse) {
  AuditChain chain;
  chain.join("alice");
  chain.miner("alice").keep(chain.state(), test::tagged_fragment(0, 77, 3000));
  chain.next_round();
  const auto old = chain.reply("alice");
  chain.must("alice", "audits.submit_proof", old);
  EXPECT_EQ(chain.result("alice", chain.epoch())->outcome, Outcome::passed);
  chain.next_round();
  // As it is, it is refused, for the price of a fee; under the new seed it is a lie.
  chain.must_fail("alice", "audits.submit_proof", old, "stale");
  auto fresh = old;
  fresh.epoch = chain.epoch();
  chain.must_fail("alice", "audits.submit_proof", fresh, "binding");
  fresh.challenge = challenge_seed(*chain.challenge("alice"));
  chain.must("alice", "audits.submit_proof", fresh);
  EXPECT_EQ(chain.result("alice", chain.epoch())->outcome, Outcome::wrong);
}

}  // namespace
}  // namespace cess::audits
