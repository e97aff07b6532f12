// SPDX-License-Identifier: Apache-2.0
// Model miners that leave, and those who take on what others lost.
#include <algorithm>

#include "chain/sim/miners_impl.hpp"
#include "chain/state/audits/index.hpp"
#include "chain/state/miners/calls.hpp"
#include "merkle/tree.hpp"

namespace cess::sim {
namespace {

constexpr Height kAgain = 8;      // blocks after which a transaction counts as lost
constexpr Height kLookEvery = 4;  // blocks, for orders

files::LeafOpening open_leaf(const Bytes& data, const files::LeafPlace& place) {
  std::vector<Hash256> leaves(leaf_count(data.size()));
  hash_leaves(leaves, data);
  const auto from = data.begin() + static_cast<std::ptrdiff_t>(place.leaf * kLeafSize);
  return {Bytes(from, from + static_cast<std::ptrdiff_t>(place.size)),
          merkle_path(leaves, place.leaf)};
}

}  // namespace

void MinerCrowd::Impl::leave(World& w, const State& state, Height height) {
  left = 0;
  for (Miner& m : list) {
    if (m.kind != MinerKind::leaver || height < m.leaves_at) continue;
    const auto on_chain = miners::kMiners.get(state, m.sender.key.id);
    if (!on_chain) continue;
    left += on_chain->state == miners::MinerState::withdrawn ? 1U : 0U;
    if (m.sender.sent_at != 0 && height < m.sender.sent_at + kAgain) continue;
    if (on_chain->state == miners::MinerState::positive) {
      say(w, state, m.sender, height, "miners.exit", miners::Exit{});
    } else if (on_chain->state == miners::MinerState::exit && on_chain->until != 0 &&
               height >= on_chain->until) {
      say(w, state, m.sender, height, "miners.withdraw", miners::Withdraw{});
    }
  }
}

void MinerCrowd::Impl::restore(World& w, const State& state, Height height) {
  if (height % kLookEvery != 0) return;
  for (ModelFile& m : wanted) {
    const auto file = files::kFiles.get(state, m.declare.fid);
    if (!file || file->state != files::FileState::active) continue;
    for (std::uint16_t c = 0; c < m.columns.size(); ++c) restore_one(w, state, height, m, *file, c);
  }
}

void MinerCrowd::Impl::restore_one(World& w, const State& state, Height height, ModelFile& m,
                                   const files::File& file, std::uint16_t column) {
  const Fid& fid = m.declare.fid;
  const auto order = files::kRestorals.get(state, fid, 0, column);
  if (!order) {
    const auto fragment = files::fragment_at(state, fid, 0, column);
    if (!fragment || !fragment->living || m.proven.erase(column) == 0) return;
    held.at(fragment->frag).lost = false;  // a new disk has it whole
    ++restored;
    restored_tagged += m.tagged ? 1U : 0U;
    return;
  }
  Height& tried = m.claimed[column];
  if (tried != 0 && height < tried + kAgain) return;
  if (order->claimant.is_zero()) {
    std::set<AccountId> holders;
    for (std::uint16_t c = 0; c < m.columns.size(); ++c) {
      const auto other = files::fragment_at(state, fid, 0, c);
      if (other && other->living) holders.insert(index_holder(state, other->frag)->miner);
      const auto claim = files::kRestorals.get(state, fid, 0, c);
      if (claim) holders.insert(claim->claimant);
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      Miner& miner = list[(i + height + column) % list.size()];
      const AccountId& who = miner.sender.key.id;
      const auto on_chain = miners::kMiners.get(state, who);
      if (miner.kind != MinerKind::honest || !on_chain || holders.contains(who) ||
          on_chain->state != miners::MinerState::positive || order->bars(who, height) ||
          height < miner.sender.sent_at + kAgain) {
        continue;
      }
      tried = height;
      return say(w, state, miner.sender, height, "files.claim_restoral",
                 files::ClaimRestoral{fid, 0, column});
    }
    return;
  }
  const auto who = by_account.find(order->claimant);
  if (who == by_account.end() || order->seed.is_zero()) return;
  tried = height;
  m.proven.insert(column);
  files::CompleteRestoral done{fid, 0, column, {}, {}};
  if (m.tagged) {
    done.proof = prove_tagged(state, order->claimant, tag(m, column), order->seed);
  } else {
    for (const auto& place : files::restoral_leaves(state, file, 0, order->seed))
      done.leaves.push_back(open_leaf(m.columns[column], place));
  }
  say(w, state, list[who->second].sender, height, "files.complete_restoral", done);
}

}  // namespace cess::sim
