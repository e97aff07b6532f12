// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Lossy networks, partitions, crashes, dead collectors, eras. (Nobody lies here.)
#include "unit/chain/consensus/test_net.hpp"

namespace cess::consensus {
namespace faults_test {

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> out;
  for (std::size_t i = from; i < to; ++i) out.push_back(i);
  return out;
}
void boot_all(Net& net) {
  for (std::size_t i = 0; i < net.nodes.size(); ++i) net.boot(i);
}
Height top(const Net& net) { return net.finals.empty() ? 0 : net.finals.rbegin()->first; }

TEST(Faults, FourOfElevenSilentHaltAndResume) {
  Net net({.n = 11, .seed = 2});
  boot_all(net);
  ASSERT_TRUE(net.reach(5, 20000, range(0, 11)));
  for (std::size_t i = 0; i < 4; ++i) net.crash(i);
  net.run(3000);  // what was under way
  const Height h = top(net);
  net.run(300000);
  EXPECT_EQ(top(net), h) << "seven of eleven went on";
  net.boot(0);
  // Within ten of the longest timeouts.
  EXPECT_TRUE(net.reach(h + 5, 200000, range(4, 11)));
  EXPECT_TRUE(net.reach(h + 5, 20000, {0}));
}

TEST(Faults, LossAndReordering) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Net net({.n = 7, .seed = seed, .latency_min = 1, .latency_max = 400, .loss = 0.2});
    boot_all(net);
    EXPECT_TRUE(net.reach(10, 400000, range(0, 7))) << "seed " << seed;
  }
}

TEST(Faults, PartitionsHeal) {
  const std::vector<std::vector<int>> shapes = {
      {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1},  // 5/6: nobody goes on
      {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2},  // 4/4/3: nobody
      {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1},  // 8/3: the eight do
  };
  for (const auto& shape : shapes) {
    Net net({.n = 11, .seed = 3});
    boot_all(net);
    ASSERT_TRUE(net.reach(3, 20000, range(0, 11)));
    bool parted = true;
    net.filter = [&](std::size_t from, std::size_t to, MessagePtr&) {
      return !parted || shape[from] == shape[to];
    };
    net.run(4000);
    const Height h = top(net);
    net.run(60000);
    if (shape[7] == 0) {
      EXPECT_GT(top(net), h + 10);
    } else {
      EXPECT_EQ(top(net), h);
    }
    parted = false;
    EXPECT_TRUE(net.reach(top(net) + 3, 10 * net.options.timing.round_ms_max, range(0, 11)));
  }
}

TEST(Faults, OneWayAndFlapping) {
  Net net({.n = 7, .seed = 4});
  boot_all(net);
  // 0 hears nobody, 1 is heard by nobody; the rest lose touch every other second.
  bool healed = false;
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr&) {
    if (healed) return true;
    if (to == 0 || from == 1) return false;
    return (net.now / 1000) % 2 == 0 || from % 2 == to % 2;
  };
  net.run(120000);
  healed = true;
  EXPECT_TRUE(net.reach(top(net) + 3, 10 * net.options.timing.round_ms_max, range(0, 7)));
}

// Kills at any moment, up to all at once; records and prepared blocks are all that is left.
TEST(Faults, CrashesNeverSignTwice) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::size_t n = seed % 3 == 0 ? 4 : seed % 3 == 1 ? 7 : 11;
    Net net({.n = n, .seed = seed, .latency_max = 150, .loss = 0.05, .sync_ms = 40});
    boot_all(net);
    std::mt19937_64 rng(seed);
    for (int k = 0; k < 60; ++k) {
      net.run(rng() % 1500);
      const std::size_t victims = k % 15 == 14 ? n : 1 + rng() % (fault_count_max(n) + 1);
      std::set<std::size_t> down;
      while (down.size() < victims) down.insert(rng() % n);
      for (const std::size_t i : down) net.crash(i);
      if (k % 15 != 14) net.run(rng() % 800);
      for (const std::size_t i : down) net.boot(i);
      if (HasFatalFailure()) FAIL() << "seed " << seed;
    }
    EXPECT_TRUE(net.reach(top(net) + 3, 400000, range(0, n))) << "seed " << seed;
  }
}

