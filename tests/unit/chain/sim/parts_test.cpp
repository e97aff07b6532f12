// SPDX-License-Identifier: Apache-2.0
// links: economy
// What the ports of the simulator promise: a simulator that loses less than a real disk proves
// nothing.
#include <gtest/gtest.h>

#include "chain/sim/crypto.hpp"
#include "chain/sim/disk.hpp"
#include "chain/sim/network.hpp"
#include "chain/sim/options.hpp"

namespace cess::sim {
namespace {

TEST(SimRandom, StreamsAreTheirOwnAndTheSameAgain) {
  Random a = Random::stream(7, "network");
  Random b = Random::stream(7, "network");
  Random c = Random::stream(7, "disk");
  Random d = Random::stream(8, "network");
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  EXPECT_NE(first, d.next());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(a.below(10), 10U);
    const auto v = a.between(3, 5);
    EXPECT_TRUE(v >= 3 && v <= 5);
  }
  EXPECT_EQ(a.below(0), 0U);
}

TEST(SimTrace, HearsOrder) {
  Trace a, b;
  a.add(1), a.add(2);
  b.add(2), b.add(1);
  EXPECT_NE(a.hex(), b.hex());
  EXPECT_EQ(a.hex().size(), 32U);
}

TEST(SimDisk, SyncedStaysUnsyncedMayGoOrTear) {
  const Bytes old(100, 1);
  const Bytes fresh(100, 2);
  int kept = 0, lost = 0, torn = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Disk d{Random(seed)};
    ASSERT_TRUE(d.write(0, old));
    ASSERT_TRUE(d.sync(0));
    ASSERT_TRUE(d.write(0, fresh));
    EXPECT_EQ(*d.read(0), fresh);  // the cache shows it
    d.power_cut();
    const auto after = *d.read(0);
    ASSERT_TRUE(after.has_value());
    kept += *after == fresh ? 1 : 0;
    lost += *after == old ? 1 : 0;
    torn += *after != fresh && *after != old ? 1 : 0;
  }
  EXPECT_GT(kept, 5);
  EXPECT_GT(lost, 5);
  EXPECT_GT(torn, 5);
}

TEST(SimDisk, BatchesAreWholeOrAbsentWhereverThePowerGoes) {
  int there = 0, absent = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Disk d{Random(seed)};
    d.fail_at_call(1);
    const auto v = std::make_shared<const int>(1);
    EXPECT_FALSE(d.commit({{"a", v}, {"b", v}}));
    EXPECT_TRUE(d.dead());
    EXPECT_FALSE(d.write(0, Bytes{1}));
    d.power_cut();
    EXPECT_EQ(d.get("a") == nullptr, d.get("b") == nullptr);
    ++(d.get("a") ? there : absent);
  }
  EXPECT_GT(there, 5);
  EXPECT_GT(absent, 5);
}

TEST(SimDisk, AKilledProcessLosesNothingUntilThePowerGoes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Disk d{Random(seed)};
    ASSERT_TRUE(d.write(0, Bytes{1, 2, 3}));
    d.kill_at_call(1);
    d.fail_after_restart(2);
    EXPECT_FALSE(d.sync(1));
    EXPECT_TRUE(d.dead());
    EXPECT_FALSE(d.without_power());
    d.power_on();
    EXPECT_EQ(**d.read(0), (Bytes{1, 2, 3})) << "in the machine's cache";
    EXPECT_FALSE(d.read(0)) << "then the power goes";
    EXPECT_TRUE(d.without_power());
    d.power_on();
    const auto left = d.read(0);
    ASSERT_TRUE(left);
    EXPECT_TRUE(!*left || **left == (Bytes{1, 2, 3}) || (*left)->size() < 3) << "lost or torn";
    EXPECT_TRUE(d.write(0, Bytes{4}));
  }
}

TEST(SimDisk, ATailIsLostWithTheProcessAndTheRecordIsNot) {
  Disk d{Random(1)};
  const auto v = std::make_shared<const int>(1);
  for (const char* key : {"b1", "b2", "p9", "s"}) ASSERT_TRUE(d.commit({{key, v}}));
  ASSERT_TRUE(d.write(0, Bytes{1, 2, 3}));
  EXPECT_FALSE(d.power_on()) << "it has not ended";
  d.lose_tail_at_call(1);
  EXPECT_FALSE(d.sync(0));
  EXPECT_TRUE(d.power_on());
  EXPECT_EQ(d.get("b2"), nullptr);
  for (const char* key : {"b1", "p9", "s"}) EXPECT_NE(d.get(key), nullptr) << key;
  EXPECT_EQ(**d.read(0), (Bytes{1, 2, 3}));
  d.kill_at_call(1);
  EXPECT_FALSE(d.sync(0));
  EXPECT_FALSE(d.power_on()) << "once";
  EXPECT_NE(d.get("b1"), nullptr);
}

