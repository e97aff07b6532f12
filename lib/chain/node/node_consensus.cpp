// SPDX-License-Identifier: Apache-2.0
// The core's actions, carried out.
#include "chain/node/detail/node_impl.hpp"
#include "sys/clock.hpp"
#include "sys/random.hpp"

namespace cess::node {

using namespace consensus;  // NOLINT: this file is about nothing else

namespace {

constexpr std::size_t kBlockBytesMax = std::size_t{6} << 20U;  // of transactions in one block
constexpr std::size_t kBlockTxnsMax = 20'000;
constexpr std::uint64_t kFetchAgainMs = 300;
constexpr std::size_t kKeptBlocksMax = 16;

std::uint64_t wall_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000 +
         static_cast<std::uint64_t>(t.tv_nsec) / 1'000'000;
}

std::uint64_t now_us() { return system_clock().monotonic_ns() / 1000; }

}  // namespace

void Node::feed(Event event) {
  events_.push_back(std::move(event));
  if (feeding_ || failed_ || !core_) return;
  feeding_ = true;
  while (!events_.empty() && !failed_) {
    const Event next = std::move(events_.front());
    events_.pop_front();
    for (const Action& action : core_->step(next, loop_.now_ms())) {
      std::visit([this](const auto& a) { act(a); }, action);
    }
  }
  feeding_ = false;
}

void Node::send_vote(const net::NodeKey& to, const net::SharedBytes& bytes, bool proposal) {
  peers_->send(to, proposal ? wire::kProposals : wire::kVotes, bytes);
}

void Node::act(const action::Send& a) {
  const auto& members = ledger_->committee().members;
  if (a.to >= members.size()) return;
  const auto bytes = std::make_shared<const Bytes>(encode_message(*a.message));
  send_vote(net::NodeKey::from(members[a.to].node_key), bytes,
            std::holds_alternative<Proposal>(*a.message));
}

void Node::act(const action::Broadcast& a) {
  const auto bytes = std::make_shared<const Bytes>(encode_message(*a.message));
  const bool proposal = std::holds_alternative<Proposal>(*a.message);
  const bool to_all = std::holds_alternative<CertificateMessage>(*a.message);
  const net::NodeKey own = peers_->own_key();
  std::set<net::NodeKey> members;
  for (const auto& m : ledger_->committee().members) members.insert(net::NodeKey::from(m.node_key));
  for (const auto& [key, peer] : by_key_) {
    if (key != own && (to_all || members.contains(key))) send_vote(key, bytes, proposal);
  }
}

void Node::act(const action::Reply& a) {
  if (const Peer* peer = peer_of(a.peer)) {
    send_vote(peer->key, std::make_shared<const Bytes>(encode_message(*a.message)),
              std::holds_alternative<Proposal>(*a.message));
  }
}

void Node::act(const action::Persist& a) {
  ++counters_.persist_count;
  const auto record = decode_voter_record(a.record);
  const Height height = record ? record->last.height : ledger_->height() + 1;
  disk_->run(
      [this, a, height]() -> Status {
        if (a.block)
          CESS_TRY(store_->apply(ChainStore::pending_changes(height, a.digest, *a.block)));
        return voter_->write(a.slot, a.record);
      },
      [this, sequence = a.sequence](const Status& status) {
        if (status) return feed(event::RecordPersisted{sequence});
        feed(event::RecordFailed{status.error().message});
        fail_node(status.error());
      });
}

void Node::act(const action::SetTimer& a) {
  loop_.cancel_timer(core_timer_);
  core_timer_ = 0;
  if (a.at_ms == ~TimeMs{0}) return;
  const std::uint64_t now = loop_.now_ms();
  core_timer_ =
      loop_.start_timer(a.at_ms > now ? a.at_ms - now : 0, alive([this] { feed(event::Tick{}); }));
}

void Node::act(const action::Build& a) {
  build_ = a;
  if (a.allow_empty || pool_.any_ready()) loop_.post(alive([this] { build_now(); }));
}

void Node::build_now() {
  if (!build_ || failed_ || closing_) return;
  const action::Build a = *build_;
  if (a.height != ledger_->height() + 1 || !keys_.vrf_seed) {
    build_.reset();
    return;
  }
  if (!a.allow_empty && !pool_.any_ready()) return;
  build_.reset();
  const std::uint64_t start = now_us();
  const auto own = ledger_->voters()->index_of(signer_->key());
  if (!own) return;
  ledger::BuildInput in;
  in.wall_ms = wall_ms();
  in.proposer = ledger_->committee().members[*own].account;
  in.vrf_seed = &*keys_.vrf_seed;
  in.parent_certificate = a.parent_certificate;
  for (const PoolTxnPtr& txn :
       pool_.select({ledger_->weight_max(), kBlockBytesMax, kBlockTxnsMax}, a.height)) {
    in.txns.push_back(txn->bytes);
    in.read.push_back(txn->read);
  }
  for (const auto& [who, known] : evidence_) in.evidence.push_back(known.bytes);
  std::vector<TxnHash> left_out;
  const auto built =
      std::make_shared<const ledger::ParsedBlock>(ledger_->build_parsed(in, left_out));
  const auto block = std::make_shared<const Bytes>(encode_block(built->block));
  if (parsed_.size() >= kKeptBlocksMax) parsed_.clear();
  parsed_.emplace(ledger::digest_of(built->hash), built);  // who made it need not read it
  for (const TxnHash& hash : left_out) pool_.remove(hash);
  ++counters_.proposals_built;
  counters_.build_us += now_us() - start;
  feed(event::Built{a.height, a.round, block});
}

