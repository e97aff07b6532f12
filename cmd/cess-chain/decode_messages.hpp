// SPDX-License-Identifier: Apache-2.0
// What nodes say to each other, and what a validator keeps of its votes, as JSON: votes and
// proposals, the messages of doc/formats/node-messages.md, the frames they travel in
// (doc/formats/peer.md), the voter record. Each as cess.decoded/1, or nothing if it is another
// thing: every format is strict, to its last byte.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "chain/consensus/types.hpp"
#include "json/json.hpp"

namespace cess {

Json signed_vote_to_json(const consensus::SignedVote& vote);

std::optional<Json> decode_voter_slot(ByteView bytes);
std::optional<Json> decode_consensus_message(ByteView bytes);
std::optional<Json> decode_node_message(ByteView bytes);
/// Whole chunks with whole messages, at most 16,384 of them, each on a channel that carries it.
std::optional<Json> decode_frames(ByteView bytes);

}  // namespace cess