TEST(SimDisk, FullRefusesWritesAndKeepsWhatIsThere) {
  Disk d{Random(1)};
  ASSERT_TRUE(d.commit({{"b1", std::make_shared<const int>(1)}}));
  d.set_full(true);
  EXPECT_FALSE(d.commit({{"b2", std::make_shared<const int>(2)}}));
  EXPECT_NE(d.get("b1"), nullptr);
  EXPECT_EQ(d.get("b2"), nullptr);
  d.set_full(false);
  EXPECT_TRUE(d.rot());
  EXPECT_EQ(d.get("b1"), nullptr);
}

TEST(SimDisk, ARestoredCopyHasAnotherPlace) {
  Disk d{Random(1)};
  const auto before = DiskVoterStorage(d).place();
  const auto copy = d.copy();
  ASSERT_TRUE(d.commit({{"b1", std::make_shared<const int>(1)}}));
  d.restore(*copy);
  EXPECT_EQ(d.get("b1"), nullptr);
  EXPECT_NE(DiskVoterStorage(d).place(), before);
}

TEST(SimNetwork, CutsLoseOneWayAndCount) {
  NetworkOptions o;
  Network n(1, o, 3);
  EXPECT_EQ(n.plan(0, 1, 5).size(), 1U);
  n.cut(0, 1, true);
  n.cut(0, 1, true);
  EXPECT_TRUE(n.plan(0, 1, 5).empty());
  EXPECT_EQ(n.plan(1, 0, 5).size(), 1U);
  n.cut(0, 1, false);
  EXPECT_TRUE(n.plan(0, 1, 5).empty());
  n.cut(0, 1, false);
  EXPECT_EQ(n.plan(0, 1, 5).size(), 1U);
}

TEST(SimNetwork, ClogsHoldBackUntilTheyOpen) {
  Network n(1, {}, 2);
  n.clog(0, 1, 9 * kSecond);
  EXPECT_GE(n.plan(0, 1, kSecond).at(0), 9 * kSecond);
  EXPECT_LT(n.plan(1, 0, kSecond).at(0), 2 * kSecond);
  n.calm();
  EXPECT_LT(n.plan(0, 1, kSecond).at(0), 2 * kSecond);
}

// The algebra: aggregates of the right signers verify, nothing else does; and a rogue key forges,
// which is why possession must be proven.
TEST(SimCrypto, FastCryptoIsBlsWithoutTheCurve) {
  CryptoWorld w(3, false);
  std::vector<consensus::PublicKey> keys;
  std::vector<consensus::Signature> parts;
  const Bytes message = {1, 2, 3};
  for (std::uint64_t i = 0; i < 5; ++i) {
    keys.push_back(w.key(i));
    parts.push_back(w.make_signer(i)->sign(message));
    EXPECT_TRUE(w.verifier().verify(keys[i], message, parts[i]));
    EXPECT_FALSE(w.verifier().verify(keys[i], Bytes{1, 2}, parts[i]));
  }
  const auto sum = w.verifier().aggregate(parts);
  ASSERT_TRUE(sum);
  EXPECT_TRUE(w.verifier().verify_aggregate(keys, message, *sum));
  EXPECT_FALSE(w.verifier().verify_aggregate(std::span(keys).first(4), message, *sum));
  auto bad = *sum;
  bad[40] = 1;
  EXPECT_FALSE(w.verifier().verify_aggregate(keys, message, bad));
}

TEST(SimCrypto, ARogueKeyForgesUnlessPossessionIsProven) {
  CryptoWorld w(3, false);
  std::vector<consensus::PublicKey> keys = {w.key(0), w.key(1), w.key(2)};
  keys.push_back(w.rogue_key(99, keys));
  const Bytes message = {7};
  EXPECT_TRUE(w.verifier().verify_aggregate(keys, message, w.rogue_aggregate(99, message)));
  EXPECT_FALSE(w.verify_possession(keys[3], w.prove_possession(99)));
  EXPECT_TRUE(w.verify_possession(keys[0], w.prove_possession(0)));
}

TEST(SimOptions, ASeedExpandsToTheSameAndStaysWithinF) {
  Options base;
  base.validators = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Options o = swarm(seed, base);
    EXPECT_EQ(write_json(to_json(o)), write_json(to_json(swarm(seed, base))));
    std::uint64_t bad = o.twins | o.nodes_in_1970;
    for (const Liar& l : o.liars) bad |= std::uint64_t{1} << l.node;
    for (const Fault& f : o.faults) {
      EXPECT_LE(f.until, o.duration);
      if (f.kind == FaultKind::record_lost || f.kind == FaultKind::backup ||
          f.kind == FaultKind::slot_flip || f.kind == FaultKind::clock ||
          f.kind == FaultKind::fresh || f.kind == FaultKind::tail_lost) {
        bad |= f.nodes;
      }
    }
    EXPECT_LE(static_cast<std::size_t>(std::popcount(bad)),
              consensus::fault_count_max(o.validators));
  }
}

}  // namespace
}  // namespace cess::sim
