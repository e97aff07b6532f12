// SPDX-License-Identifier: Apache-2.0
// Transactions that wait for a block: a queue by nonce for each sender, limits on everything, the
// cheapest goes first when room is needed. Sans I/O and pure: what the state says of a sender and
// the height are arguments, and the same calls give the same answers. It believes its caller that a
// transaction is well signed and is for this chain. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "chain/types/txn.hpp"
#include "economy/amount.hpp"

namespace cess {

/// What the pool must know of a transaction.
struct PoolTxn {
  TxnHash hash;
  AccountId sender;
  std::uint64_t nonce = 0;
  Amount fee = 0;                       ///< all that it offers, tip included, in base units
  std::uint64_t weight = 1;             ///< of execution; at least 1
  Height valid_until = 0;               ///< last height of a block that may hold it
  std::shared_ptr<const Bytes> bytes;   ///< canonical
  std::shared_ptr<const ReadTxn> read;  ///< the same, parsed; kept for who builds a block, or null
};
using PoolTxnPtr = std::shared_ptr<const PoolTxn>;

/// What the state says of a sender.
struct SenderView {
  std::uint64_t nonce = 0;  ///< of its next transaction
  Amount funds = 0;         ///< what it can pay fees from
};

struct PoolLimits {
  std::size_t count_max = 100'000;
  std::size_t bytes_max = std::size_t{64} << 20U;
  std::size_t sender_count_max = 1024;  ///< of one sender
  std::size_t sender_bytes_max = std::size_t{4} << 20U;
  std::uint64_t gap_max = 64;          ///< how far past the first missing nonce one may be
  Height gap_blocks_max = 64;          ///< how long a transaction waits for a missing one
  std::uint32_t replace_percent = 10;  ///< more fee than the one it replaces
};

struct PoolStats {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t senders = 0;
  std::uint64_t added = 0;  ///< ever
  std::uint64_t replaced = 0;
  std::uint64_t evicted = 0;  ///< for room
  std::uint64_t expired = 0;  ///< by height, or waiting for a nonce that never came
  std::uint64_t refused = 0;
  std::uint64_t rate_min =
      0;  ///< fee per weight of the cheapest that could be evicted; 0: room is left
};

/// How much a block may hold.
struct BlockRoom {
  std::uint64_t weight = 0;
  std::size_t bytes = 0;
  std::size_t count = 0;
};

class Mempool {
 public:
  explicit Mempool(PoolLimits limits = {}) : limits_(limits) {}

  /// Takes a transaction. Refuses with Code::input what can never stand in a block (used nonce,
  /// over, fees above funds) and Code::busy what may later (no room at this price, too far ahead);
  /// a duplicate is Code::no. `height` is that of the next block.
  Status add(PoolTxn txn, const SenderView& sender, Height height);

  /// The best for the next block: by fee per weight, then by arrival, each sender's in order of
  /// nonce.
  [[nodiscard]] std::vector<PoolTxnPtr> select(const BlockRoom& room, Height height) const;

  /// A block was executed: what the state says now of each sender that it touched and the pool
  /// knows. Drops used nonces, what is no longer paid for, and what has expired. `height`: the next
  /// block's.
  void on_block(const std::map<AccountId, SenderView>& senders, Height height);

  /// Drops one that turned out not to fit the state, and what follows it.
  void remove(const TxnHash& hash);

  [[nodiscard]] PoolTxnPtr find(const TxnHash& hash) const;
  /// The senders with something in the pool, in order.
  [[nodiscard]] std::vector<AccountId> senders() const;
  /// One sender's, by nonce.
  [[nodiscard]] std::vector<PoolTxnPtr> of_sender(const AccountId& sender) const;
  /// In order of sender and nonce, at most `count_max`.
  [[nodiscard]] std::vector<PoolTxnPtr> list(std::size_t count_max) const;
  /// The nonce that follows what waits without a gap.
  [[nodiscard]] std::uint64_t next_nonce(const AccountId& sender, std::uint64_t state_nonce) const;
  /// Whether something could go into the next block.
  [[nodiscard]] bool any_ready() const { return !heads_.empty(); }
  [[nodiscard]] PoolStats stats() const;

 private:
  struct Entry {
    PoolTxnPtr txn;
    std::uint64_t rate = 0;      // fee per weight
    std::uint64_t sequence = 0;  // of arrival
    Height since = 0;            // height at arrival
  };
  struct Queue {
    SenderView view;
    std::map<std::uint64_t, Entry> by_nonce;
    std::uint64_t missing = 0;  // the first nonce from the view's on that is not here
    Amount fees = 0;
    std::size_t bytes = 0;
    // Keys of this sender in heads_ and tails_, if there.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> head;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> tail;
  };
  using Queues = std::map<AccountId, Queue>;
  // (inverted rate, sequence): the best first.
  using Order = std::map<std::pair<std::uint64_t, std::uint64_t>, Queues::iterator>;

  Status check(const PoolTxn& txn, const Queue* queue, const SenderView& sender,
               Height height) const;
  Status make_room(const PoolTxn& txn, std::uint64_t rate);
  void erase(Queues::iterator queue, std::uint64_t nonce);
  void index(Queues::iterator queue);
  void unindex(Queue& queue);
  static void set_view(Queue& queue, const SenderView& view);
  void expire(Height height);

  PoolLimits limits_;
  Queues queues_;
  std::unordered_map<TxnHash, std::pair<AccountId, std::uint64_t>, IdHash>
      places_;  // never iterated
  Order heads_;
  Order tails_;
  std::map<std::pair<Height, std::uint64_t>, TxnHash> deadlines_;  // by height, then arrival
  std::size_t bytes_ = 0;
  std::uint64_t sequence_ = 0;
  PoolStats stats_;
};

}  // namespace cess
