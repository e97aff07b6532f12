// SPDX-License-Identifier: Apache-2.0
// Model miners: hundreds of storage miners that register, hold fragments, answer every audit with
// real proofs, and some of which cheat or die. They see the chain through the newest honest node
// and speak by transactions.
#pragma once

#include <map>
#include <memory>

#include "chain/sim/options.hpp"
#include "chain/sim/state_world.hpp"

namespace cess::sim {

class StateApp;

class MinerCrowd {
 public:
  MinerCrowd(StateWorld& world, const Options& options);
  ~MinerCrowd();
  MinerCrowd(const MinerCrowd&) = delete;
  MinerCrowd& operator=(const MinerCrowd&) = delete;

  /// Money that genesis must give them.
  [[nodiscard]] std::vector<std::pair<AccountId, Amount>> purses() const;
  /// Parameters that many miners in a small world need.
  void adjust(Json& spec) const;
  /// The chain has grown by one block.
  void new_block(World& world, StateApp& app);
  /// Empty if every miner got what it deserves: the living and honest always passed, the others
  /// never.
  [[nodiscard]] std::string unfairness() const;
  [[nodiscard]] Json report() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::sim
