// SPDX-License-Identifier: Apache-2.0
// Answers from the fillers of a store: the proof of a commitment, and both rounds of an epoch.
#pragma once

#include <string>

#include "idle/folder.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"

namespace cess::idle {

/// Needs the layers of the challenged fillers: those kept in the store, or in the folder `scratch`
/// by a maker that had it too, or made again there (`memory_bytes` as for making). What is there of
/// them is removed after. Code::no when a filler is not
/// there, Code::usage when layers are needed and `scratch` is empty.
Result<pois::BatchProof> prove_batch(const IdleFolder& folder, const pois::Batch& batch,
                                     const Hash256& beacon, const std::string& scratch,
                                     std::uint64_t memory_bytes);

/// Round 1: the answer of every live filler, by rising number. Code::no when one is not there.
Result<std::vector<Hash256>> answer_epoch(const IdleFolder& folder,
                                          const pois::EpochChallenge& challenge);
/// Round 2: the openings that `beacon` draws after pois::answers_root(answers) was fixed; `skipped`
/// as for pois::opened_files.
Result<pois::EpochProof> open_epoch(const IdleFolder& folder, const pois::EpochChallenge& challenge,
                                    const std::vector<Hash256>& answers, const Hash256& beacon,
                                    std::uint64_t skipped = 0);
/// The root of the mountain range over the commitments of all numbers below `rear`.
Result<Hash256> files_root(const IdleFolder& folder, std::uint64_t rear);

}  // namespace cess::idle
