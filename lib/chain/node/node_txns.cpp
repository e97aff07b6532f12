// SPDX-License-Identifier: Apache-2.0
// Transactions: checked aside, pooled, told of by hash, given on demand. A hash is announced once
// to everybody but whom it came from; bodies go only to who asks.
#include <algorithm>

#include "chain/node/detail/node_impl.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/types/address.hpp"

namespace cess::node {
namespace {

constexpr std::uint64_t kAnnounceMs = 20;
constexpr std::uint64_t kTxnAskAgainMs = 3'000;
constexpr std::size_t kAskedMax = 50'000;
constexpr std::size_t kSeenMax = 100'000;  // of a generation
constexpr std::size_t kEvidenceMax = 64;

}  // namespace

bool Node::seen_lately(const TxnHash& hash) const {
  return seen_.contains(hash) || seen_before_.contains(hash);
}

void Node::remember(const TxnHash& hash) {
  if (seen_.size() >= kSeenMax) {
    seen_before_ = std::move(seen_);
    seen_.clear();
  }
  seen_.insert(hash);
}

Status Node::add_checked(CheckedTxn&& c, const std::optional<net::NodeKey>& from) {
  ++counters_.txns_checked;
  CESS_TRY(c.status);
  const ReadTxn& read = *c.read;
  const TxnBody& body = read.txn.body;
  const auto account = accounts::account(ledger_->state(), body.sender);
  // The pool counts nonces and funds itself; here the rest of the rules are asked, as if all
  // earlier ones were there.
  SenderAhead ahead;
  ahead.count = body.nonce >= account.nonce ? body.nonce - account.nonce : 0;
  CESS_TRY(ledger_->check_txn(read, ahead));
  PoolTxn txn;
  txn.hash = read.hash;
  txn.sender = body.sender;
  txn.nonce = body.nonce;
  txn.fee = ledger_->txn_cost(read);
  txn.weight = std::max<std::uint64_t>(1, runtime_.weight(read.txn));
  txn.valid_until = body.valid_until;
  txn.bytes = std::move(c.bytes);
  txn.read = c.read;
  CESS_TRY(pool_.add(std::move(txn), {account.nonce, account.free}, ledger_->height() + 1));
  announce_soon(read.hash, from);
  if (build_ && !build_->allow_empty) build_now();
  return {};
}

void Node::submit(std::shared_ptr<const Bytes> bytes, std::function<void(Result<TxnHash>)> done) {
  std::vector<std::shared_ptr<const Bytes>> batch{std::move(bytes)};
  const bool taken =
      checker_->check(std::move(batch), [this, done](std::vector<CheckedTxn> checked) {
        done(submit_checked(std::move(checked[0])));
      });
  if (!taken) done(fail(Code::busy, "cannot take transaction: too many wait to be checked"));
}

Result<TxnHash> Node::submit_checked(CheckedTxn&& txn) {
  const TxnHash hash = txn.read->hash;
  const Status added = add_checked(std::move(txn), {});
  if (added) return hash;
  ++counters_.txns_refused;
  return tl::unexpected(added.error());
}

void Node::announce_soon(const TxnHash& hash, const std::optional<net::NodeKey>& from) {
  announce_.emplace_back(hash, from);
  if (announce_.size() >= wire::kHashesMax) return announce();
  if (announce_timer_ != 0) return;
  announce_timer_ = loop_.start_timer(kAnnounceMs, alive([this] { announce(); }));
}

void Node::announce() {
  loop_.cancel_timer(announce_timer_);
  announce_timer_ = 0;
  const auto news = std::exchange(announce_, {});
  for (const auto& [key, peer] : by_key_) {
    wire::TxnHave have;
    for (const auto& [hash, from] : news) {
      if (!from || *from != key) have.hashes.push_back(hash);
    }
    if (!have.hashes.empty()) send(key, have);
  }
}

void Node::receive(Peer& peer, wire::TxnHave&& m) {
  if (!synced()) return;  // the state to check them against is old
  const std::uint64_t now = loop_.now_ms();
  if (asked_.size() + m.hashes.size() > kAskedMax) {
    std::erase_if(asked_, [&](const auto& a) { return a.second + kTxnAskAgainMs < now; });
  }
  wire::TxnWant want;
  for (const TxnHash& hash : m.hashes) {
    if (pool_.find(hash) || seen_lately(hash)) continue;
    const auto it = asked_.find(hash);
    if (it != asked_.end() && it->second + kTxnAskAgainMs > now) continue;
    if (asked_.size() >= kAskedMax) break;
    asked_.insert_or_assign(hash, now);
    want.hashes.push_back(hash);
  }
  if (!want.hashes.empty()) send(peer.key, want);
}

void Node::receive(Peer& peer, wire::TxnWant&& m) {
  wire::Txns out;
  std::size_t bytes = 0;
  for (const TxnHash& hash : m.hashes) {
    const PoolTxnPtr txn = pool_.find(hash);
    if (!txn) continue;
    bytes += txn->bytes->size();
    out.txns.push_back(*txn->bytes);
    if (bytes >= wire::kTxnBatchBytesMax) {
      send(peer.key, out);
      out.txns.clear();
      bytes = 0;
    }
  }
  if (!out.txns.empty()) send(peer.key, out);
}

void Node::receive(Peer& peer, wire::Txns&& m) {
  std::vector<std::shared_ptr<const Bytes>> batch;
  for (Bytes& txn : m.txns) {
    const TxnHash hash = txn_hash(txn);
    if (asked_.erase(hash) == 0) continue;  // not asked for, or too late
    batch.push_back(std::make_shared<const Bytes>(std::move(txn)));
  }
  counters_.gossip_in += batch.size();
  if (batch.empty()) return;
  const bool taken =
      checker_->check(std::move(batch), [this, key = peer.key](std::vector<CheckedTxn> checked) {
        for (CheckedTxn& c : checked) {
          const bool wrong = !c.status;
          const TxnHash hash = c.read->hash;
          const Status added = add_checked(std::move(c), key);
          if (added) continue;
          ++counters_.txns_refused;
          // A wrong signature no honest node passes on; what no longer fits the state may happen to
          // anybody.
          if (wrong) {
            misbehaved(key, 25, added.error().message);
          } else if (added.error().code == Code::input) {
            remember(hash);
          }
        }
      });
  (void)taken;  // too much at once: they are announced again by others, or never
}

bool Node::add_evidence(const Bytes& bytes) {
  const auto evidence = consensus::decode_evidence(bytes);
  if (!evidence) return false;
  const auto vote = consensus::vote_of(*evidence);
  // Of an era that is not known here yet, or no more: nobody can tell.
  if (vote.height > ledger_->height() + 1 || !ledger_->committee_of_era(vote.era)) return true;
  KnownEvidence known{bytes, ledger_->offences_of(bytes)};
  if (known.offences.empty()) return false;
  const auto news = std::find_if(known.offences.begin(), known.offences.end(),
                                 [&](const Offence& o) { return ledger_->is_news(o); });
  if (news == known.offences.end() || evidence_.size() >= kEvidenceMax) return true;
  // Everybody pays once for an era: one piece against each is enough.
  const Offence offence = *news;
  if (!evidence_.emplace(std::pair(offence.era, offence.offender), std::move(known)).second)
    return true;
  log(std::string("evidence (") + letter_of(*evidence) + ") against validator " +
      to_ss58(offence.offender) + " of era " + std::to_string(vote.era) + " at height " +
      std::to_string(vote.height));
  broadcast(wire::EvidenceNote{bytes});
  return true;
}

}  // namespace cess::node
