// SPDX-License-Identifier: Apache-2.0
// links: podr2 json merkle crypto base
#include "audit/verifier.hpp"

#include <gtest/gtest.h>

#include "unit/audit/fake_miner.hpp"

namespace cess {
namespace {
using namespace test;

/// One tagged fragment of one tagger: the smallest miner with a single group.
AuditProof small_proof(ProofSuite suite = ProofSuite::kzg) {
  FakeMiner miner(9);
  miner.add(tagged_fragment(0, 500, kBlockSize + 1024));
  return answer(miner, miner.challenge(suite, 5));
}

void flip_bit(Bytes& bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
}

TEST(Verifier, RefusesEveryFlippedByteOfACompactProof) {
  const AuditProof good = small_proof();
  ASSERT_EQ(reason_for(good), Reason::none);
  std::vector<AuditProof> bent;
  for (std::size_t byte = 0; byte < kProofSize; ++byte) {
    bent.push_back(good);
    flip_bit(bent.back().groups[0].compact, byte * 8 + byte % 8);
  }
  bent.push_back(good);
  AuditVerifier v = usual_verifier();
  const auto verdicts = v.judge(bent, check_seed(1));
  ASSERT_TRUE(verdicts);
  for (std::size_t i = 0; i < kProofSize; ++i) EXPECT_FALSE(verdicts->at(i).good()) << i;
  EXPECT_TRUE(verdicts->back().good());
}

TEST(Verifier, NamesPointAndScalarFaults) {
  const AuditProof good = small_proof();
  const auto reason = [&good](auto change) {
    AuditProof p = good;
    change(p.groups[0].compact);
    return reason_for(p);
  };
  const auto fill = [](std::size_t at, std::size_t size, std::uint8_t value) {
    return [=](Bytes& b) { std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(at), size, value); };
  };
  // sigma, then psi: all ones, zero flags, the identity with other flags.
  for (const std::size_t at : {std::size_t{0}, std::size_t{48}}) {
    EXPECT_EQ(reason(fill(at, 48, 0xff)), Reason::point);
    EXPECT_EQ(reason(fill(at, 48, 0x00)), Reason::point);
    EXPECT_EQ(reason([at](Bytes& b) { b[at] &= 0x7f; }), Reason::point);
    EXPECT_EQ(reason([at](Bytes& b) {
                std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(at), 48, std::uint8_t{0});
                b[at] = 0xe0;
              }),
              Reason::point);
    // x = 4 is on the curve, but its points are not in the subgroup of order r.
    EXPECT_EQ(reason([at](Bytes& b) {
                std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(at), 48, std::uint8_t{0});
                b[at] = 0x80;
                b[at + 47] = 4;
              }),
              Reason::point);
  }
  // The identity is a point; it only proves nothing.
  EXPECT_EQ(reason([](Bytes& b) {
              std::fill_n(b.begin(), 48, std::uint8_t{0});
              b[0] = 0xc0;
            }),
            Reason::equation);
  EXPECT_EQ(reason(fill(96, 32, 0xff)), Reason::scalar);
  EXPECT_EQ(reason([](Bytes& b) { b.pop_back(); }), Reason::scalar);
  EXPECT_EQ(reason([](Bytes& b) { b.push_back(0); }), Reason::scalar);
  EXPECT_EQ(reason([](Bytes& b) { b.clear(); }), Reason::scalar);
  // y + r: the same residue in a second form.
  static constexpr std::uint8_t kR[32] = {0x01, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
                                          0xfe, 0x5b, 0xfe, 0xff, 0x02, 0xa4, 0xbd, 0x53,
                                          0x05, 0xd8, 0xa1, 0x09, 0x08, 0xd8, 0x39, 0x33,
                                          0x48, 0x7d, 0x9d, 0x29, 0x53, 0xa7, 0xed, 0x73};
  EXPECT_EQ(reason([](Bytes& b) {
              unsigned carry = 0;
              for (std::size_t i = 0; i < 32; ++i) {
                carry += unsigned{b[96 + i]} + kR[i];
                b[96 + i] = static_cast<std::uint8_t>(carry);
                carry >>= 8U;
              }
            }),
            Reason::scalar);
}

