// SPDX-License-Identifier: Apache-2.0
// A chain in a test: named accounts with keys and money, calls by name, blocks, epochs and eras.
// After every block all invariants of all modules are checked.
//
//   TestChain chain;                                    // all modules, preset dev, no fees
//   const Receipt r = chain.call("alice", "accounts.transfer",
//                                accounts::Transfer{chain.id("bob"), 5 * kBaseUnitsPerToken});
//   EXPECT_TRUE(r.ok) << r.error;
//   chain.advance_epochs(2);
//
// Files that include it say   // links: chain_state chain_types economy crypto json base
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"

namespace cess {

class TestChain {
 public:
  struct Options {
    /// Empty: all modules.
    std::vector<std::unique_ptr<Module>> modules = {};
    /// Laid over the dev preset, key by key:  spec["params"]["system"]["blocks_per_epoch"] = 5;
    Json spec = Json::object();
    std::vector<std::string> names = {"alice", "bob",   "carol", "dave", "erin",   "frank",
                                      "grace", "heidi", "ivan",  "judy", "mallory"};
    Amount balance = 1'000'000 * kBaseUnitsPerToken;  ///< of each
    bool fees = false;
  };

  TestChain() : TestChain(Options{}) {}
  explicit TestChain(Options options)
      : runtime_(options.modules.empty() ? make_all_modules() : std::move(options.modules)) {
    spec_ = runtime_.default_spec("dev");
    if (runtime_.find("accounts") != nullptr) {
      auto& p = spec_["params"]["accounts"];
      if (!options.fees) p["fee_per_weight"] = p["fee_per_byte"] = "0";
      auto& list = spec_["genesis"]["accounts"]["balances"];
      list = Json::array();
      for (const auto& name : options.names)
        list.push_back({{"account", to_ss58(id(name))}, {"amount", to_decimal(options.balance)}});
    }
    merge(spec_, options.spec);
    const auto genesis = runtime_.genesis(state_, spec_);
    if (!genesis) ADD_FAILURE() << genesis.error().message;
    CESS_CHECK(genesis.has_value());
    genesis_ = *genesis;
    check();
  }

  // ---- names: any name has a key; only those of Options have money

  static Key256 key(const std::string& name) {
    return Key256(sha256(as_bytes("test key of " + name)).view());
  }
  static AccountId id(const std::string& name) {
    static std::map<std::string, AccountId> known;
    const auto it = known.find(name);
    if (it != known.end()) return it->second;
    return known[name] = AccountId::from(ed25519_public(key(name)));
  }

  // ---- transactions

  /// A signed transaction with the next nonce, counting those that wait.
  template <Record A>
  Txn make(const std::string& who, std::string_view call, const A& args, Amount tip = 0) {
    const auto found = runtime_.find_call(call);
    EXPECT_TRUE(found.has_value()) << "no call " << call;
    Txn txn;
    txn.body.genesis = genesis_;
    txn.body.sender = id(who);
    txn.body.nonce = accounts::account(state_, id(who)).nonce + waiting_of_[who];
    txn.body.tip = tip;
    txn.body.valid_until = height_ + 100;
    if (found) {
      txn.body.module = found->first;
      txn.body.call = found->second->index;
    }
    txn.body.args = encode_scale(args);
    sign(txn, who);
    return txn;
  }
  static void sign(Txn& txn, const std::string& who) {
    const auto s = ed25519_sign(key(who), txn_signed_bytes(txn.body));
    txn.signature.assign(s.begin(), s.end());
  }
  /// Puts it into the next block.
  template <Record A>
  void queue(const std::string& who, std::string_view call, const A& args, Amount tip = 0) {
    waiting_.push_back(to_read_txn(make(who, call, args, tip)));
    ++waiting_of_[who];
  }
  void queue(Txn txn) { waiting_.push_back(to_read_txn(std::move(txn))); }
  /// Makes a block of it and what waits; its receipt.
  template <Record A>
  Receipt call(const std::string& who, std::string_view call, const A& args, Amount tip = 0) {
    queue(who, call, args, tip);
    return block().receipts.back();
  }
  /// The same, and it must succeed.
  template <Record A>
  Receipt must(const std::string& who, std::string_view name, const A& args) {
    auto r = call(who, name, args);
    EXPECT_TRUE(r.ok) << name << " by " << who << ": " << r.error;
    return r;
  }
  /// The same, and it must fail with a message that holds `why`.
  template <Record A>
  void must_fail(const std::string& who, std::string_view name, const A& args,
                 std::string_view why) {
    const auto r = call(who, name, args);
    EXPECT_FALSE(r.ok) << name << " by " << who;
    EXPECT_NE(r.error.find(why), std::string::npos) << r.error;
  }
  /// A call by governance between two blocks, as part of the next one.
  template <Record A>
  Status govern(std::string_view call, const A& args) {
    const auto found = runtime_.find_call(call);
    EXPECT_TRUE(found.has_value()) << "no call " << call;
    const BlockInfo info = next_info();
    Events events;
    Context ctx{state_, info, events, {}, genesis_, 0, &runtime_};
    return runtime_.run_governance(ctx, found->first, found->second->index, encode_scale(args));
  }

