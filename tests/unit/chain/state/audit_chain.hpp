// SPDX-License-Identifier: Apache-2.0
// A chain with storage miners that answer their audits with real proofs. Files that include it say
//   // links: chain_state chain_types economy crypto json base audit podr2
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "chain/state/miners/calls.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "unit/chain/state/audit_fixture.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess::test {

/// A test tagger as the chain knows it.
inline void put_tagger(State& state, std::size_t n, taggers::Class cls) {
  const TaggerHead& head = tagger(n).pub.head;
  taggers::TaggerRecord r;
  r.cls = cls;
  r.attestation_digest = head.attestation;
  r.sign_key = head.sign_key;
  r.v = head.v.compress();
  r.w = head.w.compress();
  r.list_hash = head.list_hash;
  taggers::kTaggers.put(state, head.id, r);
}

class AuditChain : public TestChain {
 public:
  /// `audits`: parameters of that module; `more`: of others, by module.
  explicit AuditChain(const Json& audits = Json::object(), Json more = Json::object())
      : TestChain(options(audits, std::move(more))) {
    put_tagger(state(), 0, taggers::Class::owner);
    put_tagger(state(), 1, taggers::Class::owner);
  }

  /// Registers `name` with the least stake.
  ChainMiner& join(const std::string& name, std::uint64_t declared = 1U << 30U) {
    miners::Register r;
    r.endpoint = "http://" + name + ".example:80";
    r.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, static_cast<std::uint8_t>(list_.size()),
            0, 1};
    r.region = "DE";
    r.declared = declared;
    r.stake = miners::requirement(state(), declared);
    must(name, "miners.register", r);
    auto& m = list_[name];
    m = std::make_unique<ChainMiner>(id(name));
    return *m;
  }
  ChainMiner& miner(const std::string& name) { return *list_.at(name); }
  miners::Miner record(const std::string& name) { return *miners::kMiners.get(state(), id(name)); }
  audits::History history(const std::string& name) {
    return audits::kHistories.get_or_default(state(), id(name));
  }

  [[nodiscard]] Epoch epoch() { return system::clock(state()).epoch; }
  std::optional<Challenge> challenge(const std::string& name) {
    return audits::challenge_of(state(), genesis(), epoch(), id(name));
  }
  audits::Window window(const std::string& name) {
    return audits::window_of(*audits::kRounds.get(state(), epoch()), id(name));
  }
  audits::SubmitProof reply(const std::string& name) {
    const auto c = challenge(name);
    EXPECT_TRUE(c.has_value());
    auto r = miner(name).reply(*c);
    EXPECT_TRUE(r.has_value()) << (r ? "" : r.error().message);
    return r ? *r : audits::SubmitProof{};
  }
  /// So that the next block is at `height`.
  void go_before(Height at) {
    ASSERT_LT(height(), at);
    advance(at - 1 - height());
  }
  void go_to_window(const std::string& name) {
    const auto first = window(name).first;
    if (height() + 1 < first) go_before(first);
  }
  /// To the first block of the next epoch whose snapshot knows all that is there now.
  void next_round() { advance_epochs(1); }
  std::optional<audits::AuditResult> result(const std::string& name, Epoch e) {
    return audits::kResults.get(state(), e, id(name));
  }
  bool settled(Epoch e) { return !audits::kRounds.has(state(), e); }

 private:
  static Options options(const Json& audits, Json more) {
    Options o;
    // Fragments are put into indexes by hand here; the files module would miss their files.
    for (auto& m : make_all_modules()) {
      if (m->name() != "files") o.modules.push_back(std::move(m));
    }
    o.spec["params"] = std::move(more);
    o.spec["params"]["audits"] = audits;
    return o;
  }
  std::map<std::string, std::unique_ptr<ChainMiner>> list_;
};

}  // namespace cess::test
