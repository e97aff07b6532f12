// SPDX-License-Identifier: Apache-2.0
#include "chain/mempool/pool.hpp"

#include <algorithm>
#include <limits>
#include <queue>

#include "base/check.hpp"
#include "base/hex.hpp"

namespace cess {
namespace {

// Memory of an entry beside its bytes: nodes of four maps and the shared block.
constexpr std::size_t kEntryCost = 400;
constexpr int kMisfitMax = 64;

std::uint64_t rate_of(const PoolTxn& txn) {
  const Amount rate = txn.fee / std::max<std::uint64_t>(1, txn.weight);
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  return rate > kMax ? kMax : static_cast<std::uint64_t>(rate);
}

std::size_t cost_of(const PoolTxn& txn) { return txn.bytes->size() + kEntryCost; }

tl::unexpected<Error> refuse(Code code, const PoolTxn& txn, const std::string& why) {
  const std::string name = to_hex(txn.hash);
  return fail(code, "cannot pool transaction '" + name + "': " + why, name);
}

}  // namespace

/// Takes what the state says of a sender, and looks for the first gap from there on.
void Mempool::set_view(Queue& queue, const SenderView& view) {
  queue.view = view;
  queue.missing = std::max(queue.missing, view.nonce);
  for (auto it = queue.by_nonce.lower_bound(queue.missing);
       it != queue.by_nonce.end() && it->first == queue.missing; ++it) {
    ++queue.missing;
  }
}

void Mempool::unindex(Queue& queue) {
  if (queue.head) heads_.erase(*queue.head);
  if (queue.tail) tails_.erase(*queue.tail);
  queue.head.reset();
  queue.tail.reset();
}

/// Puts a sender's first executable transaction among the heads and its last among the tails, or
/// forgets a sender that has none.
void Mempool::index(Queues::iterator it) {
  Queue& queue = it->second;
  if (queue.by_nonce.empty()) {
    queues_.erase(it);
    return;
  }
  const auto& [nonce, first] = *queue.by_nonce.begin();
  if (nonce == queue.view.nonce) {
    queue.head = std::pair(~first.rate, first.sequence);
    heads_.emplace(*queue.head, it);
  }
  const Entry& last = queue.by_nonce.rbegin()->second;
  queue.tail = std::pair(~last.rate, last.sequence);
  tails_.emplace(*queue.tail, it);
}

/// Takes one out of a queue that is not indexed.
void Mempool::erase(Queues::iterator it, std::uint64_t nonce) {
  const auto entry = it->second.by_nonce.find(nonce);
  CESS_CHECK(entry != it->second.by_nonce.end());
  const PoolTxn& txn = *entry->second.txn;
  it->second.fees -= txn.fee;
  it->second.bytes -= cost_of(txn);
  bytes_ -= cost_of(txn);
  places_.erase(txn.hash);
  deadlines_.erase({txn.valid_until, entry->second.sequence});
  if (nonce >= it->second.view.nonce) it->second.missing = std::min(it->second.missing, nonce);
  it->second.by_nonce.erase(entry);
}

Status Mempool::check(const PoolTxn& txn, const Queue* queue, const SenderView& sender,
                      Height height) const {
  if (txn.valid_until < height)
    return refuse(Code::input, txn, "expired at height " + std::to_string(txn.valid_until));
  if (txn.nonce < sender.nonce) {
    return refuse(Code::input, txn,
                  "nonce " + std::to_string(txn.nonce) + " is used, the next is " +
                      std::to_string(sender.nonce));
  }
  const Amount waiting = queue != nullptr ? queue->fees : 0;
  const Entry* old = nullptr;
  std::uint64_t next = sender.nonce;
  if (queue != nullptr) {
    next = queue->missing;
    if (const auto it = queue->by_nonce.find(txn.nonce); it != queue->by_nonce.end())
      old = &it->second;
  }
  const Amount freed = old != nullptr ? old->txn->fee : 0;
  if (txn.fee > sender.funds || waiting - freed > sender.funds - txn.fee) {
    return refuse(Code::input, txn, "the sender cannot pay the fees of what waits");
  }
  if (old != nullptr) {
    const Amount extra = old->txn->fee / 100 * limits_.replace_percent +
                         old->txn->fee % 100 * limits_.replace_percent / 100;
    if (txn.fee <= old->txn->fee || txn.fee - old->txn->fee < extra) {
      return refuse(Code::busy, txn,
                    "replacing takes " + std::to_string(limits_.replace_percent) + " % more fee");
    }
    const std::size_t grown = cost_of(txn) - std::min(cost_of(txn), cost_of(*old->txn));
    if (bytes_ + grown > limits_.bytes_max || queue->bytes + grown > limits_.sender_bytes_max) {
      return refuse(Code::busy, txn, "no room for one so much larger than what it replaces");
    }
    return {};
  }
  if (txn.nonce > next && txn.nonce - next > limits_.gap_max) {
    return refuse(
        Code::busy, txn,
        "nonce " + std::to_string(txn.nonce) + " is too far ahead of " + std::to_string(next));
  }
  if (queue != nullptr && (queue->by_nonce.size() >= limits_.sender_count_max ||
                           queue->bytes + cost_of(txn) > limits_.sender_bytes_max)) {
    return refuse(Code::busy, txn, "too many of this sender wait");
  }
  return {};
}

/// Evicts last transactions of senders, cheapest first, as long as they pay less than the new one.
Status Mempool::make_room(const PoolTxn& txn, std::uint64_t rate) {
  const auto full = [&] {
    return places_.size() >= limits_.count_max || bytes_ + cost_of(txn) > limits_.bytes_max;
  };
  while (full()) {
    if (tails_.empty()) return refuse(Code::busy, txn, "larger than the pool");
    const auto worst = std::prev(tails_.end());
    // Not a sender's own queue: its later ones would hang on what was thrown out for them.
    if (~worst->first.first >= rate || worst->second->first == txn.sender) {
      return refuse(Code::busy, txn, "the pool is full, and at this price there is no room");
    }
    const auto it = worst->second;
    unindex(it->second);
    erase(it, it->second.by_nonce.rbegin()->first);
    ++stats_.evicted;
    index(it);
  }
  return {};
}

Status Mempool::add(PoolTxn txn, const SenderView& sender, Height height) {
  CESS_CHECK(txn.bytes != nullptr);
  if (places_.contains(txn.hash)) return refuse(Code::no, txn, "it waits already");
  auto it = queues_.find(txn.sender);
  const auto refused = [&](Status status) {
    ++stats_.refused;
    return status;
  };
  if (Status ok = check(txn, it != queues_.end() ? &it->second : nullptr, sender, height); !ok)
    return refused(ok);
  const std::uint64_t rate = rate_of(txn);
  const bool replaces = it != queues_.end() && it->second.by_nonce.contains(txn.nonce);
  if (!replaces) {
    if (Status ok = make_room(txn, rate); !ok) return refused(ok);
  }
  it = queues_.try_emplace(txn.sender).first;
  Queue& queue = it->second;
  unindex(queue);
  if (replaces) {
    erase(it, txn.nonce);
    ++stats_.replaced;
  }
  queue.fees += txn.fee;
  queue.bytes += cost_of(txn);
  bytes_ += cost_of(txn);
  places_.emplace(txn.hash, std::pair(txn.sender, txn.nonce));
  deadlines_.emplace(std::pair(txn.valid_until, ++sequence_), txn.hash);
  const std::uint64_t nonce = txn.nonce;
  queue.by_nonce.emplace(
      nonce, Entry{std::make_shared<const PoolTxn>(std::move(txn)), rate, sequence_, height});
  set_view(queue, sender);
  index(it);
  ++stats_.added;
  return {};
}

std::vector<PoolTxnPtr> Mempool::select(const BlockRoom& room, Height height) const {
  std::vector<PoolTxnPtr> chosen;
  BlockRoom left = room;
  // Best rate first, then earliest.
  struct Next {
    std::pair<std::uint64_t, std::uint64_t> key;
    const Queue* queue;
    std::map<std::uint64_t, Entry>::const_iterator at;
  };
  const auto later = [](const Next& a, const Next& b) { return a.key > b.key; };
  std::priority_queue<Next, std::vector<Next>, decltype(later)> followers(later);
  auto head = heads_.begin();
  int misfits = 0;
  while (left.count > 0 && misfits < kMisfitMax) {
    // Heads come in order already; only followers need the queue.
    Next next;
    if (head != heads_.end() && (followers.empty() || head->first < followers.top().key)) {
      const Queue& queue = head->second->second;
      next = {head->first, &queue, queue.by_nonce.begin()};
      ++head;
    } else if (!followers.empty()) {
      next = followers.top();
      followers.pop();
    } else {
      break;
    }
    const PoolTxnPtr& txn = next.at->second.txn;
    if (txn->valid_until < height) continue;
    if (txn->weight > left.weight || txn->bytes->size() > left.bytes) {
      ++misfits;
      continue;
    }
    left.weight -= txn->weight;
    left.bytes -= txn->bytes->size();
    --left.count;
    chosen.push_back(txn);
    const std::uint64_t nonce = next.at->first;
    ++next.at;
    if (next.at == next.queue->by_nonce.end() || next.at->first != nonce + 1) continue;
    const Entry& entry = next.at->second;
    next.key = {~entry.rate, entry.sequence};
    followers.push(next);
  }
  return chosen;
}

void Mempool::on_block(const std::map<AccountId, SenderView>& senders, Height height) {
  for (const auto& [sender, view] : senders) {
    const auto it = queues_.find(sender);
    if (it == queues_.end()) continue;
    Queue& queue = it->second;
    unindex(queue);
    set_view(queue, view);
    while (!queue.by_nonce.empty() && queue.by_nonce.begin()->first < view.nonce) {
      erase(it, queue.by_nonce.begin()->first);
    }
    while (!queue.by_nonce.empty() && queue.fees > view.funds) {
      erase(it, queue.by_nonce.rbegin()->first);
      ++stats_.evicted;
    }
    index(it);
  }
  expire(height);
}

void Mempool::expire(Height height) {
  while (!deadlines_.empty() && deadlines_.begin()->first.first < height) {
    const auto [sender, nonce] = places_.at(deadlines_.begin()->second);
    const auto it = queues_.find(sender);
    unindex(it->second);
    erase(it, nonce);
    ++stats_.expired;
    index(it);
  }
  // Those that wait for a missing nonce. Once in a while is often enough.
  if (limits_.gap_blocks_max == 0 || height % std::max<Height>(1, limits_.gap_blocks_max / 4) != 0)
    return;
  for (auto it = queues_.begin(); it != queues_.end();) {
    const auto here = it++;
    Queue& queue = here->second;
    std::vector<std::uint64_t> old;
    for (auto e = queue.by_nonce.lower_bound(queue.missing); e != queue.by_nonce.end(); ++e) {
      if (e->second.since + limits_.gap_blocks_max < height) old.push_back(e->first);
    }
    if (old.empty()) continue;
    unindex(queue);
    for (const std::uint64_t nonce : old) erase(here, nonce);
    stats_.expired += old.size();
    index(here);
  }
}

void Mempool::remove(const TxnHash& hash) {
  const auto place = places_.find(hash);
  if (place == places_.end()) return;
  const auto [sender, nonce] = place->second;
  const auto it = queues_.find(sender);
  unindex(it->second);
  erase(it, nonce);
  index(it);
}

PoolTxnPtr Mempool::find(const TxnHash& hash) const {
  const auto place = places_.find(hash);
  if (place == places_.end()) return nullptr;
  return queues_.at(place->second.first).by_nonce.at(place->second.second).txn;
}

std::vector<AccountId> Mempool::senders() const {
  std::vector<AccountId> all;
  all.reserve(queues_.size());
  for (const auto& [sender, queue] : queues_) all.push_back(sender);
  return all;
}

std::vector<PoolTxnPtr> Mempool::of_sender(const AccountId& sender) const {
  std::vector<PoolTxnPtr> all;
  const auto it = queues_.find(sender);
  if (it == queues_.end()) return all;
  for (const auto& [nonce, entry] : it->second.by_nonce) all.push_back(entry.txn);
  return all;
}

std::vector<PoolTxnPtr> Mempool::list(std::size_t count_max) const {
  std::vector<PoolTxnPtr> all;
  for (const auto& [sender, queue] : queues_) {
    for (const auto& [nonce, entry] : queue.by_nonce) {
      if (all.size() == count_max) return all;
      all.push_back(entry.txn);
    }
  }
  return all;
}

std::uint64_t Mempool::next_nonce(const AccountId& sender, std::uint64_t state_nonce) const {
  const auto it = queues_.find(sender);
  return it == queues_.end() ? state_nonce : std::max(state_nonce, it->second.missing);
}

PoolStats Mempool::stats() const {
  PoolStats s = stats_;
  s.count = places_.size();
  s.bytes = bytes_;
  s.senders = queues_.size();
  const bool full = s.count * 10 >= limits_.count_max * 9 || s.bytes * 10 >= limits_.bytes_max * 9;
  s.rate_min = full && !tails_.empty() ? ~std::prev(tails_.end())->first.first : 0;
  return s;
}

}  // namespace cess
