// SPDX-License-Identifier: Apache-2.0
// Storage miners: who offers space, what of it holds files, what stands behind it. Keys are the
// miners' own accounts. What always holds: idle + locked + service <= declared space, and what a
// miner lacks in stake is seen in its state. Space is counted in stored bytes.
//
//   not_ready -> positive <-> frozen -> locked -> exit -> withdrawn      offline: put out by force
//
// Only `positive` gets new fragments and rewards; positive, frozen and locked are audited. Other
// modules move space and stakes only through the functions below, which keep the totals and the
// weights of the draw (weights.hpp).
#pragma once

#include "chain/state/kernel/module.hpp"
#include "economy/region.hpp"

namespace cess::miners {

inline constexpr ModuleId kModule = 7;
constexpr std::size_t kEndpointSizeMax = 128;

enum class MinerState : std::uint8_t {
  not_ready,  ///< no idle space shown yet
  positive,
  frozen,     ///< stake below the requirement
  locked,     ///< has announced its exit
  exit,       ///< its fragments are being handed on; then it cools
  withdrawn,  ///< gone; may register again
  offline,    ///< put out after failed audits; as exit otherwise
};
inline constexpr std::array kMinerStateNames = {"not_ready", "positive",  "frozen", "locked",
                                                "exit",      "withdrawn", "offline"};
constexpr auto& record_names(MinerState) { return kMinerStateNames; }

/// As EarthPoint of economy/region.hpp: micro-degrees east of 180° W and north of the south pole.
struct Place {
  std::uint32_t longitude = 0;
  std::uint32_t latitude = 0;
  CESS_RECORD(longitude, latitude)
};

/// 16 bytes of an IPv6 address; IPv4 as ::ffff:a.b.c.d.
using IpAddress = std::array<std::uint8_t, 16>;
/// The failure domain of an address: the /24 of IPv4, the /48 of IPv6.
using Subnet = std::array<std::uint8_t, 16>;
Subnet subnet_of(const IpAddress& ip);

struct Miner {
  MinerState state = MinerState::not_ready;
  AccountId operator_id;  ///< who runs it: one fragment of a segment per operator
  AccountId beneficiary;  ///< of rewards
  std::string endpoint;   ///< where fragments are sent and asked for
  IpAddress ip{};
  std::string region;  ///< "DE" or "DE-BY"
  std::optional<Place> place;
  std::array<std::uint8_t, 32> sign_key{};  ///< Ed25519, signs receipts
  std::uint64_t declared = 0;               ///< bytes promised
  std::uint64_t idle = 0;                   ///< free for fragments
  std::uint64_t locked = 0;                 ///< kept for running deals and restorals
  std::uint64_t service = 0;                ///< holds fragments
  std::uint64_t proven = 0;   ///< capacity shown by PoIS: fillers, what took their room, slack
  std::uint64_t fillers = 0;  ///< bytes of it that live fillers hold
  Epoch proof_from = 0;       ///< with fillers: first epoch whose proof of them is owed
  Amount stake = 0;           ///< held in the miner's account
  Amount debt = 0;            ///< fines beyond the stake; paid first
  Height registered_at = 0;
  Height until = 0;  ///< locked: exit begins; exit, offline: may withdraw. 0: not known yet
  std::uint32_t late_count = 0;      ///< deals it was drawn for and did not report in time
  std::uint32_t member = 0;          ///< position in the list of all miners (weights.hpp)
  std::uint32_t country_member = 0;  ///< position in its country's list
  CESS_RECORD(state, operator_id, beneficiary, endpoint, ip, region, place, sign_key, declared,
              idle, locked, service, proven, fillers, proof_from, stake, debt, registered_at, until,
              late_count, member, country_member)
};

/// Sums over all miners that are not withdrawn.
struct Totals {
  std::uint64_t count = 0;
  std::uint64_t declared = 0;
  std::uint64_t idle = 0;
  std::uint64_t locked = 0;
  std::uint64_t service = 0;
  CESS_RECORD(count, declared, idle, locked, service)
};

struct Params {
  Amount stake_per_tib = 2000 * kBaseUnitsPerToken;  ///< per started TiB of declared space
  std::uint64_t declared_min = std::uint64_t{1} << 30U;
  std::uint64_t exit_lock_ms = 15ULL * 86'400'000;
  std::uint64_t cooling_per_tib_ms = 86'400'000;  ///< (TiB + 1) times
  bool idle_proofs = false;  ///< idle space must be shown by PoIS before it is filled
  CESS_RECORD(stake_per_tib, declared_min, exit_lock_ms, cooling_per_tib_ms, idle_proofs)
  static Params dev() {
    Params p;
    p.declared_min = 1U << 20U;
    p.exit_lock_ms = 60'000;
    p.cooling_per_tib_ms = 10'000;
    return p;
  }
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Miner, AccountId> kMiners{kModule, 1, "miner"};
inline constexpr StoredValue<Totals> kTotals{kModule, 2, "totals"};

/// Whether audits go to it.
[[nodiscard]] constexpr bool is_audited(MinerState s) {
  return s == MinerState::positive || s == MinerState::frozen || s == MinerState::locked;
}
/// Whether its fragments have to be handed on.
[[nodiscard]] constexpr bool is_leaving(MinerState s) {
  return s == MinerState::exit || s == MinerState::offline;
}
/// Stake that `declared` bytes need.
Amount requirement(const State& state, std::uint64_t declared);

/// Takes `amount` from the stake into the treasury; what the stake does not hold becomes debt. May
/// freeze. Returns what was taken at once. The miner must be registered.
Amount fine(Context& ctx, const AccountId& miner, Amount amount);
/// fine() of `basis_points`/10000 of the stake required. Returns the fine, debt included.
Amount punish(Context& ctx, const AccountId& miner, std::uint32_t basis_points);
/// Puts a miner out: offline, its fragments are rebuilt elsewhere, the rest of its stake can be
/// withdrawn after cooling. Without effect on one that is leaving already.
void force_exit(Context& ctx, const AccountId& miner);

/// What PoIS has shown (Miner's fields of these names): with Params::idle_proofs the idle space
/// follows it.
struct Shown {
  std::uint64_t proven = 0;
  std::uint64_t fillers = 0;
  Epoch proof_from = 0;
};
void set_shown(Context& ctx, const AccountId& miner, const Shown& shown);
/// Capacity that counts: what is declared or, with Params::idle_proofs, what was shown of it.
std::uint64_t capacity(const Params& params, const Miner& miner);
/// Capacity that neither fillers nor fragments take. Not negative after a block.
std::uint64_t slack(const Params& params, const Miner& miner);
/// Miners whose fillers must give way to what was locked since: for PoIS, at the end of a block.
std::vector<AccountId> crowded(const State& state);

// Movements of space. Code::no if there is not enough.
Status lock_space(Context& ctx, const AccountId& miner, std::uint64_t bytes);    ///< idle -> locked
Status unlock_space(Context& ctx, const AccountId& miner, std::uint64_t bytes);  ///< locked -> idle
Status fill_space(Context& ctx, const AccountId& miner,
                  std::uint64_t bytes);  ///< locked -> service
Status free_space(Context& ctx, const AccountId& miner, std::uint64_t bytes);  ///< service -> idle

/// Counts a deal that `miner` let pass.
void note_late(Context& ctx, const AccountId& miner);
/// Leaving miners that still hold or keep space, at most `count_max`; files empties them. Cooling
/// begins by itself with the last byte.
std::vector<AccountId> leaving(const State& state, std::size_t count_max);

}  // namespace cess::miners
