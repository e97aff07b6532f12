// SPDX-License-Identifier: Apache-2.0
// The answer to commit_challenges for a whole batch, as bytes (doc/formats/idle-proofs.md). Tens of
// megabytes for large fillers: sent to the drawn verifiers, never put on the chain.
#pragma once

#include <vector>

#include "pois/challenge.hpp"
#include "pois/commit.hpp"

namespace cess::pois {

struct FileProof {
  std::uint64_t file_no = 0;
  CommitProof proof;
};

struct BatchProof {
  Params params;
  std::vector<FileProof> files;  ///< the challenged ones, rising
};

/// All challenges with their parents, each with a path of its own: no proof is larger.
constexpr std::size_t kBatchProofSizeMax = std::size_t{32} << 20U;

Bytes encode_batch_proof(const BatchProof& proof);
/// Strict: what it accepts encodes to the same bytes. Code::input.
Result<BatchProof> parse_batch_proof(ByteView bytes);

/// Whether `proof` answers the challenges that `beacon` draws for `batch` (which has passed
/// check_batch). Pure; one thread.
[[nodiscard]] bool verify_batch(Graph& graph, const Batch& batch, const Hash256& beacon,
                                const BatchProof& proof);

}  // namespace cess::pois
