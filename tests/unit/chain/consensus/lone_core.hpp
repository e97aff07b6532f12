// SPDX-License-Identifier: Apache-2.0
// One core of a committee of eleven, and messages made by hand.
#pragma once

#include <algorithm>

#include "chain/consensus/core.hpp"
#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {

struct Rules : testing::Test {
  static constexpr std::size_t n = 11;
  static constexpr Height h = 5;
  Rules() {
    Vote v{Kind::commit, 0, h - 1, 0, {}, 0};
    v.digest = parent;
    parent_qc = certify(v, 8);
    // Somebody who signs none of the certificates below (0 to 7 do) and is neither proposer nor
    // collector of rounds 0 to 3.
    const auto idle = [&](ValidatorIndex i) {
      for (Round r = 0; r < 4; ++r) {
        if (committee->collector_rank(h, r, i)) return false;
      }
      return true;
    };
    for (me = 10; !idle(me); --me) {
    }
    EXPECT_GE(me, 8);
    VoterRecord record;
    record.key = registry.key(me);
    start(record);
  }
  void start(const VoterRecord& record) {
    signer = registry.make_signer(me);
    Config config;
    config.timing = timing;
    core = std::make_unique<Core>(config, reader, *verifier, Voter{signer.get(), record, {}, {}, 0},
                                  Position{h, parent, parent_qc, committee, nullptr});
    step(event::Started{});
  }
  void step(const Event& e) {
    for (const Action& a : core->step(e, now)) {
      actions.push_back(a);
      if (const auto* p = std::get_if<action::Persist>(&a)) {
        saved = *p;
        later.push_back(event::RecordPersisted{p->sequence});
      }
      if (const auto* v = std::get_if<action::Validate>(&a)) {
        later.push_back(event::Validated{v->height, v->digest, verdict, {}});
      }
    }
    while (!later.empty() && !hold) {
      const Event next = later.front();
      later.erase(later.begin());
      step(next);
    }
  }
  void get(Message m, std::optional<ValidatorIndex> from = std::nullopt) {
    actions.clear();
    step(event::Received{7, from, std::make_shared<const Message>(std::move(m))});
  }
  void tick(TimeMs at) {
    now = at;
    actions.clear();
    step(event::Tick{});
  }
  SignedVote sign(ValidatorIndex who, Vote v) {
    return {v, who, registry.make_signer(who)->sign(signed_bytes({}, v))};
  }
  SignedVote sign(ValidatorIndex who, Kind k, Round r, const Digest& d, Round prepared = 0) {
    return sign(who, Vote{k, 0, h, r, d, prepared});
  }
  Certificate certify(const Vote& v, std::size_t count) {
    std::vector<ValidatorIndex> who(count);
    for (std::size_t i = 0; i < count; ++i) who[i] = static_cast<ValidatorIndex>(i);
    return make_certificate(registry, *verifier, {}, *committee, v, who);
  }
  Certificate certify(Kind k, Round r, const Digest& d, std::size_t count = 8) {
    return certify(Vote{k, 0, h, r, d, 0}, count);
  }
  BlockBytes block(std::uint64_t salt) {
    return encode_test_block({h, 0, parent, parent_qc, salt, {}, {}, salt, false});
  }
  Proposal proposal(Round r, const BlockBytes& b) {
    return {sign(committee->proposer(h, r), Kind::proposal, r, sha256(*b)), b, {}, {}};
  }
  // A justified proposal of round r, where `prepared` is what the highest reports.
  Proposal justified(Round r, const BlockBytes& b, std::optional<Certificate> prepared,
                     std::size_t count = 8) {
    Proposal p = proposal(r, b);
    p.prepared = prepared;
    for (std::size_t i = 0; i < count; ++i) {
      const auto who = static_cast<ValidatorIndex>(i);
      const bool has = prepared && i == 3;
      p.round_changes.push_back(
          has ? sign(who, Kind::round_change, r, prepared->digest, prepared->round + 1)
              : sign(who, Kind::round_change, r, {}));
    }
    return p;
  }
  template <class A>
  std::vector<A> all() const {
    std::vector<A> out;
    for (const Action& a : actions) {
      if (const auto* x = std::get_if<A>(&a)) out.push_back(*x);
    }
    return out;
  }
  // What it has signed in reaction to the last event, in order, each once.
  std::vector<Vote> said() const {
    std::vector<Vote> out;
    const auto note = [&](const MessagePtr& m) {
      const Vote v = vote_of(*m);
      const bool own = !std::holds_alternative<CertificateMessage>(*m);
      if (own && std::ranges::find(out, v) == out.end()) out.push_back(v);
    };
    for (const auto& a : actions) {
      if (const auto* s = std::get_if<action::Send>(&a)) note(s->message);
      if (const auto* b = std::get_if<action::Broadcast>(&a)) note(b->message);
    }
    return out;
  }
  std::vector<Vote> just(Kind k, Round r, const Digest& d, Round prepared = 0) const {
    return {Vote{k, 0, h, r, d, prepared}};
  }

  FakeRegistry registry{9};
  Eras eras{&registry, n};
  CommitteePtr committee = eras.of_era(0);
  std::unique_ptr<Verifier> verifier = registry.make_verifier();
  TestReader reader;
  Timing timing{200, 1500, 20000, 200, 400, 20};
  Digest parent = sha256(as_bytes("parent"));
  Certificate parent_qc;
  ValidatorIndex me = 0;
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Core> core;
  TimeMs now = 1000;
  Actions actions;
  std::vector<Event> later;
  action::Persist saved;
  bool hold = false;
  event::Verdict verdict = event::Verdict::valid;
};

}  // namespace cess::consensus
