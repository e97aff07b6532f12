// SPDX-License-Identifier: Apache-2.0
// Delivering a declared file: waits for the draw, sends each miner its columns, gathers receipts
// and reports them, follows redraws, until the file is active or the chain has given it up.
// Nothing is remembered between two calls: who is killed calls it again, and it asks the chain what
// is reported and the miners what they hold.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "transfer/ports.hpp"
#include "transfer/staged.hpp"

namespace cess::transfer {

struct DeliverProgress {
  std::uint64_t bytes_sent = 0;  ///< that miners have, of all fragments; may shrink after a redraw
  std::uint64_t bytes_total = 0;
  std::uint32_t slots_reported = 0;
  std::uint32_t slots_total = 0;  ///< 0: miners are not drawn yet
  std::string why;                ///< why it waits, in words
};

/// A fragment's bytes, there for as long as `keeper` is.
struct FragmentLease {
  ByteView data;
  std::shared_ptr<const void> keeper;
};

struct DeliverOptions {
  std::size_t parallel = 8;           ///< fragments on their way at once: so many are in memory
  std::uint64_t poll_ms = 500;        ///< between looks at the chain
  std::uint32_t blocks_idle_max = 0;  ///< give up after so many blocks without any change; 0: never
  std::function<void(const DeliverProgress&)> progress;
  std::function<void(const std::string&)> warn;  ///< a miner that refuses or is away, and why
  /// Any thread: waits until a segment's tag files are in the folder; none: they are.
  std::function<Status(std::uint32_t segment)> tagged;
  /// Any thread: a fragment's bytes; none: they are in the folder.
  std::function<Result<FragmentLease>(std::uint32_t segment, std::uint16_t column)> fragment;
  std::function<bool()> go_on;  ///< false: Code::busy, to be called again later
};

/// Until the file is active. Code::no: the chain does not know it, or the deal failed; the message
/// has the chain's reason. Code::peer: the chain or (with blocks_idle_max) miners cannot be
/// reached. What `tagged`, `fragment` or the folder fail with ends it too.
Status deliver(const Staged& staged, ChainPort& chain, MinerLinks& links,
               const DeliverOptions& options);

}  // namespace cess::transfer
