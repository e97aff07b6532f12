// SPDX-License-Identifier: Apache-2.0
// Lost fragments. A segment whose missing fragments reach the profile's threshold (m/2, at least
// one) gets restoral orders for all of them; one with fewer than k different fragments left is
// lost, and the file with it. Whoever claims an order locks the room, rebuilds from k others, and
// completes it with a proof over the one fragment under a challenge drawn after the claim.
#include <algorithm>
#include <set>

#include "chain/state/files/internal.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "podr2/verify.hpp"

namespace cess::files {
namespace {

bool bit(const Bytes& bits, std::uint32_t i) {
  return i / 8 < bits.size() && (unsigned{bits[i / 8]} >> (i % 8) & 1U) != 0;
}

void set_missing(State& state, const Fid& fid, std::uint32_t segment, std::uint16_t column,
                 std::uint32_t columns, bool missing) {
  Bytes bits = kMissing.get_or_default(state, fid, segment);
  bits.resize((columns + 7) / 8);
  const auto mask = static_cast<std::uint8_t>(1U << (column % 8U));
  auto& byte = bits[column / 8U];
  byte = static_cast<std::uint8_t>(missing ? byte | mask : byte & ~mask);
  if (std::all_of(bits.begin(), bits.end(), [](auto b) { return b == 0; })) {
    kMissing.erase(state, fid, segment);
  } else {
    kMissing.put(state, fid, segment, bits);
  }
}

// The miner that claims may not hold another fragment of the segment, nor be close to who does.
Status check_neighbours(const Context& ctx, const Fid& fid, const File& file, std::uint32_t segment,
                        const miners::Miner& m) {
  const auto& who = ctx.origin.account;
  for (std::uint16_t c = 0; c < file.profile.columns(); ++c) {
    const auto fragment = fragment_at(ctx.state, fid, segment, c);
    if (!fragment || !fragment->living) continue;
    const auto holder = index_holder(ctx.state, fragment->frag);
    const auto other = holder ? miners::kMiners.get(ctx.state, holder->miner) : std::nullopt;
    if (other && too_close(ctx.state, who, m, holder->miner, *other)) {
      return refuse("holds a fragment of this segment already, or is close to a miner that does");
    }
  }
  // Neighbours that are still rebuilding count too.
  for (std::uint16_t c = 0; c < file.profile.columns(); ++c) {
    const auto order = kRestorals.get(ctx.state, fid, segment, c);
    if (!order || order->claimant.is_zero()) continue;
    const auto other = miners::kMiners.get(ctx.state, order->claimant);
    if (other && too_close(ctx.state, who, m, order->claimant, *other)) {
      return refuse("is rebuilding a fragment of this segment, or is close to a miner that does");
    }
  }
  return {};
}

Status check_tagged(const Context& ctx, const Fragment& f, std::uint32_t blocks,
                    const Hash256& seed, const Bytes& proof) {
  const auto head = taggers::head_of(ctx.state, f.tagger);
  if (!head) return refuse("the tagger is unknown");
  const Challenge c = restoral_challenge(ctx.state, ctx.genesis, ctx.origin.account, f.frag, blocks,
                                         f.tagger, seed);
  std::vector<ChallengedBlock> asked;
  for (const auto& d : draw_all(c)) {
    asked.push_back({f.frag, static_cast<std::uint32_t>(d.block), d.weight});
  }
  const TaggerLines lines(*head);
  const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(c)));
  const Verdict verdict = verify_proof({&lines, asked, z, proof});
  if (verdict != Verdict::right) {
    return refuse("the proof is not right: " + std::string(verdict_name(verdict)));
  }
  return {};
}

Status check_proof(const Context& ctx, const CompleteRestoral& c, const File& file,
                   const Fragment& f, const Hash256& seed) {
  if (!f.tagger.is_zero()) {
    if (!c.leaves.empty()) return refuse("a tagged fragment is proven without leaves");
    return check_tagged(ctx, f, block_count(fragment_length(file, c.segment)), seed, c.proof);
  }
  const auto places = restoral_leaves(ctx.state, file, c.segment, seed);
  if (!c.proof.empty() || c.leaves.size() != places.size()) {
    return refuse(std::to_string(places.size()) + " leaves are asked for");
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!verify_opening(f, places[i], c.leaves[i])) {
      return refuse("leaf " + std::to_string(i) + " is not of this fragment");
    }
  }
  return {};
}

}  // namespace