TEST(Verifier, RefusesWhatWasMadeForAnotherChallenge) {
  const AuditProof good = small_proof();
  const auto reason = [&good](auto change) {
    AuditProof p = good;
    change(p.challenge);
    return reason_for(p);
  };
  // Without an expected challenge the proof is judged against the one it carries: still refused.
  EXPECT_EQ(reason([](Challenge& c) { c.epoch += 1; }), Reason::equation);
  EXPECT_EQ(reason([](Challenge& c) { c.beacon.bytes[9] ^= 1; }), Reason::equation);
  EXPECT_EQ(reason([](Challenge& c) { c.miner.bytes[0] ^= 1; }), Reason::equation);
  EXPECT_EQ(reason([](Challenge& c) { c.chain_id = "other"; }), Reason::equation);
  EXPECT_EQ(reason([](Challenge& c) { c.count += 1; }), Reason::equation);
  EXPECT_EQ(reason([](Challenge& c) { c.svc_root.bytes[0] ^= 1; }), Reason::opening);
  EXPECT_EQ(reason([](Challenge& c) { c.blocks += 1; }), Reason::opening);
  EXPECT_EQ(reason([](Challenge& c) { c.blocks = 0; }), Reason::binding);
}

TEST(Verifier, StaleAndForeignAnswersAgainstWhatWasAsked) {
  auto miner = FakeMiner::usual(1);
  const Challenge asked = miner->challenge(ProofSuite::kzg, 6, 5);
  const auto reason = [&asked](const AuditProof& p) {
    AuditVerifier v = usual_verifier();
    v.expect(asked);
    return v.judge({&p, 1}, check_seed(4))->at(0).reason;
  };
  EXPECT_EQ(reason(answer(*miner, asked)), Reason::none);
  EXPECT_EQ(reason(answer(*miner, miner->challenge(ProofSuite::kzg, 6, 4))), Reason::stale);
  EXPECT_EQ(reason(answer(*miner, miner->challenge(ProofSuite::kzg, 7, 5))), Reason::binding);
  EXPECT_EQ(reason(answer(*miner, miner->challenge(ProofSuite::merkle, 6, 5))), Reason::binding);
  Challenge chain = asked;
  chain.chain_id = "elsewhere";
  EXPECT_EQ(reason(answer(*miner, chain)), Reason::binding);
  auto other = FakeMiner::usual(2);
  EXPECT_EQ(reason(answer(*other, other->challenge(ProofSuite::kzg, 6, 5))), Reason::binding);
  // Another miner's answer under the right challenge.
  AuditProof stolen = answer(*other, other->challenge(ProofSuite::kzg, 6, 5));
  stolen.challenge = asked;
  EXPECT_EQ(reason(stolen), Reason::opening);
}

TEST(Verifier, FirstGoodAnswerCounts) {
  const AuditProof good = small_proof();
  AuditProof bad = good;
  flip_bit(bad.groups[0].compact, 900);
  AuditVerifier v = usual_verifier();
  v.expect(good.challenge);
  EXPECT_EQ(v.unanswered().size(), 1U);
  // A false answer does not use up the challenge: anybody may have sent it.
  const std::vector<AuditProof> all = {bad, good, good};
  const auto verdicts = v.judge(all, check_seed(2));
  ASSERT_TRUE(verdicts);
  EXPECT_EQ(verdicts->at(0).reason, Reason::equation);
  EXPECT_EQ(verdicts->at(1).reason, Reason::none);
  EXPECT_EQ(verdicts->at(2).reason, Reason::submitted);
  EXPECT_EQ(v.judge({&good, 1}, check_seed(3))->at(0).reason, Reason::submitted);
  EXPECT_TRUE(v.unanswered().empty());
}

