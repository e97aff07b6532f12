// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Catching up from good and bad peers.
#include "chain/consensus/sync.hpp"

#include "unit/chain/consensus/test_blocks.hpp"

namespace cess::consensus {
namespace {

// A chain of `length` blocks over eras of ten, certified as it should be.
struct Chain {
  explicit Chain(Height length, std::size_t n = 4, std::uint64_t salt = 0)
      : eras{&registry, n, 10, 1} {
    std::vector<ValidatorIndex> who(quorum(n));
    for (std::size_t i = 0; i < who.size(); ++i) who[i] = static_cast<ValidatorIndex>(i);
    Digest parent;
    std::optional<Certificate> qc;
    for (Height h = 1; h <= length; ++h) {
      TestBlock b{h, eras.era_of(h), parent, qc, h * 1000, {}, {}, salt, false};
      blocks.push_back(encode_test_block(b));
      parent = sha256(*blocks.back());
      qc = make_certificate(registry, *verifier, {}, *eras.of(h),
                            Vote{Kind::commit, b.era, h, 0, parent, 0}, who, b.era);
      certificates.push_back(*qc);
    }
  }
  sync_event::Range range(PeerId peer, Height first, std::size_t count) const {
    sync_event::Range r{peer, first, {}, std::nullopt};
    for (std::size_t i = 0; i < count && first + i <= blocks.size(); ++i) {
      r.blocks.push_back(blocks[first + i - 1]);
      r.last = certificates[first + i - 1];
    }
    return r;
  }
  FakeRegistry registry{4};
  std::unique_ptr<Verifier> verifier = registry.make_verifier();
  Eras eras;
  std::vector<BlockBytes> blocks;
  std::vector<Certificate> certificates;
};

struct SyncTest : testing::Test {
  using Answer = std::function<std::optional<sync_event::Range>(const sync_action::Ask&)>;

  // Runs until nothing more happens; each peer answers as told, or not at all.
  void run(Sync& sync, Chain& chain, std::map<PeerId, Answer> peers, Height claim) {
    std::vector<SyncEvent> todo{sync_event::Stand{1, {}, chain.eras.of(1)}};
    for (const auto& [peer, answer] : peers) todo.push_back(sync_event::PeerHeight{peer, claim});
    TimeMs timer = 0;
    for (std::size_t steps = 0; steps < 100000; ++steps) {
      if (todo.empty()) {
        if (timer == 0) return;
        now = timer;
        timer = 0;
        todo.push_back(sync_event::Tick{});
      }
      const SyncEvent e = todo.front();
      todo.erase(todo.begin());
      for (const SyncAction& a : sync.step(e, now)) {
        if (const auto* ask = std::get_if<sync_action::Ask>(&a)) {
          EXPECT_FALSE(dropped.contains(ask->peer));
          ++asked;
          if (auto answer = peers.at(ask->peer)(*ask)) todo.push_back(*answer);
        } else if (const auto* d = std::get_if<sync_action::Deliver>(&a)) {
          ASSERT_EQ(d->height, got.size() + 1);
          ASSERT_EQ(*d->block, *chain.blocks[d->height - 1]);
          ASSERT_TRUE(
              verify_certificate(*chain.verifier, {}, *chain.eras.of(d->height), d->certificate));
          got.push_back(d->height);
          todo.push_back(sync_event::Stand{d->height + 1, d->certificate.digest,
                                           chain.eras.of(d->height + 1)});
        } else if (const auto* drop = std::get_if<sync_action::Drop>(&a)) {
          dropped[drop->peer] = drop->lied;
        } else if (const auto* t = std::get_if<sync_action::SetTimer>(&a)) {
          timer = t->at_ms;
        }
      }
      held_max = std::max(held_max, sync.held_bytes());
    }
    FAIL() << "does not come to an end";
  }
  static Answer honest(const Chain& chain) {
    return [&chain](const sync_action::Ask& a) { return chain.range(a.peer, a.first, a.count); };
  }
  // The honest answer with one thing wrong.
  static Answer liar(const Chain& chain, std::function<void(sync_event::Range&)> lie) {
    return [&chain, lie](const sync_action::Ask& a) {
      auto r = chain.range(a.peer, a.first, a.count);
      if (!r.blocks.empty()) lie(r);
      return r;
    };
  }
  static Answer silent() {
    return [](const sync_action::Ask&) { return std::nullopt; };
  }

