// SPDX-License-Identifier: Apache-2.0
// A challenge with the entries of the service index that it falls on, each shown by its path to be
// in the index with the challenge's root. Whoever answers needs no index then: the order in which a
// chain keeps a miner's index is the chain's business, and what is asked is known fragment by
// fragment. As a document: cess.challenge/1 with `openings` (doc/formats/audit-documents.md).
#pragma once

#include <string_view>
#include <vector>

#include "audit/proof.hpp"
#include "base/result.hpp"
#include "json/json.hpp"
#include "podr2/challenge.hpp"

namespace cess {

struct OpenedChallenge {
  Challenge challenge;
  std::vector<Opening> openings;  ///< as in AuditProof; empty: to be answered from one's own index
};

/// Bytes of a document that a reader accepts: 8192 entries of an index of 2^32.
constexpr std::size_t kOpenedChallengeLineMax = std::size_t{32} << 20U;

/// Whether the openings are exactly the asked entries, in order, under the challenge's root.
bool openings_fit(const OpenedChallenge& c);

Json opened_challenge_to_json(const OpenedChallenge& c);
/// One document, with openings or without. Strict about types, lengths and counts, Code::input
/// naming the field; whether openings fit is not looked at. `what` names it in messages ("line 3").
Result<OpenedChallenge> parse_opened_challenge(std::string_view text, std::string_view what);

// One opening, in challenges and in proofs.
Json opening_to_json(const Opening& o);
Result<Opening> opening_from_json(const JsonView& v);

}  // namespace cess
