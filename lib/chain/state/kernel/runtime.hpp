// SPDX-License-Identifier: Apache-2.0
// The state machine as a whole: all modules, genesis, execution of a block, and the look-up of
// calls, events and items by name for tools. Pure. A Runtime has no state of its own; one serves
// many States.
#pragma once

#include <span>

#include "chain/state/kernel/module.hpp"

namespace cess {

/// What a block did. Receipts: first the block's own events (zero txn hash), then one per txn in
/// order.
struct BlockResult {
  std::vector<Receipt> receipts;
  Hash256 receipts_root;
  Hash256 state_root;
  StateChanges changes;
  std::uint64_t weight = 0;
};

class Runtime {
 public:
  /// All modules of lib/chain/state, in order of id.
  Runtime();
  /// Some modules, for tests.
  explicit Runtime(std::vector<std::unique_ptr<Module>> modules);

  [[nodiscard]] const std::vector<std::unique_ptr<Module>>& modules() const { return modules_; }
  [[nodiscard]] const Module* find(std::string_view name) const;
  [[nodiscard]] const Module* find(ModuleId id) const;
  [[nodiscard]] const CallInfo* find_call(ModuleId module, std::uint8_t call) const;
  /// "accounts.transfer" → module id and call.
  [[nodiscard]] std::optional<std::pair<ModuleId, const CallInfo*>> find_call(
      std::string_view name) const;

  /// A spec with every parameter of a preset written out:
  /// {"schema":"cess.spec/1","name":…,"params":{…},"genesis":{}}.
  [[nodiscard]] Json default_spec(std::string_view preset) const;
  /// Fills an empty state from a spec. Returns the genesis hash: SHA-256("CESS-GENESIS-v1" ‖
  /// SHA-256(canonical spec) ‖ state root). Code::input if the spec is wrong.
  Result<Hash256> genesis(State& state, const Json& spec) const;

  /// What a txn must satisfy to stand in a block of this height, apart from its signature: chain,
  /// validity, known call, nonce, fee payable after the sender's earlier ones. Code::input.
  Status check_txn(const State& state, const ReadTxn& txn, const Hash256& genesis, Height height,
                   const SenderAhead& ahead = {}) const;
  Status check_txn(const State& state, const Txn& txn, const Hash256& genesis, Height height) const;
  /// Fee and tip that it will pay; 0 for an unknown call.
  [[nodiscard]] Amount txn_cost(const State& state, const ReadTxn& txn, Height height) const;
  /// check_txn for all of a block in order, and the limit of their weight.
  Status check_block(const State& state, std::span<const ReadTxn> txns, const Hash256& genesis,
                     Height height) const;
  /// Weight of a txn's call; 0 for an unknown one.
  [[nodiscard]] std::uint64_t weight(const Txn& txn) const;

  /// Executes a block whose txns have been checked. A txn whose check fails now (the balance went)
  /// gets a failed receipt without effect. Signatures are not looked at.
  BlockResult execute(State& state, const BlockInfo& info, std::span<const ReadTxn> txns,
                      const Hash256& genesis) const;
  BlockResult execute(State& state, const BlockInfo& info, const std::vector<Txn>& txns,
                      const Hash256& genesis) const;
  /// A call by governance, inside execute's rules.
  Status run_governance(Context& ctx, ModuleId module, std::uint8_t call, ByteView args) const;

  /// A module's parameters as they hold, from its item named "params"; null if it has none.
  [[nodiscard]] Json params(const State& state, const Module& module) const;

  Status check_invariants(const State& state) const;
  [[nodiscard]] Json event_to_json(const EventRecord& e) const;
  [[nodiscard]] Json txn_to_json(const Txn& txn) const;
  [[nodiscard]] Json receipt_to_json(const Receipt& r) const;

 private:
  Status check_form(const Txn& txn, const Hash256& genesis, Height height) const;
  Receipt run_txn(Context& ctx, const ReadTxn& read, BlockResult& result) const;

  std::vector<std::unique_ptr<Module>> modules_;
  std::vector<std::vector<CallInfo>> calls_;        // by position of the module
  std::vector<std::vector<const CallInfo*>> find_;  // by module id and call index; null: none
};

/// One of each module folder, in order of id (generated from the folders).
std::vector<std::unique_ptr<Module>> make_all_modules();

}  // namespace cess
