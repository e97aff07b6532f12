// SPDX-License-Identifier: Apache-2.0
// links: chain_node
// A chain of the dev preset, without network and clock: one ledger builds, another checks and
// follows.
#include <gmock/gmock.h>

#include "unit/chain/ledger/ledger_world.hpp"

namespace cess::ledger {
namespace {

using consensus::event::Verdict;

TEST(Ledger, TwoFollowEachOtherThroughEras) {
  LedgerWorld world(4);
  const auto builder = world.make();
  const auto follower = world.make();
  EXPECT_EQ(builder->position().genesis, follower->position().genesis);
  std::uint64_t nonce = 0;
  std::vector<TxnHash> left_out;
  for (int i = 0; i < 130; ++i) {
    BuildInput in = world.input(*builder);
    in.txns.push_back(world.transfer(*builder, 0, nonce++, kBaseUnitsPerToken));
    const Bytes bytes = encode_block(builder->build(in, left_out));
    const auto parsed = parse_whole(bytes);
    ASSERT_TRUE(parsed);
    const Judgement judged = follower->validate(**parsed, fresh(*follower));
    ASSERT_EQ(judged.verdict, Verdict::valid) << judged.why << " at " << i;
    const BlockResult result = follower->execute(**parsed);
    ASSERT_TRUE(result.receipts.at(1).ok) << result.receipts[1].error;
    builder->execute(**parsed);
    ASSERT_EQ(follower->position().state_root, builder->position().state_root);
    ASSERT_TRUE(follower->runtime().check_invariants(follower->state()));
  }
  EXPECT_TRUE(left_out.empty());
  EXPECT_GE(follower->next_era(), 2U);
  EXPECT_EQ(accounts::account(follower->state(), world.owners[0].id).nonce, 130U);
}

TEST(Ledger, RestoresOnlyWhatBelongsTogether) {
  LedgerWorld world(4);
  const auto ledger = world.make();
  std::vector<TxnHash> left_out;
  for (int i = 0; i < 3; ++i)
    ledger->execute(**parse_whole(encode_block(ledger->build(world.input(*ledger), left_out))));
  const auto copy = [&] {
    State s;
    ledger->state().scan({}, {}, [&](std::string_view k, std::string_view v) {
      s.put(k, v);
      return true;
    });
    return s;
  };
  const auto again = Ledger::restore(world.runtime, *world.verifier, copy(), ledger->position());
  ASSERT_TRUE(again);
  EXPECT_EQ(encode_block((*again)->build(world.input(*ledger), left_out)),
            encode_block(ledger->build(world.input(*ledger), left_out)));
  State altered = copy();
  altered.put("zz", "x");
  EXPECT_THAT(
      Ledger::restore(world.runtime, *world.verifier, std::move(altered), ledger->position())
          .error()
          .message,
      testing::HasSubstr("does not match the root of block 3"));
}

/// A block with one thing changed is refused for that thing.
TEST(Ledger, RefusesEachBrokenRule) {
  LedgerWorld world(4);
  const auto ledger = world.make();
  std::vector<TxnHash> left_out;
  ledger->execute(**parse_whole(encode_block(ledger->build(world.input(*ledger), left_out))));
  const auto why = [&](const std::function<void(Block&)>& change, bool is_fresh = true) {
    BuildInput in = world.input(*ledger);
    in.txns.push_back(world.transfer(*ledger, 1, 0, 5));
    Block block = ledger->build(in, left_out);
    change(block);
    block.header.txns_root = txns_root(block.txns);
    block.header.evidence_root = evidence_root(block.evidence);
    const auto parsed = parse_whole(encode_block(block));
    if (!parsed) return "cannot be read: " + parsed.error().message;
    ValidateInput check = fresh(*ledger);
    check.fresh = is_fresh;
    return ledger->validate(**parsed, check).why;
  };
  using testing::HasSubstr;
  EXPECT_EQ(why([](Block&) {}), "");
  EXPECT_EQ(why([](Block& b) { b.header.state_root.bytes[0] ^= 1U; }),
            "another state root than ours after the parent");
  EXPECT_EQ(why([](Block& b) { b.header.receipts_root.bytes[0] ^= 1U; }),
            "another receipts root than ours of the parent");
  EXPECT_EQ(why([](Block& b) { b.header.mmr_root.bytes[0] ^= 1U; }),
            "another root over the headers");
  EXPECT_EQ(why([](Block& b) { b.header.committee.bytes[0] ^= 1U; }), "another committee");
  EXPECT_EQ(why([](Block& b) { b.header.next_committee.bytes[0] ^= 1U; }),
            "another next committee");
  EXPECT_EQ(why([](Block& b) { b.header.era = 1; }), "wrong era");
  EXPECT_EQ(why([](Block& b) { b.header.height = 3; }), "not on the last executed block");
  EXPECT_EQ(why([](Block& b) { b.header.vrf_proof[3] ^= 1U; }), "wrong VRF proof");
  EXPECT_EQ(why([&](Block& b) { b.header.proposer.bytes[0] ^= 1U; }),
            "proposer is not in the committee");
  EXPECT_EQ(why([&](Block& b) { b.header.time_ms = ledger->position().time_ms; }),
            "time not after the parent's");
  const TimeMs wall = fresh(*ledger).wall_ms;
  EXPECT_EQ(why([&](Block& b) { b.header.time_ms = wall + kTimeAheadMsMax; }), "");
  EXPECT_EQ(why([&](Block& b) { b.header.time_ms = wall + kTimeAheadMsMax + 1; }),
            "time outside the window: it is " + std::to_string(kTimeAheadMsMax + 1) +
                " ms ahead of this machine's clock");
  EXPECT_EQ(why([&](Block& b) { b.header.time_ms = wall + kTimeAheadMsMax + 1; }, false), "")
      << "not when proposed again";
  EXPECT_THAT(why([](Block& b) { b.txns.push_back(b.txns[0]); }), HasSubstr("nonce 0, want 1"));
  EXPECT_THAT(why([&](Block& b) { b.txns[0] = *world.transfer(*ledger, 1, 1, 5); }),
              HasSubstr("nonce 1, want 0"));
  EXPECT_THAT(why([](Block& b) { b.txns[0].back() ^= 1U; }),
              HasSubstr("transaction 0: wrong signature"));
  EXPECT_THAT(why([](Block& b) {
                b.evidence.push_back({1, 2, 3});
              }),
              "evidence that proves nothing");
}

TEST(Ledger, LeavesOutWhatDoesNotFit) {
  LedgerWorld world(4);
  const auto ledger = world.make();
  BuildInput in = world.input(*ledger);
  in.txns = {world.transfer(*ledger, 0, 0, 1), world.transfer(*ledger, 0, 2, 1),
             world.transfer(*ledger, 0, 1, 1), std::make_shared<const Bytes>(Bytes{1, 2})};
  std::vector<TxnHash> left_out;
  EXPECT_EQ(ledger->build(in, left_out).txns.size(), 2U);
  EXPECT_EQ(left_out.size(), 2U);
}

}  // namespace
}  // namespace cess::ledger