  // ---- blocks

  /// One block of all that waits. Hooks may change `next` before: proposer, signers, offences.
  const BlockResult& block() {
    const BlockInfo info = next_info();
    std::vector<ReadTxn> txns(waiting_.begin(), waiting_.end());
    waiting_.clear();
    waiting_of_.clear();
    last_ = runtime_.execute(state_, info, txns, genesis_);
    height_ = info.height;
    parent_ = sha256({parent_.view(), last_.state_root.view(), last_.receipts_root.view()});
    next = {};
    check();
    return last_;
  }
  void advance(std::uint64_t blocks = 1) {
    for (; blocks > 0; --blocks) block();
  }
  /// To the first block of the next epoch (era), executed; `n` times.
  void advance_epochs(std::uint64_t n = 1) {
    for (; n > 0; --n) advance(system::clock(state_).epoch_end() + 1 - height_);
  }
  void advance_eras(std::uint64_t n = 1) {
    for (; n > 0; --n) advance(system::clock(state_).era_end() + 1 - height_);
  }

  /// What the next block differs in.
  struct Next {
    std::optional<AccountId> proposer;
    std::optional<Hash256> vrf_output;
    std::vector<bool> signers;
    std::vector<Offence> offences;
    std::optional<TimeMs> time_ms;
  };
  Next next;

  State& state() { return state_; }
  const Runtime& runtime() const { return runtime_; }
  const Json& spec() const { return spec_; }
  const Hash256& genesis() const { return genesis_; }
  const BlockResult& last() const { return last_; }
  Height height() const { return height_; }
  Amount balance(const std::string& who) { return accounts::balance(state_, id(who)); }

  /// The events of a kind in a receipt, decoded.
  template <Record E>
  static std::vector<E> events(const Receipt& receipt, ModuleId module, std::uint8_t kind) {
    std::vector<E> out;
    for (const auto& e : receipt.events) {
      if (e.module != module || e.kind != kind) continue;
      const auto v = decode_scale<E>(e.data, "event");
      EXPECT_TRUE(v.has_value());
      if (v) out.push_back(*v);
    }
    return out;
  }

 private:
  static void merge(Json& into, const Json& over) {
    for (const auto& [k, v] : over.items()) {
      if (v.is_object() && into.contains(k) && into[k].is_object()) {
        merge(into[k], v);
      } else {
        into[k] = v;
      }
    }
  }
  BlockInfo next_info() const {
    BlockInfo info;
    info.height = height_ + 1;
    info.time_ms = next.time_ms.value_or(1'700'000'000'000 + info.height * 1000);
    info.proposer = next.proposer.value_or(id("proposer"));
    info.vrf_output = next.vrf_output.value_or(
        sha256({as_bytes("test vrf"), parent_.view(), as_bytes(std::to_string(info.height))}));
    info.parent = parent_;
    info.signers = next.signers;
    info.offences = next.offences;
    return info;
  }
  void check() {
    const auto ok = runtime_.check_invariants(state_);
    EXPECT_TRUE(ok.has_value()) << "after block " << height_ << ": " << ok.error().message;
  }

  Runtime runtime_;
  State state_;
  Json spec_;
  Hash256 genesis_;
  Hash256 parent_;
  Height height_ = 0;
  std::deque<ReadTxn> waiting_;
  std::map<std::string, std::uint64_t> waiting_of_;
  BlockResult last_;
};

}  // namespace cess
