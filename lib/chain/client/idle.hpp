// SPDX-License-Identifier: Apache-2.0
// A miner's side of idle space on the chain: what its fillers are asked now, and what it answers,
// as calls (chain/state/idle; documents of lib/pois).
#pragma once

#include <optional>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/client/send.hpp"
#include "chain/state/idle/idle.hpp"
#include "pois/documents.hpp"

namespace cess::client {

/// The chain's idle space as a miner needs it for a look.
struct IdleView {
  NodeInfo info;
  TimeMs time_ms = 0;  ///< of the newest block
  idle_space::Params params;
  idle_space::Space space;
  miners::Miner miner;
  pois::Owner owner;  ///< whose fillers, as the chain names them
};
/// Code::no when `miner` is not a miner.
Result<IdleView> idle_view(Rpc& rpc, const AccountId& miner);

/// What is asked, at most one of both, and otherwise why nothing is.
struct IdleTurn {
  /// The first round; with opening_beacon the second.
  std::optional<pois::EpochDocument> round;
  /// The proof of a commitment.
  std::optional<pois::BatchDocument> batch;
  std::string why;
};
/// The epoch's: `round` or `why`, which is empty when there is no round or no filler in it.
Result<IdleTurn> idle_round(Rpc& rpc, const IdleView& now, const AccountId& miner);
/// The commitment's: `batch` or `why`, which is empty when nothing is committed to.
Result<IdleTurn> idle_batch(Rpc& rpc, const IdleView& now, const AccountId& miner);

/// A proof that waits for its judges, as it is announced (cess.idle_blob/1).
struct IdleBlob {
  idle_space::Kind kind = idle_space::Kind::batch;
  pois::Owner owner;
  std::uint64_t number = 0;  ///< the first filler of the batch, or the epoch
  Hash256 digest;            ///< SHA-256 of its bytes
  std::uint64_t size = 0;
  friend bool operator==(const IdleBlob&, const IdleBlob&) = default;
};
Json idle_blob_to_json(const IdleBlob& blob);
/// Code::input.
Result<IdleBlob> parse_idle_blob(std::string_view text, std::string_view what);

/// What to send for a line that `cess-prove idle answer` printed: an answered first round or a
/// blob. Nothing when it is another document. Code::input: of another chain or miner than `now` is
/// about, or not answered.
Result<std::optional<CallData>> idle_submission(const IdleView& now, std::string_view line,
                                                const std::string& what);

}  // namespace cess::client
