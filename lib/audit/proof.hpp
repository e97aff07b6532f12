// SPDX-License-Identifier: Apache-2.0
// The answer of one miner to one challenge, and its JSON document cess.proof/1
// (doc/formats/audit-documents.md). A proof carries what a verifier without the miner's service
// index needs: the challenge itself and, for every index entry that was hit, its membership path.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "json/json.hpp"
#include "merkle/sum_tree.hpp"
#include "podr2/challenge.hpp"
#include "podr2/descriptor.hpp"

namespace cess {

/// The answer for all asked blocks that one tagger tagged. Sizes are judged by the verifier, not
/// by the reader: a proof of the wrong length is a false proof, not a malformed document.
struct GroupProof {
  TaggerId tagger;
  Bytes compact;  ///< suite 1: sigma 48 ‖ psi 48 ‖ y 32
  Bytes sigma;    ///< suite 1u: 48 bytes
  Bytes mu;       ///< suite 1u: s coefficients of 32 bytes, little-endian
};

/// The answer for asked block number `k`, whose fragment has no tags or whose challenge is suite 2.
struct LeafAnswer {
  std::uint32_t k = 0;
  Descriptor descriptor;  ///< of the fragment; hashes to the frag_id of the index entry
  Bytes data;             ///< the sampled leaf
  std::vector<Hash256> path;
};

/// One entry of the service index with its path to svc_root.
struct Opening {
  std::uint64_t position = 0;
  IndexEntry entry;
  std::vector<SumNode> path;
};

struct AuditProof {
  Challenge challenge;
  ProofSuite suite = ProofSuite::kzg;  ///< what the answer claims to be; judged by the verifier
  std::vector<GroupProof> groups;      ///< ascending tagger id
  std::vector<LeafAnswer> leaves;      ///< ascending k
  std::vector<Opening> openings;  ///< ascending position; empty when the verifier holds the list
};

/// Bytes of one proof document that a reader accepts: the largest suite 2 answer fits.
constexpr std::size_t kProofLineMax = std::size_t{128} << 20U;

Json proof_to_json(const AuditProof& proof);
/// Strict about types, hex and counts; Code::input naming the field.
Result<AuditProof> parse_proof(std::string_view text, std::string_view what);

}  // namespace cess