Challenge restoral_challenge(const State& state, const Hash256& genesis, const AccountId& miner,
                             const FragId& frag, std::uint32_t blocks, const TaggerId& tagger,
                             const Hash256& seed) {
  Challenge c;
  c.chain_id = to_hex(genesis);
  c.epoch = 0;
  c.beacon = seed;
  c.miner = MinerId::from(miner.view());
  c.svc_root = sum_leaf({frag, blocks, tagger}).hash;
  c.blocks = blocks;
  c.fragments = 1;
  c.count = kParams.get_or_default(state).restoral_blocks;
  return c;
}

void judge_segment(Context& ctx, const Fid& fid, File& file, std::uint32_t segment) {
  if (file.state != FileState::active) return;
  const Bytes bits = kMissing.get_or_default(ctx.state, fid, segment);
  std::set<std::uint32_t> living;  // different ones: copies of one another count once
  std::uint32_t missing = 0;
  for (std::uint32_t c = 0; c < file.profile.columns(); ++c) {
    if (bit(bits, c)) {
      ++missing;
    } else {
      living.insert(c % file.profile.n());
    }
  }
  if (living.size() < file.profile.k) {
    enter(ctx, fid, file, FileState::lost,
          "segment " + std::to_string(segment) + " has " + std::to_string(living.size()) + " of " +
              std::to_string(file.profile.k) + " fragments it needs");
    queue_purge(ctx, fid);
    return;
  }
  if (missing == 0 || missing < std::max(1U, file.profile.m / 2U)) return;
  for (std::uint16_t c = 0; c < file.profile.columns(); ++c) {
    if (!bit(bits, c) || kRestorals.has(ctx.state, fid, segment, c)) continue;
    kRestorals.put(ctx.state, fid, segment, c, {ctx.block.height, {}, {}, 0, {}});
    ctx.events.emit(kModule, kRestoralOpened, RestoralOpened{fid, segment, c});
  }
}

void fragment_lost(Context& ctx, const FragId& frag) {
  const auto place = kFragmentPlaces.get(ctx.state, frag);
  const auto holder = index_holder(ctx.state, frag);
  if (!place || !holder) return;
  auto file = kFiles.get(ctx.state, place->fid);
  CESS_CHECK(file.has_value());
  auto ok = index_remove(ctx.state, frag);
  CESS_CHECK(ok.has_value());
  ok = miners::free_space(ctx, holder->miner, fragment_length(*file, place->segment));
  CESS_CHECK(ok.has_value());
  Fragment f = get_fragment(ctx.state, place->fid, place->segment, place->column);
  f.living = false;
  put_fragment(ctx.state, place->fid, place->segment, place->column, f);
  set_missing(ctx.state, place->fid, place->segment, place->column, file->profile.columns(), true);
  ctx.events.emit(kModule, kFragmentLost,
                  FragmentLost{place->fid, place->segment, place->column, holder->miner});
  judge_segment(ctx, place->fid, *file, place->segment);
  kFiles.put(ctx.state, place->fid, *file);
}

Status run_report_lost(Context& ctx, const ReportLost& c) {
  CESS_TRY(require_account(ctx));
  if (c.fragments.empty() || c.fragments.size() > kLostMax) {
    return refuse("1 to " + std::to_string(kLostMax) + " fragments in one report");
  }
  for (const auto& frag : c.fragments) {
    const auto holder = index_holder(ctx.state, frag);
    if (!holder || holder->miner != ctx.origin.account) {
      return refuse("the sender does not hold fragment " + to_hex(frag));
    }
  }
  miners::punish(ctx, ctx.origin.account,
                 kParams.get_or_default(ctx.state).self_report_basis_points);
  for (const auto& frag : c.fragments) fragment_lost(ctx, frag);
  return {};
}

