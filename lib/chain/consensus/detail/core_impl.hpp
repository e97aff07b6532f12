// SPDX-License-Identifier: Apache-2.0
// The state machine's insides. One member function per rule; the numbers are those of DESIGN.md.
// core.cpp: routing and time. core_height.cpp: heights. core_propose.cpp: rules 1, 2, 8.
// core_votes.cpp: rules 3 to 6 and 9. core_rounds.cpp: rule 7. core_record.cpp: record and signing.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "chain/consensus/core.hpp"
#include "chain/consensus/detail/vote_set.hpp"

namespace cess::consensus {

constexpr Round kRoundsAhead = 4;         // of votes that are kept
constexpr Round kRoundsBehind = 8;        // of COMMITs that are kept
constexpr TimeMs kAloneFactor = 4;        // a round that no quorum has reached lasts so much longer
constexpr unsigned kAloneDoublings = 4;   // and each further one twice as long as the one before
constexpr std::size_t kAheadPerPeer = 8;  // messages of the next height
constexpr std::size_t kVotedBlocks = 4;
constexpr std::size_t kKnownCertificates = 16;
constexpr unsigned kRepeatsPerPeer = 3;  // of what was said in a round, to one that connects anew
constexpr TimeMs kNever = ~TimeMs{0};

using Turn = std::pair<Round, Kind>;

struct KnownBlock {
  BlockBytes bytes;
  enum class State : std::uint8_t { unchecked, asked_fresh, asked, valid, refused, invalid };
  State state = State::unchecked;
  bool fetching = false;
};

struct Accepted {
  SignedVote vote;  // of the proposer
  bool has_signature = true;
  bool fresh = false;
};

// A vote waiting for its record to be durable.
struct Outgoing {
  std::uint64_t sequence = 0;
  Vote vote;
  std::shared_ptr<Proposal> proposal;   // kind proposal
  std::optional<Certificate> prepared;  // kind round_change
  bool to_all = false;
};

// A certificate that this collector will broadcast unless another one comes first.
struct Pending {
  TimeMs at_ms = 0;
  Turn turn;
  Height height = 0;
  Digest digest;
  std::size_t rank = 0;
};

// A vote that goes to all if no certificate comes.
struct Fallback {
  TimeMs at_ms = 0;
  Turn turn;
  MessagePtr message;
};

struct Core::Impl {
  Impl(const Config& config, const BlockReader& reader, Verifier& verifier, Voter voter,
       Position position);

  // ---- core.cpp
  Actions step(const Event& event, TimeMs now_ms);
  void on(const event::Started& e);
  void on(const event::Received& e);
  void on(const event::Connected& e);
  void on(const event::Tick& e);
  void on(const event::Built& e);
  void on(const event::Validated& e);
  void on(const event::RecordPersisted& e);
  void on(const event::RecordFailed& e);
  void on(const event::Fetched& e);
  void on(const event::Synced& e);
  void on(const event::Advanced& e);
  void route(const event::Received& e);
  void on_other_height(const event::Received& e, const Vote& vote);
  void on_previous_height(const event::Received& e, const Vote& vote);
  void keep_ahead(const event::Received& e);
  void hint_sync(Height height, PeerId peer, bool verified);
  [[nodiscard]] TimeMs next_deadline() const;
  void finish_step();
  [[nodiscard]] CoreView view() const;

  // ---- core_height.cpp
  void enter_height();
  void resume_from_record();
  void decide(const Certificate& certificate, std::optional<PeerId> peer);
  void try_commit();
  void replay_ahead();
  void want_block(const Digest& digest, std::optional<PeerId> peer);
  void ask_validation(const Digest& digest, bool fresh);
  void block_arrived(const Digest& digest);
  void prune_blocks();

  // ---- core_propose.cpp
  void on_proposal(const event::Received& e, const Proposal& m);
  [[nodiscard]] bool block_fits(const event::Received& e, const Proposal& m);
  [[nodiscard]] bool justified(const Proposal& m, bool& fresh);
  void accept(const SignedVote& vote, bool fresh);
  void try_prepare_vote();
  void ask_build(bool allow_empty);
  void try_propose();
  void propose(const Digest& digest, bool fresh);
  [[nodiscard]] bool is_proposer() const;

