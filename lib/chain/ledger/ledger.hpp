// SPDX-License-Identifier: Apache-2.0
// The chain as one node holds it: the state after the last executed block, and what the next
// block's header must say. Builds, checks and executes blocks. Pure: clocks, secrets and what was
// checked before are arguments. One thread. Used by the node and by the simulator.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "chain/consensus/core.hpp"
#include "chain/ledger/blocks.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "merkle/mmr.hpp"

namespace cess::ledger {

/// A fresh proposal's time may be so far past, and so far behind, the local wall clock.
constexpr TimeMs kTimeAheadMsMax = 2'000;
constexpr TimeMs kTimeBehindMsMax = 10'000;

/// Everything beside the state that the next header depends on. Stored with the state, in one
/// batch.
struct Position {
  Height height = 0;  ///< of the last executed block; 0: genesis
  BlockHash hash;     ///< of that block; at 0 the genesis hash
  Hash256 genesis;
  TimeMs time_ms = 0;
  Hash256 state_root;     ///< after it
  Hash256 receipts_root;  ///< of it
  Bytes mmr_peaks;        ///< range over the hashes of blocks 0 .. height (0: the genesis hash)
  CESS_RECORD(height, hash, genesis, time_ms, state_root, receipts_root, mmr_peaks)
};

struct BuildInput {
  TimeMs wall_ms = 0;
  AccountId proposer;
  const Key256* vrf_seed = nullptr;
  std::optional<consensus::Certificate> parent_certificate;
  std::vector<std::shared_ptr<const Bytes>> txns;  ///< as the pool selected them
  /// The same, parsed, if who calls has them so: empty, or one for each, null if not.
  std::vector<std::shared_ptr<const ReadTxn>> read;
  std::vector<Bytes> evidence;
};

struct ValidateInput {
  bool fresh = false;
  consensus::ValidatorIndex proposer = 0;  ///< of the turn; looked at if fresh
  TimeMs wall_ms = 0;
  /// Whether the signature of this transaction has been checked here before.
  std::function<bool(const TxnHash&)> verified;
};

struct Judgement {
  consensus::event::Verdict verdict = consensus::event::Verdict::refused;
  std::string why;  ///< empty if valid
  Bytes proof;      ///< if invalid: the header (judge.hpp)
};

class Ledger {
 public:
  /// An empty chain. Code::input if the spec is wrong. `runtime` and `verifier` outlive it.
  static Result<std::unique_ptr<Ledger>> genesis(const Runtime& runtime,
                                                 consensus::Verifier& verifier, const Json& spec);
  /// From what was stored. Code::input if state and position do not belong together.
  static Result<std::unique_ptr<Ledger>> restore(const Runtime& runtime,
                                                 consensus::Verifier& verifier, State state,
                                                 const Position& position);

  [[nodiscard]] const Position& position() const { return position_; }
  [[nodiscard]] Height height() const { return position_.height; }
  [[nodiscard]] State& state() { return state_; }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const Runtime& runtime() const { return runtime_; }

  /// Era of the next block, and who votes on it.
  [[nodiscard]] Era next_era() const;
  [[nodiscard]] const Committee& committee() const { return committee_; }
  [[nodiscard]] consensus::CommitteePtr voters() const { return voters_; }
  /// Who voted on the last executed block; null at genesis.
  [[nodiscard]] consensus::CommitteePtr parent_voters() const { return parent_voters_; }
  /// The committee of an era that the state still knows.
  [[nodiscard]] std::optional<Committee> committee_of_era(Era era) const;

  /// How much the next block may hold.
  [[nodiscard]] std::uint64_t weight_max() const;

  /// A block on top of the last executed one. Transactions that do not fit the state are left out;
  /// their hashes are appended to `left_out`.
  [[nodiscard]] Block build(const BuildInput& input, std::vector<TxnHash>& left_out) const {
    return build_parsed(input, left_out).block;
  }
  /// The same, with what parsing it would give.
  [[nodiscard]] ParsedBlock build_parsed(const BuildInput& input,
                                         std::vector<TxnHash>& left_out) const;
  /// All rules of a block but those that consensus checks (parent, certificate, turn, signature).
  [[nodiscard]] Judgement validate(const ParsedBlock& block, const ValidateInput& input) const;
  /// Executes a final block on top of the last executed one.
  BlockResult execute(const ParsedBlock& block);

  /// Whether a transaction could stand in the next block or, after `ahead` others of its sender, in
  /// one soon; its signature apart. Code::input.
  Status check_txn(const ReadTxn& txn, const SenderAhead& ahead = {}) const;
  [[nodiscard]] Amount txn_cost(const ReadTxn& txn) const;

  /// What a piece of evidence proves, of the eras that the state knows; empty: nothing, or not yet.
  [[nodiscard]] std::vector<Offence> offences_of(ByteView evidence) const;
  /// Whether the next block would still punish it.
  [[nodiscard]] bool is_news(const Offence& offence) const;

 private:
  Ledger(const Runtime& runtime, consensus::Verifier& verifier, State state);
  Status load_committees();
  [[nodiscard]] Header next_header() const;
  [[nodiscard]] std::string header_fault(const Header& header, const ValidateInput& input) const;
  [[nodiscard]] std::string txns_fault(const ParsedBlock& block, const ValidateInput& input) const;

  const Runtime& runtime_;
  consensus::Verifier& verifier_;
  State state_;
  Position position_;
  MmrPeaks mmr_;
  Committee committee_;
  consensus::CommitteePtr voters_;
  consensus::CommitteePtr parent_voters_;
};

/// The kind of offence an evidence proves, and whom it convicts, as the state machine hears of it.
OffenceKind offence_kind(const consensus::Evidence& evidence);

}  // namespace cess::ledger