// A torn write costs the newer slot, which was not acknowledged, so nothing rests on it.
TEST(Faults, TornSlotAtTheMomentOfTheCrash) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Net net({.n = 4, .seed = seed, .sync_ms = 30});
    boot_all(net);
    std::mt19937_64 rng(seed);
    for (int k = 0; k < 30; ++k) {
      net.run(200 + rng() % 900);
      const std::size_t i = rng() % 4;
      net.crash(i);
      const auto record =
          load_voter_record(net.nodes[i]->storage, net.chain_id, net.nodes[i]->signer->key());
      ASSERT_TRUE(record);
      auto& torn = net.nodes[i]->storage.slots[slot_of(record->sequence + 1)];
      if (torn) torn->resize(rng() % torn->size());
      net.boot(i);
    }
    EXPECT_TRUE(net.reach(top(net) + 3, 200000, range(0, 4))) << "seed " << seed;
  }
}

TEST(Faults, LostRecordRefusesToVote) {
  Net net({.n = 4, .seed = 6});
  boot_all(net);
  ASSERT_TRUE(net.reach(3, 20000, range(0, 4)));
  net.crash(2);
  net.nodes[2]->storage.slots[0].reset();
  net.nodes[2]->storage.slots[1].reset();
  net.boot(2);
  EXPECT_FALSE(net.nodes[2]->core->view().voting);
  ASSERT_EQ(net.nodes[2]->alarms.size(), 1U);
  EXPECT_NE(net.nodes[2]->alarms[0].find("no usable voter record"), std::string::npos);
  EXPECT_TRUE(net.reach(8, 60000, range(0, 4))) << "it follows, and three are a quorum";
  for (const Final& f : net.nodes[0]->chain) {
    if (f.certificate.height > 5) {
      EXPECT_FALSE(f.certificate.signers.has(2));
    }
  }
}

// An old copy of the record, put back: certificates show that the key has signed more.
TEST(Faults, OldCopyOfTheRecordIsNoticed) {
  Net net({.n = 4, .seed = 7});
  boot_all(net);
  ASSERT_TRUE(net.reach(3, 20000, range(0, 4)));
  auto& slots = net.nodes[1]->storage.slots;
  const std::vector<std::optional<Bytes>> old{slots[0], slots[1]};
  ASSERT_TRUE(net.reach(10, 20000, range(0, 4)));
  net.crash(1);
  slots[0] = old[0];
  slots[1] = old[1];
  net.boot(1);
  net.run(3000);
  EXPECT_FALSE(net.nodes[1]->core->view().voting);
  ASSERT_FALSE(net.nodes[1]->alarms.empty());
  EXPECT_NE(net.nodes[1]->alarms[0].find("does not know"), std::string::npos);
  EXPECT_TRUE(net.reach(15, 60000, range(0, 4)));
}

// All three collectors of every turn swallow the votes: all-to-all after 2δ.
TEST(Faults, DeadCollectorsCostTimeOnly) {
  Net net({.n = 11, .seed = 8});
  boot_all(net);
  net.filter = [&](std::size_t, std::size_t, MessagePtr& m) {
    return m == nullptr || !std::holds_alternative<CertificateMessage>(*m);
  };
  EXPECT_TRUE(net.reach(10, 10 * 2500, range(0, 11)));
  for (const auto& node : net.nodes) {
    for (const Final& f : node->chain) EXPECT_EQ(f.certificate.round, 0U) << "no round was lost";
  }
}

// The collectors give their certificate to a few only.
TEST(Faults, WithheldCertificatesAreAskedFor) {
  Net net({.n = 11, .seed = 9});
  boot_all(net);
  net.filter = [&](std::size_t from, std::size_t to, MessagePtr& m) {
    if (m == nullptr || !std::holds_alternative<CertificateMessage>(*m)) return true;
    const auto v = vote_of(*m);
    const auto c = net.eras.of(v.height);
    const bool collector =
        c->collector_rank(v.height, v.round, static_cast<ValidatorIndex>(from)).has_value();
    return !collector || to < 4;
  };
  EXPECT_TRUE(net.reach(10, 10 * 3000, range(0, 11)));
}

