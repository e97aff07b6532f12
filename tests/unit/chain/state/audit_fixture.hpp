// SPDX-License-Identifier: Apache-2.0
// Storage miners with real fragments, tags and proofs for tests of audits on chain: the index in a
// state follows that of a miner's own store. Files that include it say   // links: audit podr2
#pragma once

#include <gtest/gtest.h>

#include "chain/state/audits/document.hpp"
#include "chain/state/audits/judge.hpp"
#include "unit/audit/fake_miner.hpp"

namespace cess::test {

/// A miner whose disk is memory and whose name is an account.
class ChainMiner final : public FakeMiner {
 public:
  explicit ChainMiner(const AccountId& account) : FakeMiner(0), account_(account) {}
  [[nodiscard]] const AccountId& account() const { return account_; }
  MinerId miner() override { return MinerId::from(account_.view()); }

  /// Stores a fragment and puts it into its index on chain.
  FragId keep(State& state, StoredTestFragment f) {
    const Descriptor d = f.tags.descriptor;
    const auto id = add(std::move(f));
    const auto status = index_append(state, account_, {id, d.length, d.tagger});
    EXPECT_TRUE(status) << status.error().message;
    return id;
  }

  /// What it sends for a challenge. Code::no if it lost something that was asked.
  Result<audits::SubmitProof> reply(const Challenge& c) {
    CESS_TRY_ASSIGN(const auto proof, answer_challenge(*this, c, {1, false, {}}));
    audits::SubmitProof out;
    out.epoch = c.epoch;
    out.challenge = challenge_seed(c);
    for (const auto& g : proof.groups) out.groups.push_back({g.tagger, g.compact});
    for (const auto& l : proof.leaves) {
      out.leaves.push_back({l.k, encode_descriptor(l.descriptor), l.data, l.path});
    }
    return out;
  }

 private:
  AccountId account_;
};

/// Fragments of `blocks` whole blocks under tagger 0.
inline StoredTestFragment whole_fragment(std::uint64_t seed, std::size_t blocks) {
  return tagged_fragment(0, seed, blocks * kBlockSize);
}

}  // namespace cess::test
