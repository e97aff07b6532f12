// SPDX-License-Identifier: Apache-2.0
// The real state machine in a simulated world: its specification, everybody's keys, what nodes may
// share because it is pure (parsed blocks, checked signatures), and the accounts that send
// transactions: validators doing their duties, users, miners. The application of one node is made
// by make_app. One thread.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "chain/ledger/ledger.hpp"
#include "chain/sim/app.hpp"
#include "chain/sim/options.hpp"
#include "chain/types/account_key.hpp"

namespace cess::sim {

class World;
class Node;
class MinerCrowd;

/// Secrets of a world's people, by purpose and number.
Key256 secret_of(std::uint64_t seed, std::string_view purpose, std::uint64_t number);
AccountKey account_key(std::uint64_t seed, std::string_view purpose, std::uint64_t number);

class StateWorld {
 public:
  StateWorld(const Options& options, CryptoWorld& crypto);
  ~StateWorld();
  StateWorld(const StateWorld&) = delete;
  StateWorld& operator=(const StateWorld&) = delete;

  [[nodiscard]] const Runtime& runtime() const { return runtime_; }
  [[nodiscard]] const Hash256& genesis() const { return genesis_position_.genesis; }
  [[nodiscard]] std::unique_ptr<App> make_app();
  /// The height from which on an era that has not begun begins.
  [[nodiscard]] std::uint64_t era_blocks() const;

  // Shared because they are pure.
  [[nodiscard]] ledger::ParsedPtr parse(const ParsedBlock& block);
  [[nodiscard]] bool signature_known(const TxnHash& hash) const { return signed_.contains(hash); }
  [[nodiscard]] const Key256& vrf_seed(const consensus::PublicKey& key) const;
  [[nodiscard]] AccountId account(const consensus::PublicKey& key) const;
  [[nodiscard]] consensus::PublicKey key_of(const AccountId& account) const;
  [[nodiscard]] std::unique_ptr<ledger::Ledger> genesis_ledger() {
    return restore(*genesis_pairs_, genesis_position_);
  }
  /// The state's pairs at one height, made once.
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] std::shared_ptr<const Pairs> pairs_of(const State& state, const Hash256& root);
  [[nodiscard]] std::unique_ptr<ledger::Ledger> restore(const Pairs& pairs,
                                                        const ledger::Position& position);

  /// A node has executed a block: its validator, and if the block is new to the world everybody
  /// else, may send transactions.
  void executed(World& world, Node& node);
  /// A transfer between users.
  void transfer(World& world);
  [[nodiscard]] MinerCrowd& miners() { return *miners_; }

  /// A signed transaction of one of the world's accounts with the given nonce.
  template <class Args>
  Bytes make_txn(const AccountKey& key, std::uint64_t nonce, Height height, std::string_view call,
                 const Args& args) {
    return make_txn_of(key, nonce, height, call, encode_scale(args));
  }
  Bytes make_txn_of(const AccountKey& key, std::uint64_t nonce, Height height,
                    std::string_view call, Bytes args);

 private:
  struct Validator {
    consensus::PublicKey bls{};
    Key256 vrf;
    AccountKey account;
    Height tried_at = 0;
  };
  [[nodiscard]] Json make_spec(const Options& options, CryptoWorld& crypto);
  void duties(World& world, Node& node);

  Runtime runtime_;
  CryptoWorld* crypto_;
  Random random_;
  std::vector<Validator> validators_;
  std::map<consensus::PublicKey, std::size_t> by_bls_;
  std::vector<AccountKey> users_;
  std::map<std::size_t, std::uint64_t> user_nonce_;
  ledger::Position genesis_position_;
  std::shared_ptr<const Pairs> genesis_pairs_;
  std::set<TxnHash> signed_;
  std::map<BlockHash, ledger::ParsedPtr> parsed_;
  std::map<Hash256, std::shared_ptr<const Pairs>> pairs_;
  std::unique_ptr<MinerCrowd> miners_;
  Height newest_ = 0;
};

}  // namespace cess::sim