TEST(Faults, SecondAndThirdCollectorStaySilent) {
  Net net({.n = 11, .seed = 10, .latency_max = 20});
  boot_all(net);
  std::map<std::size_t, int> certificates;
  net.filter = [&](std::size_t from, std::size_t, MessagePtr& m) {
    if (m != nullptr && std::holds_alternative<CertificateMessage>(*m)) {
      const auto v = vote_of(*m);
      const auto c = net.eras.of(v.height);
      ++certificates[c->collector_rank(v.height, v.round, static_cast<ValidatorIndex>(from))
                         .value_or(9)];
    }
    return true;
  };
  ASSERT_TRUE(net.reach(20, 60000, range(0, 11)));
  EXPECT_GE(certificates[0], 20 * 2 * 10);
  EXPECT_EQ(certificates[1] + certificates[2] + certificates[9], 0);
}

// A slow validator's COMMIT comes after the quorum; it stands in the next header all the same.
TEST(Faults, SlowHonestValidatorIsCounted) {
  Net net({.n = 11, .seed = 11, .latency_max = 20});
  boot_all(net);
  net.slow[4] = 100;
  ASSERT_TRUE(net.reach(20, 60000, range(0, 11)));
  std::size_t seats = 0;
  for (const Final& f : net.nodes[0]->chain) {
    const auto b = decode_test_block(*f.block);
    if (b->parent_certificate) seats += b->parent_certificate->signers.count();
  }
  EXPECT_EQ(seats, 19U * 11U);
  std::size_t at_once = 0;
  for (const Final& f : net.nodes[0]->chain) at_once += f.certificate.signers.has(4) ? 1U : 0U;
  EXPECT_LT(at_once, 10U) << "it was slow";
}

TEST(Faults, ErasChangeOverAFinalBlock) {
  for (const std::size_t n : {1U, 4U, 7U, 10U, 11U, 13U}) {
    // Two new members per era; the pool has enough for three eras.
    Net net({.n = n, .seed = 12, .era_length = 5, .shift = 2});
    for (std::uint64_t i = n; i < n + 6; ++i) net.add(i);
    boot_all(net);
    ASSERT_TRUE(net.reach(16, 120000, range(0, n + 6))) << n;
    for (const Final& f : net.nodes[n]->chain) {
      EXPECT_EQ(f.certificate.era, (f.certificate.height - 1) / 5);
    }
    const auto first_of_era = decode_test_block(*net.nodes[0]->chain[5].block);
    EXPECT_EQ(first_of_era->parent_certificate->era, 0U);
    for (const auto& node : net.nodes) EXPECT_TRUE(node->alarms.empty());
  }
}

TEST(Faults, EraBeginsWithThreeNewMembersDead) {
  Net net({.n = 11, .seed = 13, .era_length = 5, .shift = 3});
  for (std::uint64_t i = 11; i < 14; ++i) net.add(i);
  for (std::size_t i = 0; i < 11; ++i) net.boot(i);
  EXPECT_TRUE(net.reach(9, 200000, range(0, 11)));
}

TEST(Faults, ObserverFollows) {
  Net net({.n = 4, .seed = 14, .loss = 0.1});
  const std::size_t observer = net.add(100, true);
  boot_all(net);
  EXPECT_TRUE(net.reach(20, 200000, {observer}));
  std::size_t others = 0;
  for (std::size_t i = 0; i < 4; ++i) others += net.nodes[i]->sent;
  EXPECT_EQ(net.nodes[observer]->sent, 0U) << "of " << others;
}

// A record lost in era 0 is begun anew in era 1.
TEST(Faults, LostRecordResumesWithTheNextEra) {
  Net net({.n = 4, .seed = 15, .era_length = 6});
  boot_all(net);
  ASSERT_TRUE(net.reach(3, 20000, range(0, 4)));
  net.crash(2);
  net.nodes[2]->storage.slots[0].reset();
  net.nodes[2]->storage.slots[1].reset();
  net.resume_era[2] = 1;
  net.boot(2);
  ASSERT_TRUE(net.reach(6, 60000, range(0, 4)));
  ASSERT_TRUE(net.reach(12, 60000, range(0, 4)));
  EXPECT_TRUE(net.nodes[2]->core->view().voting);
  bool counted = false;
  for (const Final& f : net.nodes[0]->chain) {
    const bool has = f.certificate.signers.has(2);
    if (f.certificate.height > 6) counted = counted || has;
  }
  EXPECT_TRUE(counted);
}

}  // namespace faults_test
}  // namespace cess::consensus
