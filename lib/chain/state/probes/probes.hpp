// SPDX-License-Identifier: Apache-2.0
// Probes of availability (PoAs): at heights that nobody knows before, drawn members of the
// committee ask each miner for a range of a drawn fragment, and say what they saw. A verifier says
// all of a slot in one call, signed with the key that judges idle space for it; once two of a
// miner's three drawn verifiers have said the same, the probe is decided (doc/decisions/1506).
//
//   slot h      block h is one with probability per_epoch / blocks of an epoch; its seed follows
//   from
//               the block's own VRF output, so nobody prepares for it
//   probe       (slot, miner): fragment, range and verifiers, all drawn from the seed (probe_of)
//   report      within report_blocks, once a verifier and miner; by anybody, the signature speaks
//
// Limits for a pass (2 s to a connection, 10 s in all; bytes that fit the fragment root) are the
// verifiers' to keep. A probe that is not decided counts neither way.
#pragma once

#include "chain/state/audits/index.hpp"
#include "chain/state/kernel/module.hpp"

namespace cess::probes {

inline constexpr ModuleId kModule = 16;
constexpr std::size_t kVerdictsMax = 256;  ///< of one report

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
/// What drawn verifiers have said so far; bit i: the i-th drawn one.
struct Tally {
  std::uint8_t passed = 0;
  std::uint8_t failed = 0;
  bool decided = false;
  CESS_RECORD(passed, failed, decided)
};
inline constexpr StoredMap<Tally, Height, AccountId> kTallies{kModule, 2, "tally"};

/// What is asked, of whom, and by whom.
struct Probe {
  ServiceEntry fragment;  ///< as the index was when this was called: ask at once
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::vector<AccountId> verifiers;  ///< in the order of the bits of Tally
};
/// nullopt: no such slot, or the miner holds nothing. Verifiers are always the same; the fragment
/// follows the index.
std::optional<Probe> probe_of(const State& state, Height slot, const AccountId& miner);
std::vector<AccountId> verifiers_of(const State& state, Height slot, const AccountId& miner);

enum class Latency : std::uint8_t { fast, normal, slow };
inline constexpr std::array kLatencyNames = {"fast", "normal", "slow"};
constexpr auto& record_names(Latency) { return kLatencyNames; }

/// What a verifier saw of one miner.
struct Verdict {
  AccountId miner;
  bool passed = false;
  Latency latency = Latency::normal;
  CESS_RECORD(miner, passed, latency)
};
/// Call 0. What this verifier has said before, and of miners that are not asked any more, is
/// skipped.
struct Report {
  Height slot = 0;
  AccountId verifier;
  std::vector<Verdict> verdicts;             ///< rising by miner
  std::array<std::uint8_t, 48> signature{};  ///< BLS, with the verifier's key for judging
  CESS_RECORD(slot, verifier, verdicts, signature)
};
/// What a verifier signs: "CESS-PROBE-v2" ‖ genesis ‖ LE64 slot ‖ seed ‖ verifier ‖ verdicts
/// (SCALE).
Bytes report_message(const Hash256& genesis, Height slot, const Hash256& seed,
                     const AccountId& verifier, const std::vector<Verdict>& verdicts);

/// Event 0.
struct SlotOpened {
  Height slot = 0;
  Hash256 seed;
  CESS_RECORD(slot, seed)
};
/// Event 1: a probe is decided; `latency` is what the last of those who decided it saw.
struct Probed {
  Height slot = 0;
  AccountId miner;
  bool passed = false;
  Latency latency = Latency::normal;
  CESS_RECORD(slot, miner, passed, latency)
};

}  // namespace cess::probes
