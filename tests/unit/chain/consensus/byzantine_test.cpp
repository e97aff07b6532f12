// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Up to f validators lie: no fork, progress, the liars convicted and nobody else (test_net checks
// after every step that evidence names only them).
#include <algorithm>

#include "unit/chain/consensus/test_net.hpp"

namespace cess::consensus {
namespace {

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> out;
  for (std::size_t i = from; i < to; ++i) out.push_back(i);
  return out;
}
void boot_all(Net& net) {
  for (std::size_t i = 0; i < net.nodes.size(); ++i) net.boot(i);
}
Height top(const Net& net) { return net.finals.empty() ? 0 : net.finals.rbegin()->first; }
// Node i signs anything as validator i.
SignedVote sign(Net& net, std::size_t i, Vote v) {
  const std::uint64_t number = net.nodes[i]->number;
  const auto index = net.eras.of(v.height)->index_of(net.registry.key(number));
  return {v, *index, net.registry.make_signer(number)->sign(signed_bytes(net.chain_id, v))};
}
template <class M>
const M* as(const MessagePtr& m) {
  return m == nullptr ? nullptr : std::get_if<M>(m.get());
}
template <class M>
MessagePtr message(M m) {
  return std::make_shared<const Message>(std::move(m));
}
std::set<char> letters(const Net& net) {
  std::set<char> out;
  for (const auto& node : net.nodes) {
    for (const Evidence& e : node->reports) out.insert(letter_of(e));
  }
  return out;
}

// A second block for every proposal, for half of the others.
void equivocate_proposal(Net& net, std::size_t from, std::size_t to, MessagePtr& m) {
  const auto* p = as<Proposal>(m);
  if (p == nullptr || to % 2 == 0 || p->vote.vote.round != 0) return;
  TestBlock b = *decode_test_block(*p->block);
  b.salt += 1;
  Proposal other = *p;
  other.block = encode_test_block(b);
  Vote v = p->vote.vote;
  v.digest = sha256(*other.block);
  other.vote = sign(net, from, v);
  net.nodes[from]->seen[v.digest] = other.block;
  m = message(other);
}
// Another digest in the vote for every second collector.
void equivocate_vote(Net& net, std::size_t from, std::size_t to, MessagePtr& m) {
  const auto* v = as<VoteMessage>(m);
  if (v == nullptr || to % 2 == 0) return;
  VoteMessage other = *v;
  Vote changed = v->vote.vote;
  changed.digest.bytes[9] ^= 1;
  other.vote = sign(net, from, changed);
  m = message(other);
}
// Says both.
void double_vote(Net& net, std::size_t from, std::size_t to, MessagePtr& m) {
  const auto* v = as<VoteMessage>(m);
  if (v == nullptr || v->vote.signer != from) return;
  VoteMessage other = *v;
  other.vote.vote.digest.bytes[9] ^= 1;
  other.proposal.reset();
  other.vote = sign(net, from, other.vote.vote);
  const MessagePtr honest = std::exchange(m, message(other));
  static bool again = false;
  if (again) return;
  again = true;
  const auto filter = std::exchange(net.filter, [](auto, auto, auto&) { return true; });
  net.inject(from, to, honest);
  net.filter = filter;
  again = false;
}
void forget_prepared(Net& net, std::size_t from, std::size_t, MessagePtr& m) {
  const auto* c = as<RoundChange>(m);
  if (c == nullptr || !c->prepared) return;
  Vote v = c->vote.vote;
  v.digest = {};
  v.prepared = 0;
  m = message(RoundChange{sign(net, from, v), std::nullopt});
}
void invent_prepared(Net& net, std::size_t from, std::size_t, MessagePtr& m) {
  const auto* c = as<RoundChange>(m);
  if (c == nullptr) return;
  RoundChange lie = *c;
  Vote v = c->vote.vote;
  v.prepared = v.round;
  v.digest.bytes[1] ^= 7;
  lie.vote = sign(net, from, v);
  Certificate qc{Kind::prepare, v.era, v.height, v.round - 1, v.digest, {}, {}};
  qc.signers = {static_cast<std::uint16_t>(net.options.n), (1U << net.options.n) - 1};
  lie.prepared = qc;
  m = message(lie);
}
void spoil_share(Net&, std::size_t, std::size_t, MessagePtr& m) {
  const auto* v = as<VoteMessage>(m);
  if (v == nullptr) return;
  VoteMessage bad = *v;
  bad.vote.signature[3] ^= 0x40;
  m = message(bad);
}

TEST(Byzantine, EquivocatingProposersAreConvicted) {
  Net net({.n = 11, .seed = 1});
  net.liars = {0, 1, 2};
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
    if (from < 3) equivocate_proposal(net, from, to, m);
    return true;
  };
  boot_all(net);
  EXPECT_TRUE(net.reach(25, 200000, range(3, 11)));
  EXPECT_EQ(net.convicted, net.liars);
  EXPECT_TRUE(letters(net).contains('a'));
}

TEST(Byzantine, DoubleVotersAreConvicted) {
  Net net({.n = 11, .seed = 2});
  net.liars = {0, 1, 2};
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
    if (from < 3) double_vote(net, from, to, m);
    return true;
  };
  boot_all(net);
  EXPECT_TRUE(net.reach(10, 100000, range(3, 11)));
  EXPECT_EQ(net.convicted, net.liars);
  EXPECT_EQ(letters(net), (std::set<char>{'b', 'c'}));
}

