// SPDX-License-Identifier: Apache-2.0
// Proofs that anyone can check without a node: that a state key had a value (cess.state_proof/1),
// that a transaction is final and what became of it (cess.finality_proof/1). doc/formats/proofs.md
// has the documents. What the checker trusts is one block hash or one specification, no more: from
// there committees certify headers (consensus/light.hpp), headers hold roots, and paths lead from
// roots to the thing. Pure; the wall clock is an argument.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "chain/consensus/crypto_port.hpp"
#include "chain/types/header.hpp"
#include "json/json.hpp"

namespace cess::light {

constexpr std::string_view kStateProofSchema = "cess.state_proof/1";
constexpr std::string_view kFinalityProofSchema = "cess.finality_proof/1";
constexpr std::size_t kProofDocumentSizeMax = 4U << 20U;
constexpr std::size_t kPathLengthMax = 4096;  ///< eras between checkpoint and proof

/// What the checker believes without proof.
struct Trust {
  BlockHash checkpoint;
  TimeMs now_ms = 0;        ///< wall clock
  TimeMs unbonding_ms = 0;  ///< a checkpoint older than that proves nothing about a later block
};

/// What a checked document says.
struct Verdict {
  std::string kind;     ///< "state" or "finality"
  Hash256 genesis;      ///< the chain the certificates name
  Height height = 0;    ///< state: the value holds after this block; finality: the block
  BlockHash block;      ///< hash of the header that was checked
  std::string raw_key;  ///< state
  std::optional<std::string> raw_value;
  TxnHash txn;  ///< finality
  std::optional<Txn> body;
  std::optional<Receipt> receipt;
};

/// Checks a document of either kind. Code::input: it is malformed; Code::no: it is well formed and
/// does not prove what it claims, or not from this checkpoint.
Result<Verdict> verify_proof(consensus::Verifier& verifier, const Trust& trust,
                             const Json& document);

}  // namespace cess::light