  // ---- core_votes.cpp
  void on_vote(const event::Received& e, const VoteMessage& m);
  void on_certificate(const event::Received& e, const Certificate& c);
  void count_vote(const SignedVote& vote, const std::optional<Signature>& proposal, bool trusted,
                  bool checked, PeerId peer);
  void try_certify(Turn turn, const Digest& digest);
  void apply(const Certificate& c, std::optional<PeerId> peer);
  void try_commit_vote();
  void silence(const Certificate& c, const Committee& by);
  void send_pending(const Pending& p);
  [[nodiscard]] bool check_certificate(const Certificate& c, const Committee& by);
  [[nodiscard]] bool known(const Certificate& c) const;
  void add_late(const event::Received& e, const VoteMessage& m);
  VoteSet& votes_of(Turn turn);

  // ---- core_rounds.cpp
  void enter_round(Round to, bool say_so);
  void on_round_change(const event::Received& e, const RoundChange& m);
  void count_round_change(const RoundChange& m);
  void jump();
  void keep_pace(bool quorum_here);
  [[nodiscard]] TimeMs round_time() const;

  // ---- core_record.cpp
  [[nodiscard]] bool voting() const { return can_vote && own.has_value(); }
  bool sign_later(Outgoing out);
  void release(std::uint64_t sequence);
  void dispatch(const Outgoing& out);
  void send_vote(const Outgoing& out, const Signature& signature);
  void stop_voting(std::string why);
  void check_own(const Certificate& c, const Committee& by);
  void check_own_vote(const SignedVote& v);
  void check_signed(const Vote& v);
  void maybe_resume_era();

  // ---- core_evidence.cpp
  void report(const Evidence& evidence, ValidatorIndex offender);
  void conflict(const SignedVote& first, const SignedVote& second);
  void note_proposal(const SignedVote& vote, bool checked);
  void check_amnesia(const SignedVote& round_change);
  void check_fork(const Certificate& c, PeerId peer);

  // ---- small
  template <class A>
  void emit(A&& action) {
    actions.emplace_back(std::forward<A>(action));
  }
  void send_to_all(MessagePtr message) { emit(action::Broadcast{std::move(message)}); }
  void penalise(PeerId peer, std::string reason) {
    emit(action::Penalise{peer, std::move(reason)});
  }
  [[nodiscard]] Vote vote(Kind kind, const Digest& digest) const {
    return {kind, committee->era(), height, round, digest, 0};
  }

  // ---- given
  Config config;
  const BlockReader* reader;
  Verifier* verifier;
  Voter voter;

  // ---- height
  Height height;
  Digest parent;
  std::optional<Certificate> parent_certificate;  // grows by late shares
  CommitteePtr committee;
  CommitteePtr parent_committee;  // never null after the first block
  std::optional<ValidatorIndex> own;
  std::optional<Certificate> decided;  // COMMIT-QC of this height
  bool committing = false;             // Commit is out
  std::optional<Certificate> prepared;
  std::map<Digest, KnownBlock> blocks;
  std::map<Turn, VoteSet> votes;
  std::map<Turn, Certificate> certificates;
  std::vector<Certificate> known_certificates;  // verified, whatever their use
  std::map<ValidatorIndex, RoundChange> round_changes;
  std::map<Round, std::pair<SignedVote, bool>> proposals;  // with: signature checked
  std::set<Hash256> reported;
  std::deque<Digest> voted;
  std::map<PeerId, std::vector<event::Received>> ahead;
  std::map<ValidatorIndex, PeerId> voter_peers;  // who brought shares that are not checked yet
  std::optional<VoteSet> late;  // COMMITs of height - 1 in the round it was decided

  // ---- round
  Round round = 0;
  std::optional<Accepted> accepted;
  bool prepare_voted = false, commit_voted = false, proposed = false;
  std::optional<std::pair<std::vector<SignedVote>, std::optional<Certificate>>> justification;
  MessagePtr own_round_change;
  std::vector<MessagePtr> told;                 // own proposal and votes that have left
  std::map<ValidatorIndex, unsigned> repeated;  // to whom, how often
  bool alone = false;   // no quorum is known to have come as far as this round
  unsigned lonely = 0;  // rounds in a row that ended so

  // ---- record
  VoterRecord record;
  bool can_vote = false;
  bool dirty = false;
  bool writing = false;  // a Persist is out; the next one waits for its answer
  BlockBytes block_to_keep;
  Digest block_to_keep_digest;
  std::deque<Outgoing> outbox;

  // ---- time
  TimeMs now = 0;
  TimeMs entered_ms = 0;
  TimeMs round_at = kNever, build_at = kNever, repeat_at = kNever;
  bool build_empty = false;
  std::vector<Pending> pending;
  std::vector<Fallback> fallbacks;
  TimeMs timer_at = kNever;
  TimeMs sync_hint_at = 0;
  Height sync_hint_height = 0;
  bool started = false;

  Actions actions;
};

}  // namespace cess::consensus
