// SPDX-License-Identifier: Apache-2.0
// Events of the files module.
#pragma once

#include "chain/state/files/files.hpp"

namespace cess::files {

/// Event 0: all roots are here and fit the fid; miners are drawn in the next block.
struct Declared {
  Fid fid;
  AccountId owner;
  std::uint64_t deal = 0;
  std::uint64_t stored_bytes = 0;
  CESS_RECORD(fid, owner, deal, stored_bytes)
};
/// Event 1: a miner was drawn for a slot.
struct Assigned {
  Fid fid;
  std::uint64_t deal = 0;
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  AccountId miner;
  Height due = 0;
  CESS_RECORD(fid, deal, stripe, column, miner, due)
};
/// Event 2.
struct Stored {
  Fid fid;
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  AccountId miner;
  CESS_RECORD(fid, stripe, column, miner)
};
/// Event 3.
struct ReceiptRefused {
  Fid fid;
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  std::string why;
  CESS_RECORD(fid, stripe, column, why)
};
/// Event 4: placing, active, lost, deleting, failed.
struct StateChanged {
  Fid fid;
  FileState state = FileState::placing;
  std::string reason;
  CESS_RECORD(fid, state, reason)
};
/// Event 5: a draw did not find miners enough, or some were late.
struct DrawFailed {
  Fid fid;
  std::uint32_t attempt = 0;
  std::string reason;
  CESS_RECORD(fid, attempt, reason)
};
/// Event 6.
struct OwnerAdded {
  Fid fid;
  AccountId owner;
  CESS_RECORD(fid, owner)
};
/// Event 7.
struct OwnerRemoved {
  Fid fid;
  AccountId owner;
  CESS_RECORD(fid, owner)
};
/// Event 8: the record is gone.
struct Forgotten {
  Fid fid;
  CESS_RECORD(fid)
};
/// Event 9.
struct Offered {
  Fid fid;
  AccountId from;
  AccountId to;
  Height until = 0;
  CESS_RECORD(fid, from, to, until)
};
/// Event 10.
struct Challenged {
  Fid fid;
  AccountId owner;
  Hash256 seed;
  Height until = 0;
  CESS_RECORD(fid, owner, seed, until)
};
/// Event 11.
struct FragmentLost {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  AccountId miner;
  CESS_RECORD(fid, segment, column, miner)
};
/// Event 12.
struct RestoralOpened {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  CESS_RECORD(fid, segment, column)
};
/// Event 13: with the seed of the proof, once it is drawn.
struct RestoralClaimed {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  AccountId miner;
  Hash256 seed;
  Height until = 0;
  CESS_RECORD(fid, segment, column, miner, seed, until)
};
/// Event 14.
struct Restored {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  AccountId miner;
  CESS_RECORD(fid, segment, column, miner)
};

enum EventKind : std::uint8_t {
  kDeclared,
  kAssigned,
  kStored,
  kReceiptRefused,
  kStateChanged,
  kDrawFailed,
  kOwnerAdded,
  kOwnerRemoved,
  kForgotten,
  kOffered,
  kChallenged,
  kFragmentLost,
  kRestoralOpened,
  kRestoralClaimed,
  kRestored,
};

}  // namespace cess::files
