// SPDX-License-Identifier: Apache-2.0
// Accusing the honest: whatever two objects of others could be taken for evidence by a rule that is
// a little too wide. Sent past every check of one's own.
#include "chain/consensus/evidence.hpp"
#include "chain/sim/liar.hpp"
#include "chain/sim/node_keys.hpp"
#include "chain/sim/world.hpp"

namespace cess::sim {

using namespace consensus;

namespace {

constexpr std::size_t kHeard = 120;

void keep(std::deque<SignedVote>& list, const SignedVote& vote) {
  list.push_back(vote);
  if (list.size() > kHeard) list.pop_front();
}

}  // namespace

void LiarMind::overhear(const Message& message) {
  if (const auto* v = std::get_if<VoteMessage>(&message)) {
    if (v->vote.vote.kind == Kind::commit) keep(commits_, v->vote);
  } else if (const auto* p = std::get_if<Proposal>(&message)) {
    const auto parsed = world_->reader().parse(*p->block);
    if (parsed == nullptr) return;
    keep(proposals_, p->vote);
    if (headers_.size() > kHeard) headers_.clear();
    headers_[p->vote.vote.digest] = parsed->block.header;
  }
}

void LiarMind::accuse(const Evidence& evidence) {
  const Bytes bytes = encode_evidence(evidence);
  world_->note("accused");
  node_->app().report(bytes);
  for (NodeId n = 0; n < world_->node_count(); ++n) {
    if (n != node_->id()) world_->send(node_->id(), n, wire::make(wire::Evidence{bytes}));
  }
}

void LiarMind::accuse() {
  // A COMMIT and a later round change of one signer, and a certificate and one.
  for (const auto& [turn, changes] : round_changes_) {
    for (const SignedVote& change : changes) {
      for (const SignedVote& commit : commits_) {
        if (commit.signer == change.signer && commit.vote.height == turn.first &&
            commit.vote.round < turn.second && random_.chance(200)) {
          accuse(Amnesia{commit, change});
        }
      }
      if (seen_ && seen_->kind == Kind::commit && seen_->height == turn.first &&
          seen_->round < turn.second && seen_->signers.has(change.signer) && random_.chance(200)) {
        accuse(CertificateAmnesia{*seen_, change});
      }
    }
  }
  // A proposal and what became final at its height, or at the one before.
  if (proposals_.empty()) return;
  const SignedVote& said = proposals_[random_.below(proposals_.size())];
  const auto header = headers_.find(said.vote.digest);
  const Height h = said.vote.height - (random_.chance(500) ? 0 : 1);
  const auto right = std::static_pointer_cast<const StoredBlock>(node_->disk().get(block_key(h)));
  if (header == headers_.end() || right == nullptr) return;
  const auto parsed = world_->reader().parse(*right->block);
  if (parsed == nullptr) return;
  const ledger::InvalidHeaderProof proof{encode_scale(header->second),
                                         encode_scale(parsed->block.header),
                                         encode_certificate(right->certificate)};
  accuse(InvalidProposal{said, encode_scale(proof)});
  // Two honest proposals of one height, in different rounds.
  const SignedVote& other = proposals_[random_.below(proposals_.size())];
  if (other.vote.height == said.vote.height && said.vote.digest < other.vote.digest)
    accuse(TwoVotes{said, other});
}

}  // namespace cess::sim
