// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/system/system.hpp"

#include "chain/state/governance/governance.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace system_test {

Hash256 h(std::string_view domain, const Hash256& a) {
  return sha256({as_bytes(domain), a.view()});
}
Hash256 h(std::string_view domain, const Hash256& a, const Hash256& b) {
  return sha256({as_bytes(domain), a.view(), b.view()});
}

// Epochs of 6 blocks, eras of 2: cut-offs at the 4th block of an epoch and the 8th of an era, the
// committee at the 10th.
TestChain small() {
  Json spec;
  spec["params"]["system"]["blocks_per_epoch"] = 6;
  spec["params"]["system"]["epochs_per_era"] = 2;
  return TestChain({.spec = spec});
}

TEST(System, MainPresetIsTheNetworksClock) {
  const system::Params p;
  EXPECT_EQ(p.block_ms * p.blocks_per_epoch, 3'600'000U) << "an epoch is an hour";
  EXPECT_EQ(p.epochs_per_era, 6U);
  const auto dev = system::Params::dev();
  EXPECT_EQ(dev.block_ms * dev.blocks_per_epoch * dev.epochs_per_era, 60'000U) << "a minute";
}

TEST(System, CountsEpochsAndEras) {
  auto chain = small();
  for (Height height = 1; height <= 40; ++height) {
    chain.block();
    const auto c = system::clock(chain.state());
    EXPECT_EQ(c.height, height);
    EXPECT_EQ(c.epoch, (height - 1) / 6);
    EXPECT_EQ(c.era, (height - 1) / 12);
    EXPECT_EQ(c.epoch_begins(), height % 6 == 1);
    EXPECT_EQ(c.epoch_ends(), height % 6 == 0);
    EXPECT_EQ(c.era_begins(), height % 12 == 1);
    EXPECT_EQ(c.era_ends(), height % 12 == 0);
    EXPECT_EQ(c.beacon_cutoff(), c.epoch_start + 3);
    EXPECT_EQ(c.seed_cutoff(), c.era_start + 7);
    EXPECT_EQ(c.committee_height(), c.era_start + 9);
    EXPECT_EQ(system::next_beacon(chain.state()).has_value(), height >= c.beacon_cutoff());
    EXPECT_EQ(system::next_era_seed(chain.state()).has_value(), height >= c.seed_cutoff());
  }
}

TEST(System, TheBeaconIsTheChainOfOutputsUpToTheCutoff) {
  auto chain = small();
  Hash256 beacon = h("CESS-BEACON-v1", Hash256{});
  Hash256 seed = h("CESS-ERA-SEED-v1", Hash256{});
  Hash256 step = beacon;
  Hash256 era_step = seed;
  for (Height height = 1; height <= 30; ++height) {
    if (height % 12 == 1 && height > 1) {
      seed = h("CESS-ERA-SEED-v1", seed, era_step);
      era_step = seed;
    }
    if (height % 6 == 1 && height > 1) {
      beacon = h("CESS-BEACON-v1", beacon, step);
      step = beacon;
    }
    const Hash256 y = sha256(as_bytes("y" + std::to_string(height)));
    if ((height - 1) % 6 < 4) step = h("CESS-BEACON-STEP-v1", step, y);
    if ((height - 1) % 12 < 8) era_step = h("CESS-ERA-SEED-STEP-v1", era_step, y);
    chain.next.vrf_output = y;
    chain.block();
    EXPECT_EQ(system::beacon(chain.state()), beacon) << height;
    EXPECT_EQ(system::era_seed(chain.state()), seed) << height;
  }
}

TEST(System, NewLengthsHoldFromTheNextEra) {
  auto chain = small();
  chain.advance(3);
  ASSERT_TRUE(chain.govern("governance.set_params",
                           governance::SetParams{"system", R"({"blocks_per_epoch":3})"}));
  chain.advance(9);
  EXPECT_TRUE(system::clock(chain.state()).era_ends());
  chain.block();
  const auto c = system::clock(chain.state());
  EXPECT_EQ(c.epoch, 2U);
  EXPECT_EQ(c.era, 1U);
  EXPECT_EQ(c.epoch_end(), 15U);
  EXPECT_EQ(c.era_end(), 18U);
  chain.advance(20);
}

TEST(System, RefusesClocksThatCannotRun) {
  TestChain chain;
  for (const char* bad :
       {R"({"blocks_per_epoch":2})", R"({"epochs_per_era":0})", R"({"block_ms":9})",
        R"({"block_weight_max":0})", R"({"blocks_per_epoch":1000001})"}) {
    EXPECT_FALSE(chain.govern("governance.set_params", governance::SetParams{"system", bad}))
        << bad;
  }
}

TEST(System, CountsBlocksOfATime) {
  TestChain chain;  // a block a second
  EXPECT_EQ(system::blocks_in(chain.state(), 0), 0U);
  EXPECT_EQ(system::blocks_in(chain.state(), 1), 1U);
  EXPECT_EQ(system::blocks_in(chain.state(), 1000), 1U);
  EXPECT_EQ(system::blocks_in(chain.state(), 1001), 2U);
}

}  // namespace system_test
}  // namespace cess
