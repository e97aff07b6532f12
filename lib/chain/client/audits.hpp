// SPDX-License-Identifier: Apache-2.0
// A miner's side of an audit: what is it asked, when may it answer, and its answer as calls.
#pragma once

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
/// In a few words, for people: "the window of epoch 7 begins at block 120".
std::string describe(const AuditTurn& turn);

/// A proof as the calls that carry it, in order; more than one if untagged fragments' leaves do not
/// fit a transaction. Code::input: of another suite than the chain's.
Result<std::vector<audits::SubmitProof>> submissions_of(const AuditProof& proof);

}  // namespace cess::client
