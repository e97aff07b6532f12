// SPDX-License-Identifier: Apache-2.0
// One node's state machine: chain/ledger behind the simulator's application.
#include "chain/sim/state_app.hpp"

#include <algorithm>

#include "chain/state/offences/offences.hpp"
#include "crypto/sha256.hpp"

namespace cess::sim {

using consensus::event::Verdict;

namespace {

constexpr std::size_t kTxnsPerBlock = 500;
constexpr std::size_t kTxnsPerSender = 16;

struct StateSnapshot {
  std::shared_ptr<const StateWorld::Pairs> pairs;
  ledger::Position position;
  std::vector<consensus::PublicKey> convicted;
};

}  // namespace

StateApp::StateApp(StateWorld& world) : world_(&world), ledger_(world.genesis_ledger()) {}

bool StateApp::has_work() const { return !pool_.empty() || !evidence_.empty(); }

void StateApp::submit(const Bytes& txn) {
  auto read = read_txn(txn);
  if (!read) return;
  const auto& body = read->txn.body;
  const auto& state = ledger_->state();
  if (body.nonce < accounts::account(state, body.sender).nonce) return;
  auto& queue = pool_[body.sender];
  if (queue.size() < kTxnsPerSender) {
    queue.try_emplace(body.nonce, std::make_shared<const Bytes>(txn));
  }
}

void StateApp::report(const Bytes& evidence) {
  const auto proven = ledger_->offences_of(evidence);
  const bool news =
      std::ranges::any_of(proven, [&](const Offence& o) { return ledger_->is_news(o); });
  if (news && evidence_.size() < 100) evidence_.emplace(sha256(evidence), evidence);
}

Block StateApp::build(const BuildInput& in) {
  ledger::BuildInput b;
  b.wall_ms = in.wall_ms;
  b.proposer = world_->account(in.own);
  b.vrf_seed = &world_->vrf_seed(in.own);
  b.parent_certificate = in.parent_certificate;
  for (const auto& [sender, queue] : pool_) {
    for (const auto& [nonce, txn] : queue) {
      if (b.txns.size() < kTxnsPerBlock) b.txns.push_back(txn);
    }
  }
  for (const auto& [id, bytes] : evidence_) b.evidence.push_back(bytes);
  std::vector<TxnHash> left_out;
  Block block = ledger_->build(b, left_out);
  if (in.variant != 0) block.header.time_ms += in.variant % 7;
  if (in.wrong_root) block.header.state_root.bytes[0] ^= 1;
  return block;
}

Verdict StateApp::validate(const ParsedBlock& block, bool fresh,
                           const consensus::PublicKey& proposer, std::uint64_t wall_ms) {
  const auto whole = world_->parse(block);
  if (whole == nullptr) return Verdict::refused;
  ledger::ValidateInput in;
  in.fresh = fresh;
  in.wall_ms = wall_ms;
  in.proposer = ledger_->voters()->index_of(proposer).value_or(consensus::kCommitteeMax);
  in.verified = [this](const TxnHash& hash) { return world_->signature_known(hash); };
  return ledger_->validate(*whole, in).verdict;
}

void StateApp::execute(const ParsedBlock& block) {
  const auto whole = world_->parse(block);
  CESS_CHECK(whole != nullptr);
  const BlockResult result = ledger_->execute(*whole);
  for (const ReadTxn& t : whole->txns) {
    const auto found = pool_.find(t.txn.body.sender);
    if (found == pool_.end()) continue;
    found->second.erase(found->second.begin(), found->second.upper_bound(t.txn.body.nonce));
    if (found->second.empty()) pool_.erase(found);
  }
  std::erase_if(evidence_, [&](const auto& entry) {
    const auto proven = ledger_->offences_of(entry.second);
    return std::ranges::none_of(proven, [&](const Offence& o) { return ledger_->is_news(o); });
  });
  for (const EventRecord& e : result.receipts.front().events) {
    if (e.module != offences::kModule || e.kind != 0) continue;
    const auto c = decode_scale<offences::Convicted>(e.data, "event");
    if (c) convicted_.push_back(world_->key_of(c->offender));
  }
  last_ = std::make_shared<const BlockResult>(result);
}

Value StateApp::snapshot() const {
  return std::make_shared<StateSnapshot>(
      StateSnapshot{world_->pairs_of(ledger_->state(), ledger_->position().state_root),
                    ledger_->position(), convicted_});
}

void StateApp::restore(const Value& snapshot) {
  const auto s = std::static_pointer_cast<const StateSnapshot>(snapshot);
  ledger_ = world_->restore(*s->pairs, s->position);
  convicted_ = s->convicted;
  pool_.clear();
  evidence_.clear();
}

std::string StateApp::broken_invariant() const {
  const Status ok = ledger_->runtime().check_invariants(ledger_->state());
  return ok ? std::string() : ok.error().message;
}

}  // namespace cess::sim
