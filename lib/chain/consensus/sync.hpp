// SPDX-License-Identifier: Apache-2.0
// Catching up by certificates: blocks come in ranges from several peers, each is checked against
// the committee of its era and handed over in order. Sans I/O, one thread, bounded memory whatever
// peers send. One certificate is verified per range: the blocks before it are bound by parent
// digests, and each one's own certificate stands in the next header.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "chain/consensus/core.hpp"

namespace cess::consensus {

struct SyncLimits {
  std::size_t range_blocks = 64;                     ///< asked for at once
  std::size_t range_bytes = std::size_t{16} << 20U;  ///< a larger answer is junk
  std::size_t ranges_in_flight = 4;
  std::size_t peers_max = 64;
  TimeMs answer_ms = 5000;         ///< a slower peer is passed over
  std::uint32_t failures_max = 3;  ///< unanswered requests until a peer rests
  TimeMs rest_ms = 30'000;  ///< then its word counts for nothing, until it speaks again later
};

namespace sync_event {
/// A peer says (or its certificate shows) that it has all blocks from `oldest` up to `height`.
struct PeerHeight {
  PeerId peer = 0;
  Height height = 0;
  Height oldest = 1;
};
struct PeerGone {
  PeerId peer = 0;
};
/// Answer to Ask: consecutive blocks from the height asked for, at least one unless the peer has
/// none, and a COMMIT-QC of the last.
struct Range {
  PeerId peer = 0;
  Height first = 0;
  std::vector<BlockBytes> blocks;
  std::optional<Certificate> last;
};
/// The chain stands at `height` (next to be decided), above which `committee` rules.
struct Stand {
  Height height = 0;
  Digest parent;
  CommitteePtr committee;
};
struct Tick {};
}  // namespace sync_event
using SyncEvent = std::variant<sync_event::PeerHeight, sync_event::PeerGone, sync_event::Range,
                               sync_event::Stand, sync_event::Tick>;

namespace sync_action {
struct Ask {
  PeerId peer = 0;
  Height first = 0;
  std::size_t count = 0;
};
/// The next block, verified. Give it to the core as event::Synced; after Advanced say Stand.
struct Deliver {
  Height height = 0;
  BlockBytes block;
  Certificate certificate;
};
/// Nothing is asked of this peer: any more, for it lied; or for a while, for it does not answer.
struct Drop {
  PeerId peer = 0;
  std::string reason;
  bool lied = false;
};
struct SetTimer {
  TimeMs at_ms = 0;
};
}  // namespace sync_action
using SyncAction =
    std::variant<sync_action::Ask, sync_action::Deliver, sync_action::Drop, sync_action::SetTimer>;
using SyncActions = std::vector<SyncAction>;

class Sync {
 public:
  Sync(const Hash256& chain, const BlockReader& reader, Verifier& verifier, SyncLimits limits);
  ~Sync();
  Sync(Sync&&) noexcept;
  Sync& operator=(Sync&&) noexcept;

  SyncActions step(const SyncEvent& event, TimeMs now_ms);
  /// Highest height that a peer claims who is neither dropped nor resting, and who could show it.
  [[nodiscard]] Height best_height() const;
  /// Most peers are ahead and keep no block that comes next here, and nobody else has it: only a
  /// later state helps. (One peer's word is not enough: it would be free to say so.)
  [[nodiscard]] bool left_behind() const;
  /// Bytes held of blocks not yet delivered.
  [[nodiscard]] std::size_t held_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::consensus