// Of round 0 only the liar's COMMIT arrives: prepared, but not decided. Who then forgets is found.
TEST(Byzantine, AmnesiaIsProven) {
  Net net({.n = 4, .seed = 3});
  net.liars = {0};
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
    const auto* vote = as<VoteMessage>(m);
    if (vote != nullptr && vote->vote.vote.kind == Kind::commit && vote->vote.vote.round == 0 &&
        from != 0) {
      return false;
    }
    if (from == 0) forget_prepared(net, from, to, m);
    return true;
  };
  boot_all(net);
  EXPECT_TRUE(net.reach(5, 200000, range(0, 4)));
  EXPECT_EQ(net.convicted, net.liars);
  EXPECT_EQ(letters(net), std::set<char>{'d'});
}

TEST(Byzantine, InventedCertificatesInRoundChangesAreRefused) {
  Net net({.n = 7, .seed = 4});
  net.liars = {0, 1};
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
    if (from < 2) invent_prepared(net, from, to, m);
    if (from < 2 && (as<Proposal>(m) != nullptr || as<CertificateMessage>(m) != nullptr)) {
      return false;
    }
    return true;
  };
  boot_all(net);
  EXPECT_TRUE(net.reach(14, 400000, range(2, 7)));
  EXPECT_GT(net.nodes[3]->penalties, 0U);
}

TEST(Byzantine, BadSharesAreFoundAndCostNoRound) {
  Net net({.n = 11, .seed = 5});
  net.liars = {0, 1, 2};
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
    if (from < 3) spoil_share(net, from, to, m);
    return true;
  };
  boot_all(net);
  EXPECT_TRUE(net.reach(22, 100000, range(3, 11)));
  for (const Final& f : net.nodes[5]->chain) EXPECT_EQ(f.certificate.round, 0U);
  EXPECT_TRUE(net.convicted.empty());
}

TEST(Byzantine, InvalidBlockConvictsItsProposer) {
  Net net({.n = 4, .seed = 6});
  net.liars = {2};
  net.nodes[2]->proposes_bad = true;
  boot_all(net);
  EXPECT_TRUE(net.reach(10, 200000, range(0, 4)));
  EXPECT_EQ(net.convicted, net.liars);
  EXPECT_EQ(letters(net), std::set<char>{'f'});
}

// Two nodes per key, each with a record of its own, see different halves by turns.
TEST(Byzantine, TwinsNeverForkAndAreConvicted) {
  std::set<std::uint64_t> convicted;
  std::set<char> seen;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    Net net({.n = 11, .seed = seed, .latency_max = 100, .loss = 0.02});
    net.liars = {0, 1, 2};
    for (std::uint64_t i = 0; i < 3; ++i) net.add(i);
    std::mt19937_64 rng(seed);
    std::vector<bool> side(14);
    bool parted = true;
    const auto cut = [&] {
      for (std::size_t i = 0; i < 14; ++i) side[i] = rng() % 2 == 0;
      for (std::size_t i = 0; i < 3; ++i) side[11 + i] = !side[i];
    };
    net.filter = [&](std::size_t from, std::size_t to, MessagePtr&) {
      return !parted || side[from] == side[to];
    };
    boot_all(net);
    for (int k = 0; k < 30; ++k) {
      cut();
      parted = rng() % 3 != 0;
      net.run(200 + rng() % 3000);
    }
    parted = false;
    EXPECT_TRUE(net.reach(top(net) + 5, 400000, range(3, 11))) << "seed " << seed;
    convicted.insert(net.convicted.begin(), net.convicted.end());
    for (const char c : letters(net)) seen.insert(c);
  }
  EXPECT_EQ(convicted, (std::set<std::uint64_t>{0, 1, 2}));
  EXPECT_GE(seen.size(), 2U);
}

// Everything at once, f liars of changing habits, honest nodes crash, the network is bad.
TEST(Byzantine, Swarm) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::size_t n = seed % 4 == 0 ? 4 : seed % 4 == 1 ? 7 : seed % 4 == 2 ? 10 : 11;
    const std::size_t f = fault_count_max(n);
    Net net({.n = n, .seed = seed, .latency_max = 120, .loss = 0.03, .sync_ms = 20});
    std::mt19937_64 rng(seed);
    for (std::size_t i = 0; i < f; ++i) net.liars.insert(i);
    std::vector<unsigned> habit(f);
    bool lying = true;
    net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
      if (!lying || from >= f || m == nullptr) return true;
      switch (habit[from]) {
        case 0:
          equivocate_proposal(net, from, to, m);
          break;
        case 1:
          equivocate_vote(net, from, to, m);
          break;
        case 2:
          double_vote(net, from, to, m);
          break;
        case 3:
          forget_prepared(net, from, to, m);
          break;
        case 4:
          invent_prepared(net, from, to, m);
          break;
        case 5:
          spoil_share(net, from, to, m);
          break;
        case 6:
          return false;
        case 7:
          return to % 3 == 0;
        default:
          break;
      }
      return true;
    };
    boot_all(net);
    for (int k = 0; k < 20; ++k) {
      for (unsigned& h : habit) h = static_cast<unsigned>(rng() % 9);
      for (std::size_t i = 0; i < f; ++i) net.nodes[i]->proposes_bad = rng() % 4 == 0;
      const std::size_t victim = f + rng() % (n - f);
      net.run(rng() % 2000);
      if (rng() % 2 == 0) {
        net.crash(victim);
        net.run(rng() % 1000);
        net.boot(victim);
      }
      ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
    }
    EXPECT_TRUE(net.reach(top(net) + 4, 600000, range(f, n))) << "with liars, seed " << seed;
    for (std::size_t i = f; i < n; ++i) {
      for (const std::string& alarm : net.nodes[i]->alarms) ADD_FAILURE() << alarm << seed;
    }
  }
}

}  // namespace
}  // namespace cess::consensus
