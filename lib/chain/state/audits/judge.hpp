// SPDX-License-Identifier: Apache-2.0
// From an answer to a verdict. What was asked follows from the challenge and the index as of the
// snapshot; no path or opening travels in a transaction.
//
// Batch: all proofs of a block are one equation of pairings, weighted with 128-bit coefficients
// that are derived from the parent's hash and from every proof in the batch. They are public, so
// the usual argument (random to the prover) becomes Fiat and Shamir's: whoever wants a false proof
// to pass must find proofs whose errors cancel under coefficients that change with each try, 2^-128
// a try. In return all nodes compute the same verdict, even then. A batch that fails is halved
// until the false proofs stand alone; a proof that stands alone is judged without coefficients.
#pragma once

#include "chain/state/audits/audits.hpp"
#include "podr2/verify.hpp"

namespace cess::audits {

/// Where the draws of a challenge fall.
struct Asked {
  std::vector<Draw> draws;
  struct Group {
    TaggerId tagger;
    std::vector<ChallengedBlock> blocks;
  };
  std::vector<Group> groups;  ///< ascending tagger
  /// Draws on untagged fragments, ascending k: the fragment and the block inside it.
  struct Leaf {
    std::uint32_t k = 0;
    ServiceEntry entry;
    std::uint32_t block = 0;
  };
  std::vector<Leaf> leaves;
  std::vector<std::uint64_t> positions;  ///< of the entries that were hit, ascending, distinct
};
Asked locate(const Challenge& challenge, IndexView& view);

/// Whether `leaf` answers `asked` drawn with `draw`.
bool leaf_is_right(const LeafProof& leaf, const Asked::Leaf& asked, const Draw& draw);

/// One complete answer, ready for the batch.
struct Claims {
  Asked asked;
  std::vector<GroupAnswer> answers;  ///< as asked.groups, one by one
  bls::Scalar z;
};
/// The verdict of each answer: the first of its groups' that is not right. `lines` has every tagger
/// of the groups. The seed decides coefficients only.
std::vector<Verdict> judge_batch(const std::vector<Claims>& claims,
                                 const std::map<TaggerId, TaggerLines>& lines,
                                 const CheckSeed& seed);
/// A verdict's reason as lib/audit names it: "" for right.
std::string reason_of(Verdict verdict);

}  // namespace cess::audits
