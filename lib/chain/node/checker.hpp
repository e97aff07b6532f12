// SPDX-License-Identifier: Apache-2.0
// Threads that parse transactions and check their signatures, so that the loop need not: the
// dearest part of the life of a transaction, and pure.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "chain/types/txn.hpp"
#include "net/loop.hpp"

namespace cess::node {

struct CheckedTxn {
  std::shared_ptr<const Bytes> bytes;
  std::shared_ptr<const ReadTxn> read;  ///< never null; empty if it could not be parsed
  Status status;                        ///< of parsing and signature
};

class Checker {
 public:
  Checker(net::Loop& loop, std::size_t thread_count);
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  /// Checks a batch; `done` runs on the loop. False when too much waits already.
  [[nodiscard]] bool check(std::vector<std::shared_ptr<const Bytes>> batch,
                           std::function<void(std::vector<CheckedTxn>)> done);
  /// Any other pure work, which counts as `count` transactions.
  [[nodiscard]] bool run(std::size_t count, std::function<void()> work, std::function<void()> done);
  /// Transactions that wait. Loop thread.
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

 private:
  struct Job {
    std::size_t count = 0;
    std::function<void()> work;
    std::function<void()> done;
  };
  void work();

  net::Loop& loop_;
  std::size_t waiting_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

CheckedTxn check_one(std::shared_ptr<const Bytes> bytes);

}  // namespace cess::node
