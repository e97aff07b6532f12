// SPDX-License-Identifier: Apache-2.0
// What always holds of audits and the service index.
#include "chain/state/audits/audits.hpp"

namespace cess::audits {
namespace {

tl::unexpected<Error> broken(const std::string& what) {
  return fail(Code::input, "audits: " + what);
}

// A miner's list against its totals and the holders.
Status check_miner(const State& state, const AccountId& miner, const ServiceTotals& totals) {
  std::uint64_t bytes = 0;
  std::uint64_t blocks = 0;
  std::uint64_t position = 0;
  bool right = true;
  kIndexEntries.scan(
      state,
      [&](const auto& key, const EntryChunk& chunk) {
        right = right && std::get<1>(key) * 16 == position;
        for (const auto& e : chunk.entries) {
          const auto place = kIndexHolders.get(state, e.frag);
          right = right && place && place->miner == miner && place->position == position;
          bytes += e.length;
          blocks += block_count(e.length);
          ++position;
        }
        return right;
      },
      miner);
  std::uint64_t shared = 0;
  for (const auto& s : totals.shares) shared += s.bytes;
  if (!right) return broken("an entry whose holder is another in the index of " + to_ss58(miner));
  if (bytes != totals.bytes || blocks != totals.blocks || position != totals.fragments ||
      shared != totals.bytes) {
    return broken("totals that are not the sums of the index of " + to_ss58(miner));
  }
  return {};
}

}  // namespace

Status check(const State& state) {
  std::uint64_t fragments = 0;
  Status status;
  kIndexTotals.scan(state, [&](const auto& key, const ServiceTotals& totals) {
    fragments += totals.fragments;
    status = check_miner(state, std::get<0>(key), totals);
    return status.has_value();
  });
  CESS_TRY(status);
  std::uint64_t holders = 0;
  kIndexHolders.scan(state, [&](const auto&, const IndexPlace&) {
    ++holders;
    return true;
  });
  if (holders != fragments) return broken("a holder of a fragment that no index has");
  kQueue.scan(state, [&](const auto&, const QueueEntry& e) {
    const auto s = kSubmissions.get(state, e.epoch, e.miner);
    if (!s || s->leaves_due != 0 || !kRounds.has(state, e.epoch)) {
      status = broken("a queued answer that is not whole, or of no open round");
    }
    return status.has_value();
  });
  return status;
}

}  // namespace cess::audits