Status run_claim_restoral(Context& ctx, const ClaimRestoral& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  auto order = kRestorals.get(ctx.state, c.fid, c.segment, c.column);
  if (!order) return refuse("no such restoral order");
  if (!order->claimant.is_zero()) {
    return refuse("claimed until height " + std::to_string(order->until));
  }
  if (order->bars(who, ctx.block.height)) {
    return refuse("let it pass before: another miner's turn until height " +
                  std::to_string(order->until));
  }
  const auto m = miners::kMiners.get(ctx.state, who);
  if (!m || m->state != miners::MinerState::positive) return refuse("not a miner in good standing");
  CESS_TRY_ASSIGN(const File file, stored_file(ctx.state, c.fid));
  if (!fits_rule(file.rule, who, *m)) return refuse("the file's region rule excludes this miner");
  CESS_TRY(check_neighbours(ctx, c.fid, file, c.segment, *m));
  CESS_TRY(miners::lock_space(ctx, who, fragment_length(file, c.segment)));
  order->claimant = who;
  order->until = ctx.block.height + kParams.get_or_default(ctx.state).claim_blocks;
  order->seed = {};
  kRestorals.put(ctx.state, c.fid, c.segment, c.column, *order);
  const Subject subject{TimerKind::claim, c.fid, who, {}, c.segment, c.column};
  kSeedQueue.put(ctx.state, next_number(ctx.state), subject);
  set_timer(ctx, order->until, subject);
  return {};
}

void seed_restoral(Context& ctx, const Subject& s, const Hash256& seed) {
  auto order = kRestorals.get(ctx.state, s.fid, s.segment, s.column);
  if (!order || order->claimant != s.a || !order->seed.is_zero()) return;
  order->seed = seed;
  kRestorals.put(ctx.state, s.fid, s.segment, s.column, *order);
  ctx.events.emit(kModule, kRestoralClaimed,
                  RestoralClaimed{s.fid, s.segment, s.column, s.a, seed, order->until});
}

void run_claim_timer(Context& ctx, const Subject& s) {
  auto order = kRestorals.get(ctx.state, s.fid, s.segment, s.column);
  if (!order || order->claimant != s.a || order->until > ctx.block.height) return;
  const auto file = kFiles.get(ctx.state, s.fid);
  CESS_CHECK(file.has_value());
  const auto ok = miners::unlock_space(ctx, s.a, fragment_length(*file, s.segment));
  CESS_CHECK(ok.has_value());
  miners::note_late(ctx, s.a);
  // The others come first for as long as the claim lasted; then it may try again, for it may be the
  // only one that can.
  const Height barred = ctx.block.height + kParams.get_or_default(ctx.state).claim_blocks;
  kRestorals.put(ctx.state, s.fid, s.segment, s.column, {order->opened, {}, s.a, barred, {}});
  ctx.events.emit(kModule, kRestoralOpened, RestoralOpened{s.fid, s.segment, s.column});
}

Status run_complete_restoral(Context& ctx, const CompleteRestoral& c) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  const auto order = kRestorals.get(ctx.state, c.fid, c.segment, c.column);
  if (!order || order->claimant != who) return refuse("not claimed by the sender");
  if (order->seed.is_zero()) return refuse("the challenge is drawn in the next block");
  if (order->until <= ctx.block.height) return refuse("the claim is over");
  CESS_TRY_ASSIGN(const File file, stored_file(ctx.state, c.fid));
  Fragment f = get_fragment(ctx.state, c.fid, c.segment, c.column);
  CESS_TRY(check_proof(ctx, c, file, f, order->seed));
  const std::uint32_t length = fragment_length(file, c.segment);
  CESS_TRY(index_append(ctx.state, who, {f.frag, length, f.tagger}));
  CESS_TRY(miners::fill_space(ctx, who, length));
  f.living = true;
  put_fragment(ctx.state, c.fid, c.segment, c.column, f);
  set_missing(ctx.state, c.fid, c.segment, c.column, file.profile.columns(), false);
  kRestorals.erase(ctx.state, c.fid, c.segment, c.column);
  ctx.events.emit(kModule, kRestored, Restored{c.fid, c.segment, c.column, who});
  return {};
}

void drop_restoral(Context& ctx, const Fid& fid, const File& file, std::uint32_t segment,
                   std::uint16_t column) {
  const auto order = kRestorals.get(ctx.state, fid, segment, column);
  if (!order) return;
  if (!order->claimant.is_zero()) {
    const auto ok = miners::unlock_space(ctx, order->claimant, fragment_length(file, segment));
    CESS_CHECK(ok.has_value());
  }
  kRestorals.erase(ctx.state, fid, segment, column);
}

}  // namespace cess::files
