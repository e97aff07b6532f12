// SPDX-License-Identifier: Apache-2.0
// The duties of a daemon, on one thread of its own: a look at the chain with every block, and at
// once again while there is work.
#pragma once

#include <memory>

#include "chain/types/account_key.hpp"
#include "miner/duty.hpp"
#include "miner/holding.hpp"
#include "miner/node_pool.hpp"
#include "miner/till.hpp"

namespace cess::miner {

struct DutySetup {
  Shelf& shelf;
  NodePool& nodes;
  const AccountKey& account;
  const Key256& sign_seed;
  Hash256 genesis;
  std::function<void(const std::string&)> log;  ///< of the duty's thread
  DutyOptions options;
  HoldingOptions holding;
  Till* till = nullptr;  ///< whose vouchers are settled; none: nobody's
};

class DutyThread {
 public:
  /// What `setup` refers to outlives it.
  explicit DutyThread(DutySetup setup);
  /// Ends what it does, whatever that waits for.
  ~DutyThread();
  DutyThread(const DutyThread&) = delete;
  DutyThread& operator=(const DutyThread&) = delete;
  [[nodiscard]] DutyReport report() const;
  [[nodiscard]] HoldingReport holding() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::miner
