// SPDX-License-Identifier: Apache-2.0
// What holds after every block, found again from the records alone.
#include <algorithm>
#include <bit>

#include "chain/state/idle/internal.hpp"

namespace cess::idle_space {
namespace {

Status broken(const AccountId& id, const std::string& what) {
  return fail(Code::no, "idle space of " + to_ss58(id) + ": " + what);
}

Status check_space(const State& state, const AccountId& id, const Space& space) {
  const auto params = kParams.get_or_default(state);
  CESS_TRY(pois::check_live(live_of(space)));
  if (range_of(space).count() != space.rear) return broken(id, "peaks are of another range");
  const auto miner = miners::kMiners.get(state, id);
  if (!miner) return broken(id, "not a miner's");
  if (miner->fillers != live_of(space).count() * params.filler_bytes()) {
    return broken(id, "not the bytes that the miner has");
  }
  const auto rules = miners::kParams.get_or_default(state);
  if (miner->fillers != 0 &&
      miner->fillers + miner->locked + miner->service > miners::capacity(rules, *miner)) {
    return broken(id, "negative slack");
  }
  if (miner->fillers > miner->proven) return broken(id, "more fillers than were shown");
  return {};
}

Status check_trial(const State& state, const AccountId& id, Kind kind, Epoch epoch,
                   const Trial& t) {
  if (t.judges.size() > kJudgesMax) return broken(id, "too many judges");
  if (std::popcount(t.judged()) !=
      std::popcount(t.accepted) + std::popcount(t.refused) + std::popcount(t.absent)) {
    return broken(id, "a judge with two opinions");
  }
  const auto timer = kTimers.get(state, t.due, id, kind);
  if ((t.stage != Stage::done) != (timer == epoch)) return broken(id, "a stage without its end");
  return {};
}

}  // namespace

Status check(const State& state) {
  Status status;
  kSpaces.scan(state, [&](const auto& key, const Space& space) {
    status = check_space(state, std::get<0>(key), space);
    return status.has_value();
  });
  CESS_TRY(status);
  std::size_t open = 0;
  kBatches.scan(state, [&](const auto& key, const BatchTrial& b) {
    ++open;
    const AccountId id = std::get<0>(key);
    status = check_trial(state, id, Kind::batch, 0, b.trial);
    if (status && accounts::held(state, id, kDeposit) != b.deposit) {
      status = broken(id, "the deposit is not what is held");
    }
    return status.has_value();
  });
  CESS_TRY(status);
  kEpochs.scan(state, [&](const auto& key, const EpochTrial& e) {
    open += e.trial.stage != Stage::done ? 1 : 0;
    status = check_trial(state, std::get<1>(key), Kind::epoch, std::get<0>(key), e.trial);
    return status.has_value();
  });
  CESS_TRY(status);
  if (kTimers.keys(state, ~std::size_t{0}).size() != open) {
    return fail(Code::no, "idle: timers of nothing");
  }
  return {};
}

}  // namespace cess::idle_space
