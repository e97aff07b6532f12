// SPDX-License-Identifier: Apache-2.0
// The JSON documents of idle space (doc/formats/idle-proofs.md): what a miner commits to, what it
// is asked, how it answers. Readers refuse what check_batch and check_epoch refuse. Code::input.
#pragma once

#include <optional>
#include <string_view>

#include "json/json.hpp"
#include "pois/epoch.hpp"

namespace cess::pois {

constexpr std::size_t kIdleDocumentMax = std::size_t{1} << 20U;  ///< the longest: a proof in hex

/// cess.idle_commit/1; with a beacon cess.idle_commit_challenge/1, which asks for the proof.
struct BatchDocument {
  Batch batch;
  std::optional<Hash256> beacon;
  friend bool operator==(const BatchDocument&, const BatchDocument&) = default;
};
Json batch_to_json(const BatchDocument& doc);
Result<BatchDocument> parse_batch_document(std::string_view text, std::string_view what);

/// cess.idle_challenge/1 grows as an epoch goes on: the challenge; with the root of its answers;
/// with the beacon that says which fillers to open.
struct EpochDocument {
  EpochChallenge challenge;
  std::optional<Hash256> answers_root;
  std::optional<Hash256> opening_beacon;  ///< never without answers_root
  std::uint64_t skipped = 0;              ///< as of opened_files; 0 without opening_beacon
  friend bool operator==(const EpochDocument&, const EpochDocument&) = default;
};
Json epoch_to_json(const EpochDocument& doc);
Result<EpochDocument> parse_epoch_document(std::string_view text, std::string_view what);

/// cess.idle_proof/1: a document with both, and the openings.
struct EpochProofDocument {
  EpochDocument asked;
  Bytes proof;  ///< encode_epoch_proof; not parsed here
};
Json epoch_proof_to_json(const EpochProofDocument& doc);
Result<EpochProofDocument> parse_epoch_proof_document(std::string_view text, std::string_view what);
/// Whether a line of JSON says it is a cess.idle_proof/1; no more is read of it.
bool is_epoch_proof_document(std::string_view line);

/// The verdict on a document: its text as a reason, empty when the proof is good.
std::string judge_epoch_document(const EpochProofDocument& doc);

}  // namespace cess::pois
