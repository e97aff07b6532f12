// SPDX-License-Identifier: Apache-2.0
// Probes of availability (PoAs): at heights that nobody knows before, drawn members of the
// committee ask each miner for a range of a drawn fragment, and sign what they saw. What comes on
// chain is a statement with one aggregated signature; two of three decide.
//
//   slot h      block h is one with probability per_epoch / blocks of an epoch; its seed follows
//   from
//               the block's own VRF output, so nobody prepares for it
//   probe       (slot, miner): fragment, range and verifiers, all drawn from the seed (probe_of)
//   report      within report_blocks, once a probe; by anybody, the signatures speak
//
// Limits for a pass (2 s to the first byte, 10 s in all; bytes that fit the fragment root) are the
// verifiers' to keep. A probe nobody reports counts neither way.
#pragma once

#include "chain/state/audits/index.hpp"
#include "chain/state/kernel/module.hpp"

namespace cess::probes {

inline constexpr ModuleId kModule = 16;

struct Params {
  std::uint32_t per_epoch = 12;
  std::uint32_t verifiers = 3;
  std::uint32_t needed = 2;  ///< of them, to decide
  std::uint32_t range_size = 65'536;
  std::uint32_t report_blocks = 20;
  std::uint32_t purged_per_block = 500;
  CESS_RECORD(per_epoch, verifiers, needed, range_size, report_blocks, purged_per_block)
  static Params dev() {
    Params p;
    p.per_epoch = 2;
    return p;
  }
};

struct Slot {
  Era era = 0;
  Hash256 seed;
  CESS_RECORD(era, seed)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Slot, Height> kSlots{kModule, 1, "slot"};
/// (slot, miner) -> passed.
inline constexpr StoredMap<bool, Height, AccountId> kReports{kModule, 2, "report"};

/// What is asked, of whom, and by whom.
struct Probe {
  ServiceEntry fragment;  ///< as the index was when this was called: ask at once
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::vector<AccountId> verifiers;  ///< in the order of the bits of Report::signers
};
/// nullopt: no such slot, or the miner holds nothing. Verifiers are always the same; the fragment
/// follows the index.
std::optional<Probe> probe_of(const State& state, Height slot, const AccountId& miner);
std::vector<AccountId> verifiers_of(const State& state, Height slot, const AccountId& miner);

enum class Latency : std::uint8_t { fast, normal, slow };
inline constexpr std::array kLatencyNames = {"fast", "normal", "slow"};
constexpr auto& record_names(Latency) { return kLatencyNames; }

/// Call 0.
struct Report {
  Height slot = 0;
  AccountId miner;
  bool passed = false;
  Latency latency = Latency::normal;
  std::uint8_t signers = 0;                  ///< bit i: the i-th drawn verifier signed
  std::array<std::uint8_t, 48> signature{};  ///< BLS, aggregated over the signers
  CESS_RECORD(slot, miner, passed, latency, signers, signature)
};
/// What verifiers sign with their BLS keys: "CESS-PROBE-v1" ‖ genesis ‖ LE64 slot ‖ seed ‖ miner ‖
/// passed ‖ latency.
Bytes probe_message(const Hash256& genesis, Height slot, const Hash256& seed,
                    const AccountId& miner, bool passed, Latency latency);

/// Event 0.
struct SlotOpened {
  Height slot = 0;
  Hash256 seed;
  CESS_RECORD(slot, seed)
};
/// Event 1.
struct Probed {
  Height slot = 0;
  AccountId miner;
  bool passed = false;
  Latency latency = Latency::normal;
  CESS_RECORD(slot, miner, passed, latency)
};

}  // namespace cess::probes
