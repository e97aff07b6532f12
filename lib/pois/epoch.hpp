// SPDX-License-Identifier: Apache-2.0
// The proof of an epoch, in two rounds: the root over one label of every live filler, due before
// anybody knows which will be opened; then the labels of the drawn ones, shown to be those that the
// miner committed to when it made them. Bytes: doc/formats/idle-proofs.md.
#pragma once

#include <vector>

#include "pois/challenge.hpp"
#include "pois/commit.hpp"

namespace cess::pois {

/// A drawn filler's answer: its label at the asked node, and why that is the one.
struct Opening {
  Hash256 label;
  Hash256 columns_root;       ///< comm_c; comm_r follows from label and path
  std::vector<Hash256> path;  ///< siblings in the tree of labels, log2 n of them, bottom up
  friend bool operator==(const Opening&, const Opening&) = default;
};

struct EpochProof {
  Params params;
  std::vector<Opening> openings;      ///< of the drawn fillers, by rising number
  std::vector<Hash256> answers_path;  ///< from their answers to the answers' root
  std::vector<Hash256> files_path;    ///< from their commitments to the mountain range's root
  friend bool operator==(const EpochProof&, const EpochProof&) = default;
};

/// For 64 drawn fillers of 2^40, each with a path of its own: no proof is larger.
constexpr std::size_t kEpochPathMax = std::size_t{kOpenedFiles} * 40;
constexpr std::size_t kEpochProofSizeMax =
    20 + kOpenedFiles * (2 + kLog2NodesMax) * 32 + 2 * kEpochPathMax * 32;

Bytes encode_epoch_proof(const EpochProof& proof);
/// Strict: what it accepts encodes to the same bytes. Code::input.
Result<EpochProof> parse_epoch_proof(ByteView bytes);

/// The root over the answers of all live fillers, in order of number.
Hash256 answers_root(std::span<const Hash256> answers);
/// H(0x02 ‖ LE64 count ‖ the tree's root): a mountain range (merkle/mmr.hpp) of `count` leaves.
Hash256 range_root(std::uint64_t count, const Hash256& tree_root);

/// Whether `proof` opens what `beacon` draws after `root` was fixed as the answer to `challenge`
/// (which has passed check_epoch); `skipped` as for opened_files. Pure; one thread.
[[nodiscard]] bool verify_epoch(const EpochChallenge& challenge, const Hash256& root,
                                const Hash256& beacon, const EpochProof& proof,
                                std::uint64_t skipped = 0);

}  // namespace cess::pois
