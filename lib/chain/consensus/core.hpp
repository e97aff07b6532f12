// SPDX-License-Identifier: Apache-2.0
// C-QBFT: QBFT (Moniz, arXiv 2002.03613) in which votes travel through collectors that make one
// aggregate certificate of them. Sans I/O: step(event, now) returns actions, and nothing else
// happens. No clock, thread, file, socket or chance; the same events give the same actions. One
// thread.
//
// The caller carries out the actions of one step in their order. What must not be sent before the
// voter record is durable is not in the list: it comes out of the step that hears RecordPersisted.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chain/consensus/committee.hpp"
#include "chain/consensus/crypto_port.hpp"
#include "chain/consensus/evidence.hpp"
#include "chain/consensus/header_view.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/consensus/voter_record.hpp"

namespace cess::consensus {

/// Times in milliseconds. The same on all validators of a chain, from its specification.
struct Timing {
  TimeMs delta_ms = 200;          ///< δ: most a message takes between honest nodes, usually
  TimeMs round_ms = 2000;         ///< T0; more than 5 δ and the validation of a block
  TimeMs round_ms_max = 60000;    ///< T0·2^r stops growing here
  TimeMs interval_ms_min = 1000;  ///< from entering a height to asking for its block
  TimeMs interval_ms_max = 3000;  ///< from entering a height to asking for an empty one
  TimeMs grace_ms = 20;           ///< a collector waits so long for stragglers after a quorum
};

struct Config {
  Hash256 chain;  ///< chain id: hash of the genesis
  Timing timing;
  std::size_t block_size_max = kBlockSizeMaxDefault;
  /// Stop voting when a signature of the own key shows up that the record does not know: an old
  /// record, or a twin. Off only for the liars of a simulation.
  bool heed_twins = true;
};

/// Who votes. Without a signer the core is an observer: it follows certificates.
struct Voter {
  Signer* signer = nullptr;  ///< outlives the core
  /// As load_voter_record gave it. Without one the core does not vote until the first height of
  /// `resume_era`, which must be an era after the one that was current when the loss was noticed by
  /// a node in sync; without that, not at all.
  std::optional<VoterRecord> record;
  std::optional<Era> resume_era;
  Hash256 place;               ///< VoterStorage::place(), for a record begun at resume_era
  std::uint64_t sequence = 0;  ///< last_voter_sequence(), likewise
};

/// Where the chain stands when the core is made: after start, and after a state sync.
struct Position {
  Height height = 1;  ///< the next to be decided
  Digest parent;      ///< digest of height - 1
  /// COMMIT-QC of the parent; absent after genesis.
  std::optional<Certificate> parent_certificate;
  CommitteePtr committee;         ///< of `height`
  CommitteePtr parent_committee;  ///< of height - 1, if it is another
};

/// Any name the caller has for the other end of a link; comes back in Reply, Fetch and Penalise.
using PeerId = std::uint64_t;

namespace event {
/// Once, first.
struct Started {};
/// A message arrived. `from`: the validator (of the committee of the current height) that the link
/// itself authenticates, if it is one.
struct Received {
  PeerId peer = 0;
  std::optional<ValidatorIndex> from;
  MessagePtr message;
};
/// A link to validator `from` (of the committee of the current height) came up. It may have missed
/// what was said in this round, and would wait for the next one.
struct Connected {
  PeerId peer = 0;
  ValidatorIndex from = 0;
};
/// The time asked for by SetTimer has come (earlier or later does no harm).
struct Tick {};
/// Answer to Build. May also never come (an empty pool), then the core asks again.
struct Built {
  Height height = 0;
  Round round = 0;
  BlockBytes block;
};
enum class Verdict : std::uint8_t {
  valid,    ///< all of chain.md's rules hold; the body is at hand
  refused,  ///< not voted for, nobody's provable fault (time outside the window, data missing)
  invalid,  ///< wrong whoever looks at it; `proof` convinces BlockJudge
};
/// Answer to Validate.
struct Validated {
  Height height = 0;
  Digest digest;
  Verdict verdict = Verdict::refused;
  Bytes proof;
};
/// The record of this sequence number, and all before it, are durable.
struct RecordPersisted {
  std::uint64_t sequence = 0;
};
/// It could not be written. The core signs nothing any more.
struct RecordFailed {
  std::string message;
};
/// Answer to Fetch, from the own disk or a peer. The core checks that the bytes are the block.
struct Fetched {
  PeerId peer = 0;
  Digest digest;
  BlockBytes block;
};
/// A block of the current height that Sync has verified with its certificate.
struct Synced {
  BlockBytes block;
  Certificate certificate;
};
/// After Commit: the block is stored (and executed, as far as `committee` depends on it).
struct Advanced {
  Height height = 0;  ///< the next to be decided: the committed one + 1
  CommitteePtr committee;
};
}  // namespace event

using Event = std::variant<event::Started, event::Received, event::Connected, event::Tick,
                           event::Built, event::Validated, event::RecordPersisted,
                           event::RecordFailed, event::Fetched, event::Synced, event::Advanced>;

namespace action {
/// To one validator of the current committee; never to oneself.
struct Send {
  ValidatorIndex to = 0;
  MessagePtr message;
};
/// To all other validators of the current committee, and (certificates only) to observers.
struct Broadcast {
  MessagePtr message;
};
/// To the peer a message came from.
struct Reply {
  PeerId peer = 0;
  MessagePtr message;
};
/// Make `block` durable (found again by its digest until its height is committed), then `record` in
/// `slot`, then say RecordPersisted{sequence}. There is never a second one before the answer to the
/// first: a record in the air must not tear the slot that holds the last durable one.
struct Persist {
  std::uint64_t sequence = 0;
  std::size_t slot = 0;
  Bytes record;
  Digest digest;     ///< of block
  BlockBytes block;  ///< null: none to keep
};
/// Say Tick at this time. Replaces the time asked for before.
struct SetTimer {
  TimeMs at_ms = 0;
};
/// Build a block of `height` on `parent`, whose certificate goes into the header, then say Built.
/// Without `allow_empty`, wait for transactions first; a later Build replaces this one.
struct Build {
  Height height = 0;
  Round round = 0;
  Digest parent;
  std::optional<Certificate> parent_certificate;
  bool allow_empty = false;
};
/// Check the block, then say Validated. Keep the last few blocks of a height at hand until it is
/// committed: peers may Fetch what was voted for. What the core has checked already: form, height,
/// era, parent, parent's certificate, proposer's turn and signature. `fresh`: the first proposal of
/// this block, so its proposer must be `proposer` and its time within the window of the local
/// clock; otherwise only the rules that do not depend on when and by whom it is looked at.
struct Validate {
  Height height = 0;
  Round round = 0;
  Digest digest;
  BlockBytes block;
  bool fresh = false;
  ValidatorIndex proposer = 0;
};
/// Find the block by digest: on the own disk, then from peers (`peer` has it, if present), again
/// and again until the height is committed; then say Fetched.
struct Fetch {
  Height height = 0;
  Digest digest;
  std::optional<PeerId> peer;
};
/// The block is final. Store block and certificate in one atomic batch, execute, say Advanced.
/// Votes for the next height rest on it: a record that is persisted after Advanced must not become
/// durable before the batch (else all could lose the block and none may vote for it again).
struct Commit {
  Height height = 0;
  Digest digest;
  BlockBytes block;
  Certificate certificate;
};
/// Bring this before the chain.
struct Report {
  Evidence evidence;
};
/// Somebody is at `height`, which is above mine. `verified`: by a valid COMMIT-QC; otherwise the
/// committee that could tell is not known yet, and it is one peer's word.
struct RequestSync {
  Height height = 0;
  PeerId peer = 0;
  bool verified = false;
};
/// The peer sent what no honest node sends.
struct Penalise {
  PeerId peer = 0;
  std::string reason;
};
/// For the operator; the core goes on, but as said.
struct Alarm {
  std::string message;
};
}  // namespace action

using Action =
    std::variant<action::Send, action::Broadcast, action::Reply, action::Persist, action::SetTimer,
                 action::Build, action::Validate, action::Fetch, action::Commit, action::Report,
                 action::RequestSync, action::Penalise, action::Alarm>;
using Actions = std::vector<Action>;

/// For status pages, tests and the simulator's checkers.
struct CoreView {
  Height height = 0;
  Round round = 0;
  bool committing = false;  ///< Commit is out, Advanced not yet heard
  bool voting = false;      ///< in the committee, with a usable record
  std::optional<ValidatorIndex> own;
  std::optional<Round> prepared_round;
  Digest prepared_digest;
  Vote last_signed;
  /// COMMIT-QC of height - 1 as this node knows it now, with late signers.
  std::optional<Certificate> parent_certificate;
};

class Core {
 public:
  /// `reader` and `verifier` outlive the core. Misuse (no committee, a certificate that is not the
  /// parent's) is a broken invariant.
  Core(const Config& config, const BlockReader& reader, Verifier& verifier, Voter voter,
       Position position);
  ~Core();
  Core(Core&&) noexcept;
  Core& operator=(Core&&) noexcept;

  /// `now_ms` never goes back.
  Actions step(const Event& event, TimeMs now_ms);
  [[nodiscard]] CoreView view() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Code::input if the times contradict each other (T0 too short, minimum above maximum).
Status check_timing(const Timing& timing);

}  // namespace cess::consensus