TEST(Verifier, UnansweredChallengesAreNamed) {
  auto a = FakeMiner::usual(1);
  auto b = FakeMiner::usual(2);
  AuditVerifier v = usual_verifier();
  v.expect(a->challenge(ProofSuite::kzg, 3));
  v.expect(b->challenge(ProofSuite::kzg, 3));
  const AuditProof proof = answer(*a, a->challenge(ProofSuite::kzg, 3));
  ASSERT_TRUE(v.judge({&proof, 1}, check_seed(1)));
  const auto missing = v.unanswered();
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].miner, b->miner());
  EXPECT_EQ(missing[0].reason, Reason::missing);
}

TEST(Verifier, RefusesWrongSetsOfParts) {
  auto miner = FakeMiner::usual(1);
  const AuditProof good = answer(*miner, miner->challenge(ProofSuite::kzg, 40));
  ASSERT_EQ(good.groups.size(), 2U);
  ASSERT_GE(good.leaves.size(), 2U);
  const auto reason = [&good](auto change) {
    AuditProof p = good;
    change(p);
    return reason_for(p);
  };
  EXPECT_EQ(reason([](AuditProof& p) { p.groups.pop_back(); }), Reason::group);
  EXPECT_EQ(reason([](AuditProof& p) { p.groups.clear(); }), Reason::group);
  EXPECT_EQ(reason([](AuditProof& p) { p.groups.push_back(p.groups[0]); }), Reason::group);
  EXPECT_EQ(reason([](AuditProof& p) { std::swap(p.groups[0], p.groups[1]); }), Reason::group);
  EXPECT_EQ(reason([](AuditProof& p) { std::swap(p.groups[0].compact, p.groups[1].compact); }),
            Reason::equation);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves.pop_back(); }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves.push_back(p.leaves[0]); }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { std::swap(p.leaves[0], p.leaves[1]); }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves[0].k ^= 1; }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves[0].data[0] ^= 1; }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves[0].path[0].bytes[0] ^= 1; }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves[0].descriptor.root.bytes[0] ^= 1; }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.leaves[0].descriptor.segment ^= 1; }), Reason::leaf);
  EXPECT_EQ(reason([](AuditProof& p) { p.openings.pop_back(); }), Reason::opening);
  EXPECT_EQ(reason([](AuditProof& p) { p.openings.clear(); }), Reason::opening);
  EXPECT_EQ(reason([](AuditProof& p) { p.suite = ProofSuite::kzg_full; }), Reason::suite);
}

/// A leaf answer must be of the leaf that was asked for, however well another one fits.
TEST(Verifier, AnotherLeafOfTheSameBlockIsRefused) {
  FakeMiner miner(5);
  miner.add(untagged_fragment(600, kBlockSize));
  AuditProof p = answer(miner, miner.challenge(ProofSuite::merkle, 1));
  const Bytes& data = miner.fragment(0).data;
  std::vector<Hash256> leaves(leaf_count(data.size()));
  hash_leaves(leaves, data);
  for (std::uint64_t leaf = 0; leaf < leaves.size(); ++leaf) {
    AuditProof other = p;
    const ByteView bytes = ByteView(data).subspan(leaf * kLeafSize, kLeafSize);
    other.leaves[0].data.assign(bytes.begin(), bytes.end());
    other.leaves[0].path = merkle_path(leaves, leaf);
    const bool asked = other.leaves[0].data == p.leaves[0].data;
    EXPECT_EQ(reason_for(other), asked ? Reason::none : Reason::leaf);
  }
}

/// An index entry that says other things of a fragment than its descriptor does.
TEST(Verifier, EntriesMustAgreeWithDescriptors) {
  for (int lie = 0; lie < 3; ++lie) {
    FakeMiner miner(6);
    const TaggerId other = tagger(1).pub.head.id;
    miner.add_as(tagged_fragment(0, 700, 2 * kBlockSize), lie == 2 ? 1 : 2,
                 lie == 1 ? other : tagger(0).pub.head.id);
    const AuditProof p = answer(miner, miner.challenge(ProofSuite::merkle, 3));
    EXPECT_EQ(reason_for(p), lie == 0 ? Reason::none : Reason::leaf) << lie;
  }
}

