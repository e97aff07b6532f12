// SPDX-License-Identifier: Apache-2.0
// The insides of the crowd of miners, for miners*.cpp only.
#pragma once

#include <deque>
#include <set>

#include "chain/sim/miners.hpp"
#include "chain/sim/state_app.hpp"
#include "chain/sim/world.hpp"
#include "chain/state/files/calls.hpp"
#include "podr2/tag.hpp"

namespace cess::sim {

/// A leaver is honest, and announces its exit in the middle.
enum class MinerKind : std::uint8_t { honest, cheat, mortal, leaver };

/// A fragment on a miner's disk; of a cheat's every second is gone, and it answers with junk.
struct HeldFragment {
  Descriptor descriptor;
  Bytes tags;  ///< suite 1
  Bytes data;
  bool lost = false;
};

struct MinerCrowd::Impl {
  /// Somebody who sends transactions: one after the other, and again if one is lost.
  struct Sender {
    AccountKey key;
    std::uint64_t last_nonce = 0;
    Height sent_at = 0;
  };
  struct Miner {
    Sender sender;
    MinerKind kind = MinerKind::honest;
    Height dies_at = ~Height{0};
    Height leaves_at = ~Height{0};
    std::set<Epoch> doomed;         ///< epochs of which a pass would be wrong
    std::set<Epoch> tagged;         ///< in which it answered for tagged fragments
    std::set<Epoch> doomed_tagged;  ///< of both, those with junk about a tagged one
  };
  struct ModelFile {
    files::Declare declare;
    std::size_t owner = 0;
    bool tagged = false;  ///< by the tagger: audit suite 1
    std::vector<Bytes> columns;
    Height tried_at = 0;
    std::map<std::uint16_t, Height> reported;  ///< column, when its miner tried last
    std::map<std::uint16_t, Height> claimed;   ///< the same of a restoral
    std::set<std::uint16_t> proven;            ///< columns whose restoral was proven last
  };

  StateWorld* world = nullptr;
  Random random{0};
  bool strict = false;  ///< nothing disturbs the network: a miss is a fault of the chain
  std::vector<Miner> list;
  std::map<AccountId, std::size_t> by_account;
  std::vector<Sender> owners;
  std::vector<ModelFile> wanted;
  std::map<FragId, HeldFragment> held;
  std::multimap<Height, std::size_t> due;
  std::optional<Epoch> scheduled;
  std::uint64_t passed = 0, missing = 0, wrong = 0, caught = 0, active = 0;
  std::uint64_t restored = 0, left = 0;
  std::uint64_t passed_tagged = 0, caught_tagged = 0, restored_tagged = 0;
  std::optional<Tagger> tagger;  ///< none: all files in suite 2
  TaggerPublic tagger_public;
  Key256 tagger_sign_seed;
  std::string unfair;

  template <class Args>
  void say(World& w, const State& state, Sender& who, Height height, std::string_view call,
           const Args& args) {
    std::uint64_t nonce = accounts::account(state, who.key.id).nonce;
    if (who.sent_at != 0 && height < who.sent_at + 6) nonce = std::max(nonce, who.last_nonce + 1);
    who.last_nonce = nonce;
    who.sent_at = height;
    w.submit(world->make_txn(who.key, nonce, height, call, args));
  }

  // miners.cpp
  void registrations(World& w, const State& state, Height height);
  void schedule(const State& state, Epoch epoch);
  void answer(World& w, const State& state, Height height, std::size_t number, Epoch epoch);
  void judge(const State& state, Epoch epoch);

  // miners_files.cpp
  void make_files(std::size_t count, std::size_t tagged_every);
  void lease(World& w, const State& state, Height height);
  void declare(World& w, const State& state, Height height);
  void report_slots(World& w, const State& state, Height height);

  // miners_tagging.cpp
  void make_tagger(std::uint64_t seed);
  void register_tagger(World& w, const State& state, Height height);
  [[nodiscard]] files::Nonce nonce_of(const ModelFile& m, std::uint16_t column) const;
  [[nodiscard]] HeldFragment tag(const ModelFile& m, std::uint16_t column) const;
  [[nodiscard]] Bytes prove_tagged(const State& state, const AccountId& who,
                                   const HeldFragment& held, const Hash256& seed) const;

  // miners_leaving.cpp
  void leave(World& w, const State& state, Height height);
  void restore(World& w, const State& state, Height height);
  void restore_one(World& w, const State& state, Height height, ModelFile& m,
                   const files::File& file, std::uint16_t column);
};

}  // namespace cess::sim
