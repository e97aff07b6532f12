// SPDX-License-Identifier: Apache-2.0
// links: audit podr2 merkle
// Judging on chain beside the stand-alone verifier: the same verdicts from the same proofs, named
// exactly in a batch, and judged again off line from what the state keeps.
#include <gtest/gtest.h>

#include <deque>

#include "unit/chain/state/audit_fixture.hpp"

namespace cess::audits {
namespace audits_judge_test {

using test::ChainMiner;

AccountId account(std::uint8_t n) {
  AccountId a;
  a.bytes.fill(n);
  return a;
}

const Hash256 kGenesis = sha256(as_bytes("a genesis"));

// One miner with fragments of two taggers, a round of its own and its answer.
struct Case {
  State& state;
  ChainMiner miner;
  Challenge challenge;
  SubmitProof answer;
  Case(State& s, std::uint8_t n, bool untagged = false) : state(s), miner(account(n)) {
    const std::uint64_t seed = n * 1000U;
    miner.keep(state, test::tagged_fragment(0, seed + 1, 2 * kBlockSize + 1024));
    miner.keep(state, test::tagged_fragment(1, seed + 2, kBlockSize));
    if (untagged) miner.keep(state, test::untagged_fragment(seed + 3, kBlockSize + 4096 * 3));
    const auto totals = service_totals(state, account(n));
    challenge.chain_id = to_hex(kGenesis);
    challenge.epoch = 3;
    challenge.beacon = sha256(as_bytes("beacon"));
    challenge.miner = miner.miner();
    challenge.svc_root = totals.root;
    challenge.blocks = totals.blocks;
    challenge.fragments = totals.fragments;
    challenge.count = 30;
    answer = *miner.reply(challenge);
  }
  Claims claims() {
    IndexView view(state, miner.account(), {});
    return {locate(challenge, view), answer.groups,
            bls::Scalar::reduce(evaluation_point_wide(challenge_seed(challenge)))};
  }
};

std::map<TaggerId, TaggerLines> both_taggers() {
  std::map<TaggerId, TaggerLines> out;
  for (std::size_t n = 0; n < 2; ++n) {
    out.emplace(test::tagger(n).pub.head.id, TaggerLines(test::tagger(n).pub.head));
  }
  return out;
}

CheckSeed seed_of(std::uint64_t n) { return test::check_seed(n); }

TEST(AuditJudge, AsksWhatTheMinerIsAsked) {
  State state;
  Case c(state, 1, true);
  IndexView view(state, c.miner.account(), {});
  const auto asked = locate(c.challenge, view);
  EXPECT_EQ(asked.groups.size(), 2U);
  EXPECT_EQ(asked.leaves.size(), c.answer.leaves.size());
  EXPECT_GT(asked.leaves.size(), 0U);
  for (std::size_t i = 0; i < asked.leaves.size(); ++i) {
    const auto& leaf = c.answer.leaves[i];
    EXPECT_TRUE(leaf_is_right(leaf, asked.leaves[i], asked.draws[leaf.k]));
    auto wrong = leaf;
    wrong.data[0] ^= 1U;
    EXPECT_FALSE(leaf_is_right(wrong, asked.leaves[i], asked.draws[leaf.k]));
    wrong = leaf;
    wrong.descriptor[141] ^= 1U;
    EXPECT_FALSE(leaf_is_right(wrong, asked.leaves[i], asked.draws[leaf.k]));
    wrong = leaf;
    wrong.path.pop_back();
    EXPECT_FALSE(leaf_is_right(wrong, asked.leaves[i], asked.draws[leaf.k]));
  }
}

TEST(AuditJudge, NamesTheFalseOnesOfABatchExactly) {
  State state;
  std::vector<Claims> claims;
  std::deque<Case> cases;
  for (std::uint8_t n = 1; n <= 12; ++n) {
    cases.emplace_back(state, n);
    claims.push_back(cases.back().claims());
  }
  const auto lines = both_taggers();
  EXPECT_EQ(judge_batch(claims, lines, seed_of(1)), std::vector<Verdict>(12, Verdict::right));
  // Another's proof; a point that is none; y not below r; parts of a proof swapped.
  claims[2].answers = claims[3].answers;
  claims[5].answers[0].proof[0] = 0xff;
  for (std::size_t i = 96; i < 128; ++i) claims[7].answers[1].proof[i] = 0xff;
  std::swap_ranges(claims[9].answers[0].proof.begin(), claims[9].answers[0].proof.begin() + 48,
                   claims[9].answers[0].proof.begin() + 48);
  std::vector<Verdict> want(12, Verdict::right);
  want[2] = want[9] = Verdict::wrong;
  want[5] = Verdict::point;
  want[7] = Verdict::scalar;
  for (std::uint64_t s = 0; s < 3; ++s) EXPECT_EQ(judge_batch(claims, lines, seed_of(s)), want);
}

// σ_1 + δ and σ_2 − δ: equal sums, and yet both are named.
TEST(AuditJudge, ErrorsThatCancelDoNotCancel) {
  State state;
  Case a(state, 1);
  Case b(state, 2);
  std::vector<Claims> claims = {a.claims(), b.claims()};
  const auto shift = [](GroupAnswer& g, const bls::G1& by) {
    const auto moved = *bls::G1::parse(ByteView(g.proof).first(48)) + by;
    const auto bytes = moved.compress();
    std::copy(bytes.begin(), bytes.end(), g.proof.begin());
  };
  shift(claims[0].answers[0], bls::G1::generator());
  shift(claims[1].answers[0], bls::G1::generator().negate());
  for (std::uint64_t s = 0; s < 4; ++s) {
    EXPECT_EQ(judge_batch(claims, both_taggers(), seed_of(s)),
              (std::vector<Verdict>{Verdict::wrong, Verdict::wrong}));
  }
}

// Every bit of a proof counts.
TEST(AuditJudge, RefusesEveryFlippedByte) {
  State state;
  Case c(state, 1);
  const auto lines = both_taggers();
  for (std::size_t i = 0; i < kProofSize; i += 9) {
    auto claims = c.claims();
    claims.answers[0].proof[i] ^= 4U;
    EXPECT_NE(judge_batch({claims}, lines, seed_of(i))[0], Verdict::right) << i;
  }
}

// What the state keeps of a rejected proof, through the document, to the stand-alone verifier.
void expect_same_off_line(State& state, const Case& c, const std::string& reason,
                          const std::vector<GroupAnswer>& groups,
                          const std::vector<LeafProof>& leaves) {
  IndexView view(state, c.miner.account(), {});
  const auto asked = locate(c.challenge, view);
  Rejected r;
  r.reason = reason;
  r.beacon = c.challenge.beacon;
  r.svc_root = c.challenge.svc_root;
  r.blocks = c.challenge.blocks;
  r.fragments = c.challenge.fragments;
  r.count = c.challenge.count;
  r.groups = groups;
  r.leaves = leaves;
  keep_rejected(state, c.challenge.epoch, c.miner.account(), r, asked.positions, view);
  const auto doc = rejected_document(state, kGenesis, c.challenge.epoch, c.miner.account());
  ASSERT_TRUE(doc) << doc.error().message;
  EXPECT_EQ(doc->challenge, c.challenge);
  const auto parsed = parse_proof(write_json(proof_to_json(*doc)), "show audit");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(reason_name(test::reason_for(*parsed)), reason);
}

TEST(AuditJudge, RejectedProofsAreJudgedAgainOffLine) {
  State state;
  Case c(state, 1);
  auto groups = c.answer.groups;
  groups[1].proof[100] ^= 1U;
  expect_same_off_line(state, c, "equation", groups, {});
  groups = c.answer.groups;
  groups[0].proof[0] = 0;
  expect_same_off_line(state, c, "point", groups, {});
  groups = c.answer.groups;
  for (std::size_t i = 96; i < 128; ++i) groups[0].proof[i] = 0xff;
  expect_same_off_line(state, c, "scalar", groups, {});
  // And a right one would be found right.
  expect_same_off_line(state, c, "none", c.answer.groups, {});

  Case d(state, 2, true);
  auto leaf = d.answer.leaves[0];
  leaf.data[7] ^= 1U;
  expect_same_off_line(state, d, "leaf", d.answer.groups, {leaf});
}

TEST(AuditJudge, OpeningsOfALargeIndexFillPages) {
  State state;
  const auto miner = account(9);
  for (std::uint64_t n = 0; n < 1200; ++n) {
    ServiceEntry e;
    std::array<std::uint8_t, 8> in{};
    store_le(in.data(), n);
    e.frag = FragId::from(sha256(in).view());
    e.length = 1000;
    e.tagger = test::tagger(0).pub.head.id;
    ASSERT_TRUE(index_append(state, miner, e));
  }
  IndexView view(state, miner, {});
  Challenge c;
  c.chain_id = to_hex(kGenesis);
  c.miner = MinerId::from(miner.view());
  c.svc_root = view.totals().root;
  c.blocks = c.fragments = 1200;
  c.count = 700;
  const auto asked = locate(c, view);
  EXPECT_GT(asked.positions.size(), kRejectedPage);
  Rejected r;
  r.beacon = c.beacon;
  r.svc_root = c.svc_root;
  r.blocks = r.fragments = 1200;
  r.count = 700;
  keep_rejected(state, 1, miner, r, asked.positions, view);
  const auto doc = rejected_document(state, kGenesis, 1, miner);
  ASSERT_TRUE(doc);
  const auto located = locate_by_openings(c, asked.draws, doc->openings);
  ASSERT_TRUE(located);
  EXPECT_EQ(located->entries.size(), asked.positions.size());
  auto page = *kRejectedPages.get(state, 1, miner, 0);
  page.nodes.pop_back();
  EXPECT_FALSE(path_in_page(page, page.hits.back().position, 1200));
}

}  // namespace audits_judge_test
}  // namespace cess::audits
