// SPDX-License-Identifier: Apache-2.0
// A miner's side of an audit: what is it asked, when may it answer, and its answer as calls.
#pragma once

#include "audit/opened_challenge.hpp"
#include "audit/proof.hpp"
#include "chain/client/rpc.hpp"
#include "chain/state/audits/audits.hpp"

namespace cess::client {

/// How a miner stands in a round.
enum class Turn : std::uint8_t {
  none,       ///< no round, or nothing that could be asked for
  early,      ///< its window has not begun
  now,        ///< an answer in the next block is taken
  submitted,  ///< answered, waits for its verdict
  late,       ///< its window is over, without an answer
  judged,     ///< has its verdict
};

struct AuditTurn {
  Turn turn = Turn::none;
  Height height = 0;  ///< after which block this holds
  Epoch epoch = 0;    ///< of the round; this and what follows mean nothing for none
  Height first = 0;   ///< first and last height of a block that may hold the answer
  Height last = 0;
  std::optional<Challenge> challenge;
  std::optional<audits::AuditResult> result;  ///< judged
};
/// In the newest round, or in the round of `epoch`.
Result<AuditTurn> audit_turn(Rpc& rpc, const AccountId& miner, std::optional<Epoch> epoch = {});
/// The challenge of a turn with all entries of the index that it falls on, as of the snapshot: what
/// cess-prove answers from. Code::peer: the node's entries are not what the challenge asks for;
/// Code::no: the round is over.
Result<OpenedChallenge> open_challenge(Rpc& rpc, const AccountId& miner,
                                       const Challenge& challenge);

/// How long a miner keeps what is no more its to keep. A fragment that leaves the index can still
/// be asked for by rounds whose snapshot was taken before, the last of them that of the newest
/// snapshot at that moment: who sees a fragment gone notes `snapshot`, and may delete it once a
/// later clock has `is_over(noted)`. To note it late, or anew after a restart, only keeps it
/// longer.
struct AuditClock {
  Epoch epoch = 0;     ///< that runs
  Epoch snapshot = 0;  ///< whose round the newest snapshot is for
  /// Windows end within their epoch.
  [[nodiscard]] bool is_over(Epoch noted) const { return epoch > noted; }
};
Result<AuditClock> audit_clock(Rpc& rpc);

/// In a few words, for people: "the window of epoch 7 begins at block 120".
std::string describe(const AuditTurn& turn);

/// A proof as the calls that carry it, in order; more than one if untagged fragments' leaves do not
/// fit a transaction. Code::input: of another suite than the chain's.
Result<std::vector<audits::SubmitProof>> submissions_of(const AuditProof& proof);

}  // namespace cess::client