  TestReader reader;
  TimeMs now = 1;
  std::vector<Height> got;
  std::map<PeerId, bool> dropped;
  std::size_t asked = 0, held_max = 0;
  SyncLimits limits{.range_blocks = 7, .range_bytes = 7000, .ranges_in_flight = 3};
};

TEST_F(SyncTest, GetsEverythingAcrossErasFromOnePeer) {
  Chain chain(95);
  Sync sync({}, reader, *chain.verifier, limits);
  run(sync, chain, {{1, honest(chain)}}, 95);
  EXPECT_EQ(got.size(), 95U);
  EXPECT_TRUE(dropped.empty());
  EXPECT_LT(asked, 20U);
}

TEST_F(SyncTest, OneHonestPeerOfEightIsEnough) {
  Chain chain(60), other(60, 4, 5);
  Sync sync({}, reader, *chain.verifier, limits);
  // Certified by the right keys for another digest: another chain's blocks with our certificates.
  const auto foreign = [&](const sync_action::Ask& a) {
    auto r = other.range(a.peer, a.first, a.count);
    if (!r.blocks.empty()) r.last = chain.certificates[a.first + r.blocks.size() - 2];
    return std::optional(r);
  };
  run(sync, chain,
      {{1, silent()},
       {2, liar(chain, [](auto& r) { r.last->signers.add(3); })},
       {3, liar(chain, [](auto& r) { r.blocks[0] = std::make_shared<const Bytes>(9000); })},
       {4, foreign},
       {5, liar(chain, [](auto& r) { r.blocks.resize(1), r.last->round ^= 1; })},
       {6, liar(chain, [](auto& r) { r.blocks.assign(1000000, r.blocks[0]); })},
       {7, liar(chain, [](auto& r) { r.last.reset(); })},
       {8, honest(chain)}},
      60);
  EXPECT_EQ(got.size(), 60U);
  EXPECT_FALSE(dropped.contains(8));
  for (PeerId liar_id = 2; liar_id < 8; ++liar_id) {
    EXPECT_TRUE(dropped.contains(liar_id) && dropped[liar_id]) << liar_id;
  }
  EXPECT_FALSE(dropped.contains(1) && dropped[1]) << "slow is not lying";
  EXPECT_LE(held_max, limits.range_bytes * (limits.ranges_in_flight + 1));
}

TEST_F(SyncTest, ClaimOfAHeightThatNobodyHas) {
  Chain chain(20);
  Sync sync({}, reader, *chain.verifier, limits);
  run(sync, chain, {{1, honest(chain)}, {2, honest(chain)}}, ~Height{0});
  EXPECT_EQ(got.size(), 20U);
  EXPECT_EQ(dropped.size(), 2U);
  EXPECT_EQ(sync.best_height(), 0U);
}

TEST_F(SyncTest, SilentPeersAreGivenUpAfterAWhile) {
  Chain chain(20);
  Sync sync({}, reader, *chain.verifier, limits);
  run(sync, chain, {{1, silent()}, {2, silent()}}, 20);
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(dropped.size(), 2U);
  EXPECT_EQ(asked, 2U * limits.failures_max);
}

TEST_F(SyncTest, AnswersNobodyAskedForAreIgnored) {
  Chain chain(20);
  Sync sync({}, reader, *chain.verifier, limits);
  (void)sync.step(sync_event::Stand{1, {}, chain.eras.of(1)}, 1);
  EXPECT_TRUE(sync.step(chain.range(5, 1, 7), 1).empty());
  (void)sync.step(sync_event::PeerHeight{5, 20}, 1);
  EXPECT_TRUE(sync.step(chain.range(6, 1, 7), 1).empty());
  EXPECT_EQ(sync.held_bytes(), 0U);
}

TEST_F(SyncTest, WhoDoesNotAnswerIsAskedAgainLater) {
  Chain chain(20);
  Sync sync({}, reader, *chain.verifier, limits);
  (void)sync.step(sync_event::Stand{1, {}, chain.eras.of(1)}, 1);
  TimeMs t = 1;
  (void)sync.step(sync_event::PeerHeight{5, 20}, t);
  for (std::uint32_t i = 0; i < limits.failures_max; ++i)
    (void)sync.step(sync_event::Tick{}, t += limits.answer_ms);
  EXPECT_EQ(sync.best_height(), 0U) << "its word counts no more";
  EXPECT_TRUE(sync.step(sync_event::PeerHeight{5, 20}, t + limits.rest_ms - 1).empty());
  const auto again = sync.step(sync_event::PeerHeight{5, 20}, t + limits.rest_ms);
  ASSERT_FALSE(again.empty());
  EXPECT_TRUE(std::holds_alternative<sync_action::Ask>(again[0]));
  EXPECT_EQ(sync.best_height(), 20U);
}

TEST_F(SyncTest, PrunedBlocksAreAskedOfWhoHasThem) {
  Chain chain(20);
  Sync sync({}, reader, *chain.verifier, limits);
  (void)sync.step(sync_event::Stand{1, {}, chain.eras.of(1)}, 1);
  EXPECT_TRUE(sync.step(sync_event::PeerHeight{1, 20, 5}, 1).empty());
  EXPECT_TRUE(sync.left_behind());
  EXPECT_EQ(sync.best_height(), 20U);
  EXPECT_TRUE(sync.step(sync_event::PeerHeight{2, 20, 8}, 1).empty());
  const auto now_asked = sync.step(sync_event::PeerHeight{3, 20, 1}, 1);
  ASSERT_FALSE(now_asked.empty());
  EXPECT_EQ(std::get<sync_action::Ask>(now_asked[0]).peer, 3U);
  EXPECT_FALSE(sync.left_behind());
  // One that boasts does not make us believe that we are left behind.
  Sync other({}, reader, *chain.verifier, limits);
  (void)other.step(sync_event::Stand{21, {}, chain.eras.of(21)}, 1);
  (void)other.step(sync_event::PeerHeight{1, 1'000'000, 999'999}, 1);
  (void)other.step(sync_event::PeerHeight{2, 20, 1}, 1);
  EXPECT_FALSE(other.left_behind());
  EXPECT_EQ(other.best_height(), 20U);
}

TEST_F(SyncTest, PeersAreCounted) {
  Chain chain(1);
  limits.peers_max = 3;
  Sync sync({}, reader, *chain.verifier, limits);
  for (PeerId p = 0; p < 100; ++p) (void)sync.step(sync_event::PeerHeight{p, p}, 1);
  EXPECT_EQ(sync.best_height(), 2U);
}

TEST_F(SyncTest, DroppedPeerStaysOutUntilItReconnects) {
  Chain chain(20);
  Sync sync({}, reader, *chain.verifier, limits);
  (void)sync.step(sync_event::Stand{1, {}, chain.eras.of(1)}, 1);
  (void)sync.step(sync_event::PeerHeight{5, 20}, 1);
  auto bad = chain.range(5, 1, 7);
  bad.last->signers.add(3);
  (void)sync.step(bad, 1);
  EXPECT_TRUE(sync.step(sync_event::PeerHeight{5, 20}, 1).empty());
  (void)sync.step(sync_event::PeerGone{5}, 1);
  EXPECT_FALSE(sync.step(sync_event::PeerHeight{5, 20}, 1).empty());
}

}  // namespace
}  // namespace cess::consensus
