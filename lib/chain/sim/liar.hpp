// SPDX-License-Identifier: Apache-2.0
// The mind of a lying validator: it runs the honest core and falsifies what leaves it, and adds
// what an honest validator never says. Liars of one world work together: they know each other's
// keys and alternative blocks.
#pragma once

#include <deque>
#include <memory>

#include "chain/sim/node.hpp"
#include "chain/sim/options.hpp"

namespace cess::sim {

/// What the liars of a world share.
struct Plot {
  struct Other {
    consensus::Round round = 0;
    consensus::Digest digest;
    consensus::BlockBytes block;
  };
  std::map<consensus::Height, std::vector<Other>> blocks;  ///< to vote for, both sides of a fork
  std::vector<Node*> liars;
  std::optional<consensus::PublicKey> rogue;
  std::vector<consensus::PublicKey> victims;
  std::uint64_t rogue_number = 0;
};

class LiarMind {
 public:
  LiarMind(World& world, Node& node, std::uint32_t lies, std::shared_ptr<Plot> plot);

  void started();
  void incoming(const consensus::MessagePtr& message);
  void outgoing(NodeId to, const consensus::MessagePtr& message);

 private:
  [[nodiscard]] bool does(std::uint32_t lie) const { return (lies_ & lie) != 0; }
  void tick();
  void proposal(NodeId to, const consensus::Proposal& p);
  void vote(NodeId to, const consensus::VoteMessage& v);
  void certificate(NodeId to, const consensus::Certificate& c);
  void round_change(NodeId to, const consensus::RoundChange& r);

  // Things to say on one's own account.
  void vote_for_all(const consensus::CoreView& v);
  void propose_wrongly(const consensus::CoreView& v);
  void forge_certificate(const consensus::CoreView& v);
  void use_rogue_key(const consensus::CoreView& v);
  void overhear(const consensus::Message& message);
  void accuse();
  void accuse(const consensus::Evidence& evidence);

  void send(NodeId to, consensus::Message message);
  void send_all(const consensus::Message& message);
  void join_plot(const consensus::Vote& vote, const consensus::BlockBytes& block);
  /// Another block on the same parent, signed for the same place.
  [[nodiscard]] std::optional<consensus::Proposal> other_proposal(const consensus::Proposal& p,
                                                                  bool bad);
  [[nodiscard]] consensus::SignedVote sign(Node& as, const consensus::Vote& vote) const;
  [[nodiscard]] std::vector<consensus::SignedVote> poor_justification(const consensus::Vote& vote);

  World* world_;
  Node* node_;
  std::uint32_t lies_;
  std::shared_ptr<Plot> plot_;
  Random random_;
  std::uint64_t generation_ = 0;
  std::deque<consensus::MessagePtr> past_;
  std::map<std::pair<consensus::Height, consensus::Round>, std::vector<consensus::SignedVote>>
      round_changes_;
  std::map<consensus::Digest, consensus::Proposal> others_;  // made for a digest, once
  std::optional<consensus::Certificate> seen_;
  std::deque<consensus::SignedVote> commits_, proposals_;  // of others
  std::map<consensus::Digest, Header> headers_;
};

}  // namespace cess::sim