ledger::ParsedPtr Node::parsed_of(const Digest& digest, ByteView bytes) {
  if (const auto it = parsed_.find(digest); it != parsed_.end()) return it->second;
  auto parsed = ledger::parse_whole(bytes);
  if (!parsed) return nullptr;
  if (parsed_.size() >= kKeptBlocksMax) parsed_.clear();
  parsed_.emplace(digest, *parsed);
  return *parsed;
}

void Node::keep_block(const Digest& digest, const BlockBytes& block) {
  if (blocks_.size() >= kKeptBlocksMax) blocks_.clear();
  blocks_[digest] = {ledger_->height() + 1, block};
}

void Node::act(const action::Validate& a) {
  keep_block(a.digest, a.block);
  const ledger::ParsedPtr parsed = parsed_of(a.digest, *a.block);
  if (!parsed) return feed(event::Validated{a.height, a.digest, event::Verdict::refused, {}});
  // Signatures not checked before go to the checker's threads; then the block is judged on the
  // loop.
  std::vector<std::shared_ptr<const Bytes>> unknown;
  for (std::size_t i = 0; i < parsed->txns.size(); ++i) {
    if (!pool_.find(parsed->txns[i].hash))
      unknown.push_back(std::make_shared<const Bytes>(parsed->block.txns[i]));
  }
  if (unknown.empty()) return judge(a, parsed);
  const bool taken = checker_->check(
      std::move(unknown), [this, a, parsed](const std::vector<CheckedTxn>& checked) {
        for (const CheckedTxn& c : checked) {
          if (!c.status)
            return feed(event::Validated{a.height, a.digest, event::Verdict::refused, {}});
        }
        judge(a, parsed);
      });
  if (!taken) feed(event::Validated{a.height, a.digest, event::Verdict::refused, {}});
}

void Node::judge(const action::Validate& a, const ledger::ParsedPtr& parsed) {
  event::Validated out{a.height, a.digest, event::Verdict::refused, {}};
  if (a.height == ledger_->height() + 1) {
    const std::uint64_t start = now_us();
    ledger::ValidateInput in;
    in.fresh = a.fresh;
    in.proposer = a.proposer;
    in.wall_ms = wall_ms();
    in.verified = [](const TxnHash&) { return true; };
    const ledger::Judgement judged = ledger_->validate(*parsed, in);
    out.verdict = judged.verdict;
    out.proof = judged.proof;
    counters_.validate_us += now_us() - start;
    if (judged.verdict != event::Verdict::valid) {
      ++counters_.proposals_refused;
      log("proposal of block " + std::to_string(a.height) + " refused: " + judged.why);
    }
  }
  feed(out);
}

void Node::act(const action::Fetch& a) {
  if (const auto it = blocks_.find(a.digest); it != blocks_.end()) {
    return feed(event::Fetched{0, a.digest, it->second.second});
  }
  if (const auto stored = store_->pending_block(a.digest); stored && *stored) {
    return feed(event::Fetched{0, a.digest, std::make_shared<const Bytes>(**stored)});
  }
  if (a.peer) {
    if (const Peer* peer = peer_of(*a.peer)) send(peer->key, wire::AskBlock{a.height, a.digest});
  }
  if (fetching_.emplace(a.digest, a.height).second) fetch_again(a.height, a.digest);
}

/// Another peer each time, until the height is past.
void Node::fetch_again(Height height, const Digest& digest) {
  loop_.start_timer(kFetchAgainMs, alive([this, height, digest] {
                      if (ledger_->height() >= height || blocks_.contains(digest) || closing_) {
                        fetching_.erase(digest);
                        return;
                      }
                      if (!by_key_.empty()) {
                        std::uint8_t chance = 0;
                        system_random().fill(MutByteView(&chance, 1));
                        auto it = by_key_.begin();
                        std::advance(it, chance % by_key_.size());
                        send(it->first, wire::AskBlock{height, digest});
                      }
                      fetch_again(height, digest);
                    }));
}

void Node::act(const action::Commit& a) {
  const ledger::ParsedPtr parsed = parsed_of(a.digest, *a.block);
  if (!parsed)
    return fail_node({Code::system,
                      "cannot read a final block at height " + std::to_string(a.height),
                      "block",
                      {}});
  commit(a, parsed);
}

void Node::act(const action::Report& a) {
  if (const auto* suspect = std::get_if<consensus::InvalidProposal>(&a.evidence))
    return suspects_.add(*suspect);
  add_evidence(encode_evidence(a.evidence));
}

void Node::act(const action::RequestSync& a) {
  feed_sync(sync_event::PeerHeight{a.peer, a.height});
}

void Node::act(const action::Penalise& a) {
  if (const Peer* peer = peer_of(a.peer)) misbehaved(peer->key, 20, a.reason);
}

void Node::act(const action::Alarm& a) { log("consensus: " + a.message); }

}  // namespace cess::node
