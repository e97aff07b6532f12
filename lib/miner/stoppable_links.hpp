// SPDX-License-Identifier: Apache-2.0
// Links to other miners that can all be ended at once: a daemon that shall stop does not wait for
// a peer. Any thread.
#pragma once

#include <memory>

#include "transfer/ports.hpp"

namespace cess::miner {

class StoppableLinks final : public transfer::MinerLinks {
 public:
  /// `inner` outlives it and its links.
  explicit StoppableLinks(transfer::MinerLinks& inner);
  ~StoppableLinks() override;
  Result<std::unique_ptr<transfer::MinerLink>> open(const AccountId& id,
                                                    const miners::Miner& miner) override;
  /// Ends calls that wait, and all later ones.
  void abort();

  struct Open;  ///< the links that are open

 private:
  transfer::MinerLinks& inner_;
  std::shared_ptr<Open> open_;
};

}  // namespace cess::miner
