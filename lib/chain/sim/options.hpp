// SPDX-License-Identifier: Apache-2.0
// What a world is made of: sizes, times, network, clocks, liars, and a list of faults with their
// times. A seed expands to all of it (swarm testing: Groce et al., ISSTA 2012: each seed enables a
// random subset); the expansion is printed, and a run depends on nothing else.
#pragma once

#include <string>

#include "chain/consensus/core.hpp"
#include "chain/sim/network.hpp"
#include "json/json.hpp"

namespace cess::sim {

enum class FaultKind : std::uint8_t {
  kill,         ///< the process dies, the machine lives: what was written stays; `nodes`
  power,        ///< the machine dies: unsynced writes are lost or torn; `nodes`
  power_call,   ///< the power goes in the `amount`-th storage call of `nodes`
  partition,    ///< `nodes` on one side, the others on the other
  one_way,      ///< what `nodes` send to the others is lost
  ring,         ///< every node hears the next two only
  flap,         ///< a partition that comes and goes each `amount` ms
  clog,         ///< links to and from `nodes` hold everything back, node after node
  loss,         ///< `amount` of a thousand messages are lost
  delay,        ///< every message takes `amount` ms more
  clock,        ///< the wall clock of `nodes` jumps by `amount` ms, back if `flag`
  disk_full,    ///< writes of `nodes` fail
  rot,          ///< `amount` stored blocks of `nodes` rot
  slot_flip,    ///< a bit of one slot of the voter record of `nodes` flips; then they restart
  record_lost,  ///< both slots of `nodes` are damaged; then they restart
  backup,     ///< `nodes` stop, and come back with the disk as it was at the beginning of the fault
  kill_call,  ///< the processes `nodes` die in their `amount`-th storage call, and with `flag` the
              ///< power goes a few calls after they are back
  fresh,      ///< new machines in the place of `nodes`, which begin with the snapshot of another
  tail_lost,  ///< the processes `nodes` die in their `amount`-th storage call, and the database has
              ///< lost its newest block when they are back; the voter record has not
};
inline constexpr std::size_t kFaultKindCount = 19;
std::string_view fault_name(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kill;
  SimTime at = 0, until = 0;
  std::uint64_t nodes = 0;  ///< bit set
  std::uint64_t amount = 0;
  bool flag = false;
  std::size_t number =
      0;  ///< its place in the expansion of the seed; kept when others are left out
};

/// What a lying validator does; a set of bits.
enum Lie : std::uint32_t {
  kLieTwoProposals = 1U << 0U,  ///< another block to the other half
  kLieTwoVotes = 1U << 1U,      ///< votes for whatever is proposed, to whoever likes it
  kLieOpenly = 1U << 2U,        ///< shows both to everybody: evidence must be found
  kLieWithholdBody = 1U << 3U,  ///< proposals to a few only
  kLieRoundChange = 1U << 4U,   ///< reports nothing prepared, or something old
  kLieBadShare = 1U << 5U,      ///< junk for a signature
  kLieWithholdQc = 1U << 6U,    ///< collects and keeps the certificate, or sends it to few
  kLieDelayQc = 1U << 7U,       ///< sends it late
  kLieSilent = 1U << 8U,        ///< says nothing
  kLieReplay = 1U << 9U,        ///< says old things again
  kLieRoundShift = 1U << 10U,   ///< the same, of another round (ByzzFuzz, OOPSLA 2023)
  kLieOutOfTurn = 1U << 11U,    ///< proposes when it is another's turn
  kLieUnjustified = 1U << 12U,  ///< proposes afresh in a later round with a poor justification
  kLieForgedQc = 1U << 13U,     ///< certificates of too few signers, or of a wrong round or digest
  kLieRogueKey = 1U << 14U,     ///< registers a key made of others' keys
  kLieBadBlock = 1U << 15U,     ///< proposes blocks with a wrong root or time
  kLieAmnesia = 1U << 16U,      ///< commits, then says that nothing was prepared
  kLieFrame = 1U << 17U,        ///< accuses others of what they honestly said
};
inline constexpr std::size_t kLieCount = 18;
std::string_view lie_name(std::uint32_t bit);

struct Liar {
  NodeId node = 0;
  std::uint32_t lies = 0;
};

struct Options {
  std::uint64_t seed = 1;
  unsigned validators = 4;    ///< nodes 0 .. validators-1, on duty in the first era
  unsigned standby = 0;       ///< further nodes that later eras may elect
  unsigned observers = 0;     ///< further nodes that never vote
  bool state = false;         ///< the real state machine instead of counters
  bool main_times = false;    ///< hours and eras of the main network instead of minutes
  unsigned miners = 0;        ///< model miners, with the real state machine
  unsigned tagged_every = 6;  ///< of their files each so manieth carries tags (suite 1); 0: none
  bool real_crypto = false;
  bool real_bytes = false;          ///< messages travel encoded and are decoded
  SimTime duration = 60 * kSecond;  ///< faults happen in here
  SimTime calm = 0;  ///< then none do, and progress is demanded; 0: as long as needed
  unsigned era_blocks = 20;
  unsigned load_per_second = 2;  ///< transactions
  unsigned snapshot_blocks = 10;
  std::uint64_t invariants_blocks = 50;  ///< the state's invariants are checked so often
  consensus::Timing timing;
  NetworkOptions network;
  unsigned drift_ppm_max = 0;
  std::uint64_t skew_ms_max = 0;
  std::uint64_t nodes_in_1970 = 0;  ///< bit set
  std::uint64_t twins = 0;          ///< bit set: each of these runs twice
  std::vector<Liar> liars;
  std::vector<Fault> faults;
};

/// What a seed expands to. `base` gives what is not drawn: zero `validators` draws them, too.
Options swarm(std::uint64_t seed, const Options& base);
/// No faults, no liars.
Options quiet(std::uint64_t seed, unsigned validators);

Json to_json(const Options& options);

}  // namespace cess::sim
