// SPDX-License-Identifier: Apache-2.0
// Rounds, windows and challenges.
#include <algorithm>

#include "chain/state/audits/audits.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/sha256.hpp"

namespace cess::audits {
namespace {

std::uint32_t share_of(std::uint32_t blocks, std::uint16_t share) {
  return std::max<std::uint32_t>(
      1, static_cast<std::uint32_t>(std::uint64_t{blocks} * share / 10'000));
}

}  // namespace

std::uint32_t count_of(const Params& params, std::uint64_t fragments) {
  const std::uint64_t more = fragments / 256 + (fragments % 256 != 0 ? 1 : 0);
  const std::uint32_t room = params.count_max - params.count_min;
  return params.count_min + static_cast<std::uint32_t>(std::min<std::uint64_t>(room, more));
}

std::optional<Challenge> challenge_of(const State& state, const Hash256& genesis, Epoch epoch,
                                      const AccountId& miner) {
  const auto round = kRounds.get(state, epoch);
  if (!round) return std::nullopt;
  const IndexView view(state, miner, epoch);
  const auto& totals = view.totals();
  if (totals.fragments == 0) return std::nullopt;
  Challenge c;
  c.chain_id = to_hex(genesis);
  c.epoch = static_cast<std::uint32_t>(epoch);
  c.beacon = round->beacon;
  c.miner = MinerId::from(miner.view());
  c.svc_root = totals.root;
  c.blocks = totals.blocks;
  c.fragments = totals.fragments;
  c.count = count_of(kParams.get_or_default(state), totals.fragments);
  return c;
}

Window window_of(const Round& round, const AccountId& miner) {
  const Hash256 h = sha256({round.beacon.view(), miner.view(), as_bytes("jitter")});
  const auto offset = load_le<std::uint64_t>(h.bytes.data()) % round.offset_blocks;
  const Height first = round.start + offset;
  return {first, first + round.response_blocks - 1};
}

// The snapshot for the next epoch is taken when half of this one's blocks are done: the beacon's
// cut-off comes a sixth of an epoch later, and no proposer before it knows R_{e+1}.
void run_clock(Context& ctx) {
  const auto clock = system::clock(ctx.state);
  const auto params = kParams.get_or_default(ctx.state);
  if (clock.epoch_begins() && clock.epoch > 0 &&
      kIndexSnapshot.get_or_default(ctx.state) == clock.epoch) {
    Round r;
    r.start = clock.height;
    r.offset_blocks = share_of(clock.epoch_blocks, params.offset_share);
    r.response_blocks = share_of(clock.epoch_blocks, params.response_share);
    r.beacon = system::beacon(ctx.state);
    r.era = clock.era;
    r.last_of_era = clock.epoch_end() == clock.era_end();
    kRounds.put(ctx.state, clock.epoch, r);
    ctx.events.emit(kModule, 0, RoundOpened{clock.epoch, r.beacon, r.end() - 1});
  } else if (clock.epoch_begins() && clock.epoch_end() == clock.era_end()) {
    kEraSettled.put(ctx.state, clock.era, true);  // no round will say so
  }
  const auto half = clock.epoch_blocks / 2;
  if (clock.height == clock.epoch_start + (half == 0 ? 0 : half - 1)) {
    index_snapshot(ctx.state, clock.epoch + 1);
  }
}

Status report_idle(Context& ctx, Epoch epoch, const AccountId& miner, const IdleVerdict& verdict) {
  const auto round = kRounds.get(ctx.state, epoch);
  if (!round || ctx.block.height >= round->end()) {
    return fail(Code::no, "stale: no open round of epoch " + std::to_string(epoch));
  }
  if (kIdleVerdicts.has(ctx.state, epoch, miner)) {
    return fail(Code::no, "submitted: the idle audit of this epoch has its verdict");
  }
  kIdleVerdicts.put(ctx.state, epoch, miner, verdict);
  return {};
}

}  // namespace cess::audits
