// SPDX-License-Identifier: Apache-2.0
// Batches of proofs under several taggers: the wrong ones and only those are named.
#include <gtest/gtest.h>

#include "podr2_fixture.hpp"

namespace cess {
namespace {

using test::TestFragment;
using test::TestProof;

class Batch : public ::testing::Test {
 protected:
  Batch() {
    for (std::size_t i = 0; i < 100; ++i) {
      auto& t = test::tagger(i % 3);
      const TestFragment f(t.tagger, 20000 + i, 200 + i);
      proofs.emplace_back(t, std::vector{&f}, 30000 + i);
    }
  }
  std::vector<ProofClaim> claims(std::size_t count) {
    std::vector<ProofClaim> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(proofs[i].claim(test::tagger(i % 3)));
    return all;
  }
  /// Adds `by` to σ of proof i.
  void shift_sigma(std::size_t i, const bls::G1& by) {
    auto& proof = proofs[i].proof;
    const auto moved = (*bls::G1::parse(ByteView(proof).first(48)) + by).compress();
    std::copy(moved.begin(), moved.end(), proof.begin());
  }
  void expect_bad(const std::vector<std::size_t>& bad, std::size_t count = 100) {
    const auto verdicts = verify_batch(claims(count), test::check_seed(5));
    ASSERT_EQ(verdicts.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_bad = std::find(bad.begin(), bad.end(), i) != bad.end();
      EXPECT_EQ(verdicts[i], is_bad ? Verdict::wrong : Verdict::right) << i;
    }
  }
  std::vector<TestProof> proofs;
};

TEST_F(Batch, AllRight) {
  expect_bad({});
  EXPECT_TRUE(verify_batch({}, test::check_seed(1)).empty());
}

TEST_F(Batch, OneOfAHundred) {
  for (const std::size_t i : {0U, 41U, 99U}) {
    const auto saved = proofs[i];
    shift_sigma(i, bls::G1::generator());
    expect_bad({i});
    proofs[i] = saved;
  }
}

TEST_F(Batch, SeveralAndAll) {
  const std::vector<std::size_t> some = {3, 4, 17, 50, 51, 52, 98};
  for (const std::size_t i : some) shift_sigma(i, bls::G1::generator());
  expect_bad(some);
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < 20; ++i) {
    all.push_back(i);
    if (i != 3 && i != 4 && i != 17) shift_sigma(i, bls::G1::generator());
  }
  expect_bad(all, 20);
}

TEST_F(Batch, ErrorsThatCancelAreSeen) {
  // Without random weights these pairs would pass: σ1 + δ, σ2 − δ; same tagger and another one.
  const bls::G1 delta = bls::G1::generator().mul(bls::Scalar::from_u64(31337));
  shift_sigma(6, delta);
  shift_sigma(9, delta.negate());
  shift_sigma(20, delta);
  shift_sigma(40, delta.negate());
  expect_bad({6, 9, 20, 40});
  expect_bad({6, 9}, 10);
}

TEST_F(Batch, VerdictsDoNotDependOnTheSeed) {
  shift_sigma(7, bls::G1::generator());
  const auto all = claims(30);
  const auto want = verify_batch(all, test::check_seed(0));
  for (std::uint64_t s = 1; s < 5; ++s) EXPECT_EQ(verify_batch(all, test::check_seed(s)), want);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(verify_proof(all[i]), want[i]) << i;
}

}  // namespace
}  // namespace cess
