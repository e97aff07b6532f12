// SPDX-License-Identifier: Apache-2.0
// The chain of `make scale`: the state machine with the main network's parameters and without
// consensus. Blocks of real transactions, whose signatures execution does not look at.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "chain/types/address.hpp"
#include "crypto/sha256.hpp"
#include "economy/amount.hpp"

namespace cess::scale {

inline constexpr std::uint32_t kMinerCount = 1000;
inline constexpr std::uint32_t kTaggerCount = 3;
inline constexpr std::uint64_t kTibBytes = std::uint64_t{1} << 40U;
inline constexpr Amount kPurse = 100'000 * kBaseUnitsPerToken;

inline Hash256 named(const std::string& kind, std::uint64_t number) {
  return sha256(as_bytes(kind + " " + std::to_string(number)));
}
inline AccountId account(const std::string& kind, std::uint64_t number) {
  return AccountId::from(named(kind, number).view());
}
inline TaggerId tagger_id(std::uint64_t number) {
  return TaggerId::from(named("tagger", number).view());
}

/// Half of the miners have twice the space of the others.
inline std::uint64_t declared_by(std::uint32_t miner) { return (1 + miner % 2) * kTibBytes; }

class ScaleChain {
 public:
  explicit ScaleChain(std::uint64_t seed) : seed_(seed) {
    Json spec = runtime_.default_spec("main");
    auto& balances = spec["genesis"]["accounts"]["balances"];
    balances = Json::array();
    const auto rich = [&](const AccountId& id) {
      balances.push_back({{"account", to_ss58(id)}, {"amount", to_decimal(kPurse)}});
    };
    rich(account("user", 0));
    for (std::uint32_t i = 0; i < kMinerCount; ++i) rich(account("miner", i));
    const auto genesis = runtime_.genesis(state_, spec);
    if (!genesis) std::fprintf(stderr, "scale: %s\n", genesis.error().message.c_str());
    genesis_ = genesis.value();
    for (std::uint32_t i = 0; i < kTaggerCount; ++i) {
      taggers::TaggerRecord r;
      r.cls = taggers::Class::staked;
      taggers::kTaggers.put(state_, tagger_id(i), r);
    }
  }

  State& state() { return state_; }
  const Hash256& genesis() const { return genesis_; }
  Height height() const { return height_; }
  const Runtime& runtime() const { return runtime_; }

  /// Puts a transaction into the next block; its size.
  template <class A>
  std::size_t queue(const AccountId& who, std::string_view call, const A& args) {
    const Txn txn = make(who, call, args);
    ReadTxn read = to_read_txn(txn);
    const std::size_t size = read.size_bytes;
    waiting_.push_back(std::move(read));
    ++ahead_[who];
    return size;
  }
  template <class A>
  Txn make(const AccountId& who, std::string_view call, const A& args) {
    const auto found = runtime_.find_call(call);
    CESS_CHECK(found.has_value());
    Txn txn;
    txn.body.genesis = genesis_;
    txn.body.sender = who;
    txn.body.nonce = accounts::account(state_, who).nonce + ahead_[who];
    txn.body.valid_until = height_ + 100;
    txn.body.module = found->first;
    txn.body.call = found->second->index;
    txn.body.args = encode_scale(args);
    txn.signature.assign(64, 0);
    return txn;
  }
  BlockInfo next_info() const {
    BlockInfo info;
    info.height = height_ + 1;
    info.time_ms = 1'700'000'000'000 + info.height * 6000;
    info.proposer = account("proposer", 0);
    info.vrf_output = named("vrf " + std::to_string(seed_), info.height);
    info.parent = named("parent", height_);
    return info;
  }
  /// A block of what waits; all of it must succeed.
  BlockResult block() {
    const BlockInfo info = next_info();
    const std::vector<ReadTxn> txns(std::make_move_iterator(waiting_.begin()),
                                    std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    ahead_.clear();
    BlockResult result = runtime_.execute(state_, info, txns, genesis_);
    height_ = info.height;
    for (const Receipt& r : result.receipts) {
      if (r.ok) continue;
      std::fprintf(stderr, "scale: a transaction failed: %s\n", r.error.c_str());
      std::exit(1);
    }
    return result;
  }
  /// Something that happens between two blocks, by nobody's transaction.
  template <class F>
  void between(F act) {
    const BlockInfo info = next_info();
    Events events;
    Context ctx{state_, info, events, {}, genesis_, 0, &runtime_};
    act(ctx);
  }

 private:
  std::uint64_t seed_;
  Runtime runtime_;
  State state_;
  Hash256 genesis_;
  Height height_ = 0;
  std::deque<ReadTxn> waiting_;
  std::map<AccountId, std::uint64_t> ahead_;
};

}  // namespace cess::scale
