// SPDX-License-Identifier: Apache-2.0
// A chain with judges and miners whose fillers are real ones of 2^9 labels. Files that include it
// say   // links: chain_state chain_types economy crypto json base pois
#pragma once

#include "chain/state/idle/idle.hpp"
#include "chain/state/miners/calls.hpp"
#include "merkle/tree.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"
#include "pois/multi_path.hpp"
#include "unit/chain/state/validators.hpp"

namespace cess::idle_space {

constexpr std::uint64_t kFiller = 16384;

struct IdleChainOptions {
  std::size_t validators = 4;
  Json idle = Json::object();
  Json miners = Json::object();
  std::uint32_t blocks_per_epoch = 40;
};

class IdleChain : public ValidatorChain {
 public:
  using Options = IdleChainOptions;
  explicit IdleChain(const Options& o = {}) : ValidatorChain(options(o)), graph_({9}) {
    for (const auto& v : names("v", o.validators)) {
      queue(v, "idle.appoint", appointment(v));
      judges_.push_back(v);
    }
    for (const auto& r : step().receipts) EXPECT_TRUE(r.ok) << r.error;
  }
  static bls::SecretKey judge_key(const std::string& name) {
    return *bls::SecretKey::generate(sha256(as_bytes("judge key of " + name)).view());
  }
  Appoint appointment(const std::string& v) {
    const auto key = judge_key(v);
    return {key.public_key().bytes(), key.prove_possession().bytes(),
            key.sign(appoint_message(genesis(), id(v))).bytes()};
  }
  void join(const std::string& name, std::uint64_t declared = 1U << 20U) {
    miners::Register r;
    r.endpoint = "https://" + name + ".example:80";
    r.region = "DE";
    r.declared = declared;
    r.stake = miners::requirement(state(), declared);
    must(name, "miners.register", r);
  }
  Params params() { return kParams.get_or_default(state()); }
  pois::Owner owner(const std::string& name) { return owner_of(params(), genesis(), id(name)); }
  miners::Miner record(const std::string& name) { return *miners::kMiners.get(state(), id(name)); }
  Space space(const std::string& name) { return kSpaces.get_or_default(state(), id(name)); }
  Unfilled unfilled(const std::string& name) {
    return unfilled_of(params(), miners::kParams.get_or_default(state()), record(name));
  }
  Epoch epoch() { return clock().epoch; }

  /// Commitments of fillers that are none: judges of a test need no blob.
  static std::vector<Hash256> comms(std::size_t count) {
    std::vector<Hash256> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = sha256(as_bytes("comm" + std::to_string(i)));
    return out;
  }
  void commit(const std::string& name, std::vector<Hash256> list) {
    must(name, "idle.commit", Commit{space(name).rear, std::move(list)});
  }
  Trial batch_trial(const std::string& name) {
    return kBatches.get_or_default(state(), id(name)).trial;
  }
  EpochTrial epoch_trial(const std::string& name) {
    return kEpochs.get_or_default(state(), epoch(), id(name));
  }
  Trial trial(const std::string& name, Kind kind) {
    return kind == Kind::batch ? batch_trial(name) : epoch_trial(name).trial;
  }
  std::uint64_t number(const std::string& name, Kind kind) {
    return kind == Kind::epoch ? epoch() : kBatches.get_or_default(state(), id(name)).first;
  }
  void to_stage(const std::string& name, Kind kind, Stage stage) {
    for (int i = 0; i < 100 && trial(name, kind).stage != stage; ++i) step();
    ASSERT_EQ(trial(name, kind).stage, stage);
  }
  /// From the beacon to the judges, with a blob.
  void prove(const std::string& name, Kind kind, ByteView blob = as_bytes("blob")) {
    to_stage(name, kind, Stage::proof);
    must(name, "idle.prove", Prove{kind, number(name, kind), sha256(blob), blob.size()});
    to_stage(name, kind, Stage::verdict);
  }
  Verdict verdict(const std::string& name, Kind kind, Opinion opinion, std::uint16_t signers) {
    const Trial t = trial(name, kind);
    const auto n = number(name, kind);
    bls::SignatureSum sum;
    const auto message = verdict_message(genesis(), id(name), kind, n, t, opinion);
    for (std::size_t i = 0; i < t.judges.size(); ++i) {
      if ((signers >> i & 1U) != 0) sum.add(judge_key(name_of(t.judges[i])).sign(message));
    }
    return {id(name), kind, n, opinion, signers, sum.get()->bytes()};
  }
  void judge(const std::string& name, Kind kind, Opinion opinion) {
    const auto drawn = trial(name, kind).judges.size();
    const auto bits = static_cast<std::uint16_t>((1U << needed_of(params(), drawn)) - 1);
    must("u3", "idle.verdict", verdict(name, kind, opinion, bits));
  }
  /// `count` fillers more, accepted.
  void fill(const std::string& name, std::size_t count) {
    commit(name, comms(count));
    prove(name, Kind::batch);
    judge(name, Kind::batch, Opinion::good);
  }
  /// To the first block of an epoch's round.
  void next_round() {
    const Epoch now = epoch();
    while (epoch() == now) step();
    ASSERT_TRUE(audits::kRounds.has(state(), epoch()));
  }
  void answer(const std::string& name, const Hash256& root = sha256(as_bytes("root"))) {
    must(name, "idle.answer", Answer{epoch(), space(name).front, root});
  }

 protected:
  static ValidatorsOptions options(const Options& o) {
    ValidatorsOptions v;
    v.validators = o.validators;
    v.without = "files";  // room is locked by hand
    v.seats = static_cast<std::uint32_t>(o.validators);
    v.blocks_per_epoch = o.blocks_per_epoch;
    v.params["idle"] = {{"log2_nodes", 9},    {"answer_blocks", 5},      {"opening_blocks", 5},
                        {"judge_blocks", 3},  {"batch_judge_blocks", 3}, {"batch_blocks", 6},
                        {"beacon_blocks", 2}, {"retry_ms", 400'000}};
    v.params["idle"].update(o.idle);
    v.params["miners"] = {{"idle_proofs", true}};
    v.params["miners"].update(o.miners);
    return v;
  }
  pois::Graph graph_;
  std::vector<std::string> judges_;
};

// Runs a function of other modules inside a block's rules, and the block's end.
template <class F>
void between_blocks(TestChain& chain, F f) {
  BlockInfo info;
  info.height = chain.height();
  Events events;
  Context ctx{chain.state(), info, events, {}, chain.genesis(), 0, &chain.runtime()};
  f(ctx);
}

}  // namespace cess::idle_space
