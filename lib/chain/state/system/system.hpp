// SPDX-License-Identifier: Apache-2.0
// The clock of the chain, counted in blocks, and its randomness. Epoch 0 and era 0 begin with block
// 1. Lengths that governance changes hold from the next era on. What other modules ask:
//
//   const auto clock = system::clock(ctx.state);         // of the block that is being executed
//   if (clock.epoch_begins()) …                          // in begin_block
//   if (clock.epoch_ends()) …                            // in end_block
//   DrawStream draw(system::beacon(ctx.state), "placement" + …);
//
// Randomness. y_h is the VRF output of block h's proposer (BlockInfo::vrf_output).
//   chain of epoch e:  a_0 = R_e,  a_i = H("CESS-BEACON-STEP-v1" ‖ a_{i-1} ‖ y of its i-th block)
//   R_{e+1} = H("CESS-BEACON-v1" ‖ R_e ‖ a_c), c blocks up to the cut-off at 2/3 of the epoch
// and the same over an era with "CESS-ERA-SEED-STEP-v1" and "CESS-ERA-SEED-v1". So R_{e+1} is known
// from the cut-off on: whatever must not depend on it (a miner's index) is fixed by then, and who
// makes the last j blocks before the cut-off chooses among at most 2^j values.
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess::system {

inline constexpr ModuleId kModule = 0;

struct Params {
  std::uint32_t block_ms = 6000;  ///< what proposers aim at
  std::uint32_t blocks_per_epoch = 600;
  std::uint32_t epochs_per_era = 6;
  std::uint64_t block_weight_max = 3'000'000'000;  ///< sum of the weights of a block's calls, ns
  CESS_RECORD(block_ms, blocks_per_epoch, epochs_per_era, block_weight_max)
  static Params dev() { return {1000, 10, 6, 3'000'000'000}; }
};

struct Clock {
  Height height = 0;
  TimeMs time_ms = 0;
  Epoch epoch = 0;
  Height epoch_start = 1;  ///< first block of the epoch
  std::uint32_t epoch_blocks = 1;
  Era era = 0;
  Height era_start = 1;
  std::uint32_t era_blocks = 1;
  CESS_RECORD(height, time_ms, epoch, epoch_start, epoch_blocks, era, era_start, era_blocks)

  [[nodiscard]] Height epoch_end() const { return epoch_start + epoch_blocks - 1; }  ///< last block
  [[nodiscard]] Height era_end() const { return era_start + era_blocks - 1; }
  [[nodiscard]] bool epoch_begins() const { return height == epoch_start; }
  [[nodiscard]] bool epoch_ends() const { return height == epoch_end(); }
  [[nodiscard]] bool era_begins() const { return height == era_start; }
  [[nodiscard]] bool era_ends() const { return height == era_end(); }
  [[nodiscard]] std::uint32_t epochs_per_era() const { return era_blocks / epoch_blocks; }
  /// Last block whose y goes into the next epoch's beacon; from its end on next_beacon() is there.
  [[nodiscard]] Height beacon_cutoff() const { return cutoff(epoch_start, epoch_blocks, 4); }
  /// The same for the next era's seed: over this candidates make their VRF proofs.
  [[nodiscard]] Height seed_cutoff() const { return cutoff(era_start, era_blocks, 4); }
  /// At 5/6 of the era: in this block's end_block the next committee is fixed.
  [[nodiscard]] Height committee_height() const { return cutoff(era_start, era_blocks, 5); }

 private:
  static Height cutoff(Height start, std::uint32_t blocks, std::uint32_t sixths) {
    const auto n = std::uint64_t{blocks} * sixths / 6;
    return start + (n == 0 ? 0 : n - 1);
  }
};

struct Randomness {
  Hash256 beacon;      ///< R_e of the current epoch
  Hash256 epoch_step;  ///< a_i
  std::optional<Hash256> next_beacon;
  Hash256 era_seed;
  Hash256 era_step;
  std::optional<Hash256> next_era_seed;
  CESS_RECORD(beacon, epoch_step, next_beacon, era_seed, era_step, next_era_seed)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredValue<Clock> kClock{kModule, 1, "clock"};
inline constexpr StoredValue<Randomness> kRandomness{kModule, 2, "randomness"};
inline constexpr StoredValue<Hash256> kParent{kModule, 3, "parent"};  ///< of the executed block

/// Of the block that is being executed, else of the last one.
Clock clock(const State& state);
/// R_e: drives audits and placement of the current epoch.
Hash256 beacon(const State& state);
/// Of the current era: input of proposers' VRFs and of the order of proposers.
Hash256 era_seed(const State& state);
/// R_{e+1} or the next era's seed, once their cut-off has passed.
std::optional<Hash256> next_beacon(const State& state);
std::optional<Hash256> next_era_seed(const State& state);
/// Whole blocks that `ms` last at the intended rate, rounded up.
std::uint64_t blocks_in(const State& state, std::uint64_t ms);

/// Event 0.
struct EpochBegan {
  Epoch epoch = 0;
  Era era = 0;
  Hash256 beacon;
  CESS_RECORD(epoch, era, beacon)
};
/// Event 1.
struct EraBegan {
  Era era = 0;
  Hash256 seed;
  CESS_RECORD(era, seed)
};

/// "genesis"."system" of the spec; all optional.
struct Genesis {
  std::optional<Hash256> seed;  ///< public chance of the launch: R_0 and the first era's seed
  std::optional<std::uint64_t> time_ms;
  CESS_RECORD(seed, time_ms)
};

}  // namespace cess::system
