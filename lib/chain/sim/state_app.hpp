// SPDX-License-Identifier: Apache-2.0
// One node's state machine: chain/ledger behind the simulator's application, with a small pool of
// transactions.
#pragma once

#include "chain/sim/state_world.hpp"
#include "chain/state/accounts/accounts.hpp"

namespace cess::sim {

class StateApp final : public App {
 public:
  explicit StateApp(StateWorld& world);

  [[nodiscard]] consensus::Height height() const override { return ledger_->height(); }
  [[nodiscard]] Hash256 root() const override { return ledger_->position().state_root; }
  [[nodiscard]] consensus::CommitteePtr committee() const override { return ledger_->voters(); }
  [[nodiscard]] consensus::CommitteePtr parent_committee() const override {
    return ledger_->parent_voters();
  }
  [[nodiscard]] bool has_work() const override;
  void submit(const Bytes& txn) override;
  void report(const Bytes& evidence) override;
  [[nodiscard]] Block build(const BuildInput& input) override;
  [[nodiscard]] consensus::event::Verdict validate(const ParsedBlock& block, bool fresh,
                                                   const consensus::PublicKey& proposer,
                                                   std::uint64_t wall_ms) override;
  void execute(const ParsedBlock& block) override;
  [[nodiscard]] Value snapshot() const override;
  void restore(const Value& snapshot) override;
  [[nodiscard]] std::vector<consensus::PublicKey> convicted() const override { return convicted_; }
  [[nodiscard]] std::string broken_invariant() const override;

  [[nodiscard]] ledger::Ledger& ledger() { return *ledger_; }
  /// Of the last executed block; null after a restart.
  [[nodiscard]] const std::shared_ptr<const BlockResult>& last() const { return last_; }

 private:
  StateWorld* world_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::map<AccountId, std::map<std::uint64_t, std::shared_ptr<const Bytes>>> pool_;
  std::map<Hash256, Bytes> evidence_;
  std::vector<consensus::PublicKey> convicted_;
  std::shared_ptr<const BlockResult> last_;
};

}  // namespace cess::sim
