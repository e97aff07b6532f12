// SPDX-License-Identifier: Apache-2.0
// What a miner is asked about its fillers: nodes of a batch that was just committed to, one node of
// every live filler in an epoch, and the fillers to open once the answers are fixed. All of it is
// hashes of what the chain holds and of a beacon that came after it (doc/formats/idle-proofs.md).
// Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "pois/params.hpp"

namespace cess::pois {

constexpr std::uint32_t kBatchFilesMax = 1024;     ///< fillers under one commitment
constexpr std::uint32_t kCommitChallenges = 1440;  ///< q: nodes drawn for a batch
constexpr std::uint32_t kOpenedFiles = 64;         ///< q_e: fillers drawn in an epoch
constexpr std::size_t kHoleRangesMax = 64;
constexpr std::uint64_t kFileNumbersMax = std::uint64_t{1} << 40U;  ///< numbers are below it

/// Consecutive fillers that a miner commits to at once.
struct Batch {
  Owner owner;
  std::uint64_t first = 0;
  std::vector<Hash256> comms;  ///< commitment_hash of each
  friend bool operator==(const Batch&, const Batch&) = default;
};
/// Code::input naming the field.
Status check_batch(const Batch& batch);
/// H("CESS-POIS-BATCH-v1" ‖ LE32 len ‖ chain_id ‖ miner_id ‖ params ‖ LE64 first ‖ LE32 count ‖
/// comms).
Hash256 batch_digest(const Batch& batch);

/// The challenged nodes of one filler: rising, each once, not none.
struct FileNodes {
  std::uint64_t file_no = 0;
  std::vector<std::uint32_t> nodes;
  friend bool operator==(const FileNodes&, const FileNodes&) = default;
};
/// kCommitChallenges draws with replacement over the nodes of all fillers of `batch`, which has
/// passed check_batch: the fillers drawn, rising.
std::vector<FileNodes> commit_challenges(const Batch& batch, const Hash256& beacon);

/// [first, end) are no longer, or were never, kept.
struct HoleRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  friend bool operator==(const HoleRange&, const HoleRange&) = default;
};

/// The fillers that must answer: numbers [front, rear) without the holes.
struct LiveSet {
  std::uint64_t front = 0;
  std::uint64_t rear = 0;
  std::vector<HoleRange> holes;  ///< rising, apart, inside [front, rear)
  [[nodiscard]] std::uint64_t count() const;
  /// The index-th live number; index < count().
  [[nodiscard]] std::uint64_t number(std::uint64_t index) const;
  [[nodiscard]] bool contains(std::uint64_t file_no) const;
  friend bool operator==(const LiveSet&, const LiveSet&) = default;
};
/// Code::input.
Status check_live(const LiveSet& live);

/// One epoch's challenge of one miner, as the chain fixed it before the beacon was known.
struct EpochChallenge {
  Owner owner;
  std::uint32_t epoch = 0;
  Hash256 beacon;
  Hash256
      files_root;  ///< of the mountain range over all commitments (file_leaf), live.rear of them
  LiveSet live;
  friend bool operator==(const EpochChallenge&, const EpochChallenge&) = default;
};
/// Code::input naming the field; a live set without a file is one, too.
Status check_epoch(const EpochChallenge& challenge);

/// What the mountain range appends for a filler: H(0x00 ‖ LE64 file_no ‖ comm).
Hash256 file_leaf(std::uint64_t file_no, const Hash256& comm);
/// H("CESS-POIS-CHAL-v1" ‖ LE32 len ‖ chain_id ‖ LE32 epoch ‖ beacon ‖ miner_id ‖ params ‖
/// files_root ‖ LE64 front ‖ LE64 rear ‖ LE32 holes ‖ (LE64 first ‖ LE64 end)* ‖ LE32 64).
Hash256 epoch_seed(const EpochChallenge& challenge);
/// LE64(H(seed ‖ LE64 file_no)[0..8]) mod n.
std::uint32_t epoch_node(const Hash256& seed, std::uint64_t file_no, const Params& params);
/// r_f = H(0x00 ‖ LE64 file_no ‖ label).
Hash256 epoch_answer(std::uint64_t file_no, const Hash256& label);
/// Which live fillers are opened, as indices into the live set: rising, each once. kOpenedFiles
/// draws with replacement from H("CESS-POIS-OPEN-v1" ‖ seed ‖ answers_root ‖ beacon). The first
/// `skipped` (< live_count) have given way since they were answered, and are not drawn.
std::vector<std::uint64_t> opened_files(const Hash256& seed, const Hash256& answers_root,
                                        const Hash256& beacon, std::uint64_t live_count,
                                        std::uint64_t skipped = 0);

}  // namespace cess::pois
