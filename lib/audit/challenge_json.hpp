// SPDX-License-Identifier: Apache-2.0
// The challenge as a JSON document, cess.challenge/1 (doc/formats/audit-documents.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/json.hpp"
#include "podr2/challenge.hpp"

namespace cess {

/// Bytes of a challenge document that a reader accepts.
constexpr std::size_t kChallengeLineMax = 4096;

Json challenge_to_json(const Challenge& c);
/// Strict about types, lengths and the limits of check_challenge; Code::input naming the field.
Result<Challenge> challenge_from_json(const JsonView& view);
/// One document; `what` names it in messages ("line 3").
Result<Challenge> parse_challenge(std::string_view text, std::string_view what);

/// "Nothing to answer now", where a challenge is expected (cess.no_challenge/1): what asks on a
/// schedule can tell it from a failure. The prover copies the line to its proofs.
struct NoChallenge {
  MinerId miner;
  std::string why;  ///< for people
};
Json no_challenge_to_json(const NoChallenge& n);
/// Nothing if the text is another document, or none.
std::optional<NoChallenge> parse_no_challenge(std::string_view text);

}  // namespace cess