TEST(Verifier, UnknownTaggerIsTheProofsFaultOnly) {
  const AuditProof a = small_proof();
  FakeMiner miner(10);
  miner.add(tagged_fragment(1, 501, 1024));
  const AuditProof b = answer(miner, miner.challenge(ProofSuite::kzg, 2));
  AuditVerifier v(1);
  ASSERT_TRUE(v.add_tagger(encode_tagger_public(tagger(0).pub)));
  const std::vector<AuditProof> both = {a, b};
  const auto verdicts = v.judge(both, check_seed(1));
  ASSERT_TRUE(verdicts);
  EXPECT_EQ(verdicts->at(0).reason, Reason::none);
  EXPECT_EQ(verdicts->at(1).reason, Reason::tagger);
}

TEST(Verifier, CompactAndFullVerdictsAgree) {
  for (int fault = 0; fault < 4; ++fault) {
    auto miner = FakeMiner::usual(1);
    if (fault == 1) miner->fragment(0).data[9] ^= 1;
    if (fault == 2) std::swap(miner->fragment(1).data[0], miner->fragment(1).data[1]);
    if (fault == 3) {
      // The tags of two blocks of one fragment change places.
      Bytes& tags = miner->fragment(0).tags.tags;
      std::swap_ranges(tags.begin(), tags.begin() + kTagSize, tags.begin() + kTagSize);
    }
    const Reason compact = reason_for(answer(*miner, miner->challenge(ProofSuite::kzg, 40)));
    const Reason full = reason_for(answer(*miner, miner->challenge(ProofSuite::kzg_full, 40)));
    EXPECT_EQ(compact, full) << fault;
    EXPECT_EQ(compact, fault == 0 ? Reason::none : Reason::equation) << fault;
  }
}

TEST(Verifier, FullProofsOfWrongShape) {
  const AuditProof good = small_proof(ProofSuite::kzg_full);
  AuditVerifier v = usual_verifier();  // one for all: checking a key list takes half a second
  const auto reason = [&](auto change) {
    AuditProof p = good;
    change(p.groups[0]);
    return v.judge({&p, 1}, check_seed(1))->at(0).reason;
  };
  EXPECT_EQ(reason([](GroupProof& g) { g.mu.pop_back(); }), Reason::scalar);
  EXPECT_EQ(reason([](GroupProof& g) { g.mu.resize(g.mu.size() + 64 * 32); }), Reason::scalar);
  EXPECT_EQ(reason([](GroupProof& g) { g.sigma.pop_back(); }), Reason::scalar);
  EXPECT_EQ(reason([](GroupProof& g) { std::fill_n(g.mu.begin(), 32, 0xff); }), Reason::scalar);
  EXPECT_EQ(reason([](GroupProof& g) { g.mu[0] ^= 1; }), Reason::equation);
  EXPECT_EQ(reason([](GroupProof& g) { g.mu[g.mu.size() / 2] ^= 1; }), Reason::equation);
  EXPECT_EQ(reason([](GroupProof& g) { g.sigma[0] ^= 0x20; }), Reason::equation);
  EXPECT_EQ(reason([](GroupProof&) {}), Reason::none);
}

TEST(Verifier, NamesExactlyTheLiarsOfABatchOnAnyNumberOfThreads) {
  std::vector<AuditProof> proofs;
  std::vector<std::unique_ptr<FakeMiner>> miners;
  for (std::uint64_t i = 0; i < 24; ++i) {
    miners.push_back(std::make_unique<FakeMiner>(1000 + i));
    miners.back()->add(tagged_fragment(i % 2, 2000 + i, 1024 * (1 + i)));
    if (i == 5 || i == 17) miners.back()->fragment(0).data[3] ^= 1;
    proofs.push_back(answer(*miners.back(), miners.back()->challenge(ProofSuite::kzg, 3)));
  }
  for (const unsigned threads : {1U, 2U, 5U}) {
    AuditVerifier v = usual_verifier(threads);
    const auto verdicts = v.judge(proofs, check_seed(threads));
    ASSERT_TRUE(verdicts);
    for (std::size_t i = 0; i < proofs.size(); ++i) {
      EXPECT_EQ(verdicts->at(i).reason, i == 5 || i == 17 ? Reason::equation : Reason::none) << i;
      EXPECT_EQ(verdicts->at(i).miner, miners[i]->miner());
    }
  }
}

