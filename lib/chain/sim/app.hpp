// SPDX-License-Identifier: Apache-2.0
// What runs on top of consensus in a simulated node: builds, checks and executes blocks. Blocks
// have the chain's own format (chain/types/header.hpp) whatever the application. One thread.
#pragma once

#include <memory>
#include <optional>

#include "chain/consensus/core.hpp"
#include "chain/sim/crypto.hpp"
#include "chain/sim/disk.hpp"
#include "chain/types/header.hpp"

namespace cess::sim {

/// Wall clock of the world at its beginning: 2026-01-01, Unix milliseconds.
constexpr std::uint64_t kWorldStartMs = 1'767'225'600'000;
/// A fresh proposal's time may differ from the local wall clock by so much.
constexpr std::uint64_t kTimeWindowMs = 2000;

struct BuildInput {
  consensus::Height height = 0;
  consensus::Digest parent;
  std::optional<consensus::Certificate> parent_certificate;
  consensus::PublicKey own{};
  std::uint64_t wall_ms = 0;
  std::uint64_t variant = 0;  ///< for liars: another block on the same parent
  bool wrong_root = false;    ///< for liars
};

/// The parsed form of one block, shared by all nodes of a world: parsing is pure.
struct ParsedBlock {
  Block block;
  consensus::HeaderView view;
};

class App {
 public:
  virtual ~App() = default;
  /// Height of the last executed block; 0: genesis.
  [[nodiscard]] virtual consensus::Height height() const = 0;
  /// After the last executed block.
  [[nodiscard]] virtual Hash256 root() const = 0;
  /// Of the block that comes next, and of the last executed one.
  [[nodiscard]] virtual consensus::CommitteePtr committee() const = 0;
  [[nodiscard]] virtual consensus::CommitteePtr parent_committee() const = 0;

  [[nodiscard]] virtual bool has_work() const = 0;
  virtual void submit(const Bytes& txn) = 0;
  virtual void report(const Bytes& evidence) = 0;
  [[nodiscard]] virtual Block build(const BuildInput& input) = 0;
  /// Against the state after the parent, which was the last executed block.
  [[nodiscard]] virtual consensus::event::Verdict validate(const ParsedBlock& block, bool fresh,
                                                           const consensus::PublicKey& proposer,
                                                           std::uint64_t wall_ms) = 0;
  virtual void execute(const ParsedBlock& block) = 0;

  /// What a disk keeps of it, immutable; restore(snapshot()) changes nothing.
  [[nodiscard]] virtual Value snapshot() const = 0;
  virtual void restore(const Value& snapshot) = 0;

  /// Keys convicted so far, by order of conviction.
  [[nodiscard]] virtual std::vector<consensus::PublicKey> convicted() const = 0;
  /// Whatever must hold of the state; empty: it does.
  [[nodiscard]] virtual std::string broken_invariant() const { return {}; }
};

/// Reads blocks of the chain's format for consensus, and remembers the last ones read.
class WorldReader final : public consensus::BlockReader {
 public:
  [[nodiscard]] Result<consensus::HeaderView> read_block(ByteView block) const override;
  [[nodiscard]] Result<consensus::HeaderView> read_header(ByteView header) const override;
  /// The same, whole; null if malformed.
  [[nodiscard]] std::shared_ptr<const ParsedBlock> parse(ByteView block) const;

 private:
  mutable std::map<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<const ParsedBlock>>
      known_;
};

/// A name for a validator in headers: SHA-256 of its key.
AccountId account_of(const consensus::PublicKey& key);

}  // namespace cess::sim
