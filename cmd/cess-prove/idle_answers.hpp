// SPDX-License-Identifier: Apache-2.0
// A miner's answers about its fillers and the folder where they wait: the answers of the first
// round until the second (some of their fillers may be gone by then), and proofs, named by their
// SHA-256, for the judges to whom `cess-store serve` hands them out.
#pragma once

#include <string>

#include "chain/client/idle.hpp"
#include "idle/folder.hpp"

namespace cess {

/// Where proofs wait (idle/blobs.hpp), and what time it is: the chain's or this machine's.
struct BlobFolder {
  std::string folder;
  std::uint64_t now_ms = 0;
};

/// Answers the first round: `doc` gets its answers_root, the answers are kept.
Status answer_round(const idle::IdleFolder& folder, pois::EpochDocument& doc,
                    const std::string& blobs);
/// Opens what the second round draws; the proof waits in `blobs`. Code::no: the fillers do not give
/// the answers of the first round.
Result<client::IdleBlob> open_round(const idle::IdleFolder& folder, const pois::EpochDocument& doc,
                                    const BlobFolder& blobs);
/// The proof of a commitment waits in `blobs`; `scratch` and `memory_bytes` as of
/// idle::prove_batch.
Result<client::IdleBlob> prove_commitment(const idle::IdleFolder& folder,
                                          const pois::BatchDocument& doc, const BlobFolder& blobs,
                                          const std::string& scratch, std::uint64_t memory_bytes);

}  // namespace cess