TEST(Verifier, ErrorsCraftedToCancelAreFound) {
  FakeMiner a(1), b(2);
  a.add(tagged_fragment(0, 1, 1024));
  b.add(tagged_fragment(0, 2, 1024));
  std::vector<AuditProof> both = {answer(a, a.challenge(ProofSuite::kzg, 2)),
                                  answer(b, b.challenge(ProofSuite::kzg, 2))};
  const auto shift = [](AuditProof& p, const bls::G1& delta) {
    Bytes& bytes = p.groups[0].compact;
    const auto moved = *bls::G1::parse(ByteView(bytes).first(48)) + delta;
    const auto out = moved.compress();
    std::copy(out.begin(), out.end(), bytes.begin());
  };
  shift(both[0], bls::G1::generator());
  shift(both[1], bls::G1::generator().negate());
  AuditVerifier v = usual_verifier();
  const auto verdicts = v.judge(both, check_seed(1));
  ASSERT_TRUE(verdicts);
  EXPECT_EQ(verdicts->at(0).reason, Reason::equation);
  EXPECT_EQ(verdicts->at(1).reason, Reason::equation);
}

TEST(Verifier, ListInPlaceOfOpenings) {
  auto miner = FakeMiner::usual(1);
  for (const auto suite : kSuites) {
    ProverOptions options;
    options.openings = false;
    const auto proof = answer_challenge(*miner, miner->challenge(suite, 20), options);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(proof->openings.empty());
    EXPECT_EQ(reason_for(*proof), Reason::opening);
    AuditVerifier v = usual_verifier();
    v.set_index(miner->list(), miner->totals());
    EXPECT_EQ(v.judge({&*proof, 1}, check_seed(1))->at(0).reason, Reason::none);
    auto other = FakeMiner::usual(2);
    AuditVerifier w = usual_verifier();
    w.set_index(other->list(), other->totals());
    EXPECT_EQ(w.judge({&*proof, 1}, check_seed(1))->at(0).reason, Reason::binding);
  }
}

TEST(Verifier, FalseTaggerFilesAreRefused) {
  AuditVerifier v(1);
  Bytes file = encode_tagger_public(tagger(0).pub);
  EXPECT_FALSE(v.add_tagger({}));
  EXPECT_FALSE(v.add_tagger(ByteView(file).first(file.size() - 1)));
  Bytes bent = file;
  bent[80] ^= 1;
  EXPECT_FALSE(v.add_tagger(bent));
  // Another list is another tagger: nobody's fragments name it.
  bent = file;
  bent[kTaggerHeadSize + 48 * 100 + 47] ^= 1;
  ASSERT_TRUE(v.add_tagger(bent));
  const AuditProof proof = small_proof();
  EXPECT_EQ(v.judge({&proof, 1}, check_seed(1))->at(0).reason, Reason::tagger);
}

TEST(Verdict, HasOneForm) {
  AuditVerdict v;
  v.epoch = 4;
  const std::string zero(64, '0');
  EXPECT_EQ(write_json(verdict_to_json(v, 3)),
            R"({"schema":"cess.verdict/1","line":3,"miner_id":")" + zero +
                R"(","epoch":4,"suite":"1","ok":true})");
  v.reason = Reason::opening;
  EXPECT_EQ(write_json(verdict_to_json(v, 0)),
            R"({"schema":"cess.verdict/1","miner_id":")" + zero +
                R"(","epoch":4,"suite":"1","ok":false,"reason":"opening"})");
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::equation); ++i) {
    names.insert(reason_name(static_cast<Reason>(i)));
  }
  EXPECT_EQ(names.size(), 13U);
}

}  // namespace
}  // namespace cess
