// SPDX-License-Identifier: Apache-2.0
// Settlement of a round once its windows are over and its queue is empty: a bounded number of
// miners per block, in order of id, so that each is settled exactly once.
#include <algorithm>

#include "chain/state/audits/audits.hpp"
#include "chain/state/audits/evidence.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "crypto/sha256.hpp"

namespace cess::audits {
namespace {

// Bytes of a miner's index by the weight they count with.
struct Weighed {
  std::uint64_t full = 0;
  std::uint64_t staked = 0;
};

std::uint64_t part_of(std::uint64_t bytes, std::uint16_t weight) {
  return static_cast<std::uint64_t>(Amount{bytes} * weight / 10'000);
}

Weighed weigh(const State& state, const Params& params, const ServiceTotals& totals) {
  Weighed out;
  for (const auto& s : totals.shares) {
    const auto cls =
        s.tagger.is_zero() ? taggers::Class::owner : taggers::effective_class(state, s.tagger);
    if (cls == taggers::Class::staked) {
      out.staked += s.bytes;
    } else {
      out.full += part_of(
          s.bytes, cls == taggers::Class::attested ? params.weight_attested : params.weight_owner);
    }
  }
  return out;
}

class Settlement {
 public:
  Settlement(Context& ctx, const Params& params, Epoch epoch, Round& round)
      : ctx_(ctx), params_(params), epoch_(epoch), round_(round) {}

  void miner(const AccountId& who) {
    const auto m = *miners::kMiners.get(ctx_.state, who);
    const auto idle_verdict = kIdleVerdicts.get(ctx_.state, epoch_, who);
    kIdleVerdicts.erase(ctx_.state, epoch_, who);
    kSubmissions.erase(ctx_.state, epoch_, who);
    if (!miners::is_audited(m.state)) return;
    const auto totals = IndexView(ctx_.state, who, epoch_).totals();
    const bool owed = params_.idle_required || (m.fillers != 0 && epoch_ >= m.proof_from);
    const bool idle_failed = idle_verdict ? !idle_verdict->passed : owed;
    const std::uint64_t idle = idle_failed ? 0 : idle_bytes(m, idle_verdict);
    if (totals.fragments == 0 && !idle_verdict && !owed && idle == 0) return;
    auto result = kResults.get(ctx_.state, epoch_, who);
    if (totals.fragments > 0 && !result) result = miss(who, totals);
    auto outcome = result ? result->outcome : Outcome::passed;
    if (outcome == Outcome::passed && idle_failed) {
      outcome = idle_verdict ? Outcome::wrong : Outcome::missing;
    }
    auto h = kHistories.get_or_default(ctx_.state, who);
    if (h.era != round_.era) {
      h.era = round_.era;
      h.porep_full = h.porep_staked = 0;
    }
    chain(h, idle_verdict, result, outcome, idle, totals);
    if (outcome == Outcome::passed) {
      pass(h, idle, weigh(ctx_.state, params_, totals));
    } else {
      punish(h, who, outcome);
    }
    std::erase_if(h.window,
                  [&](const EpochSpace& s) { return s.epoch + params_.post_epochs <= epoch_; });
    kHistories.put(ctx_.state, who, h);
    if (round_.last_of_era) kEraProven.put(ctx_.state, round_.era, who, era_proven(h));
  }

 private:
  // What was shown, or where proofs are no condition what is said to be there.
  std::uint64_t idle_bytes(const miners::Miner& m, const std::optional<IdleVerdict>& verdict) {
    const bool believed =
        params_.idle_unproven_counts && !miners::kParams.get_or_default(ctx_.state).idle_proofs;
    return std::max(believed ? m.idle : 0, verdict ? verdict->bytes : 0);
  }

  AuditResult miss(const AccountId& who, const ServiceTotals& totals) {
    AuditResult r;
    r.outcome = Outcome::missing;
    r.reason = "missing";
    r.judged_at = ctx_.block.height;
    r.count = count_of(params_, totals.fragments);
    r.bytes = totals.bytes;
    kResults.put(ctx_.state, epoch_, who, r);
    return r;
  }

  // D_e = H("CESS-POST-v1" ‖ D_{e-1} ‖ R_e ‖ H(PoIS proof) ‖ H(PoDR² proof) ‖ verdict ‖ LE64 idle ‖
  // LE64 svc): these bytes were held at each of these unpredictable times.
  void chain(History& h, const std::optional<IdleVerdict>& idle_verdict,
             const std::optional<AuditResult>& result, Outcome outcome, std::uint64_t idle,
             const ServiceTotals& totals) const {
    std::array<std::uint8_t, 17> tail{};
    tail[0] = outcome == Outcome::passed ? 1 : 0;
    store_le(tail.data() + 1, idle);
    store_le(tail.data() + 9, totals.bytes);
    const Hash256 idle_hash = idle_verdict ? idle_verdict->proof_hash : Hash256{};
    const Hash256 service_hash = result ? result->proof_hash : Hash256{};
    h.digest = sha256({as_bytes("CESS-POST-v1"), h.digest.view(), round_.beacon.view(),
                       idle_hash.view(), service_hash.view(), tail});
    h.last = epoch_;
  }

  void pass(History& h, std::uint64_t idle, const Weighed& weighed) {
    h.failures = 0;
    ++h.passed;
    ++round_.passed;
    h.window.push_back({epoch_, idle + weighed.full, weighed.staked});
    h.porep_full += weighed.full;
    h.porep_staked += weighed.staked;
  }

  void punish(History& h, const AccountId& who, Outcome outcome) {
    const bool wrong = outcome == Outcome::wrong;
    h.failures += wrong ? params_.false_steps : 1;
    ++(wrong ? h.wrong : h.missing);
    ++(wrong ? round_.wrong : round_.missing);
    Punished event{epoch_, who, h.failures, 0, h.failures >= params_.exit_failures};
    if (h.failures > 1) {
      event.fine = miners::punish(ctx_, who,
                                  h.failures == 2 ? params_.second_failure : params_.later_failure);
    }
    if (event.put_out) miners::force_exit(ctx_, who);
    ctx_.events.emit(kModule, 2, event);
  }

  Context& ctx_;
  const Params& params_;
  Epoch epoch_;
  Round& round_;
};

// The next miners in order of id.
std::vector<AccountId> miners_from(const State& state, const AccountId& first,
                                   std::size_t count_max) {
  std::vector<AccountId> out;
  const auto from = miners::kMiners.key(first);
  state.scan(from.substr(0, 2), from, [&](std::string_view key, std::string_view) {
    out.push_back(std::get<0>(miners::kMiners.parse_key(key)));
    return out.size() < count_max;
  });
  return out;
}

// The next id, nullopt after the last.
std::optional<AccountId> after(AccountId id) {
  for (std::size_t i = id.bytes.size(); i-- > 0;) {
    if (++id.bytes[i] != 0) return id;
  }
  return std::nullopt;
}

template <class Map>
std::size_t forget(State& state, const Map& map, Epoch before, std::size_t count_max) {
  std::size_t gone = 0;
  for (const auto& key : map.keys(state, count_max)) {
    if (std::get<0>(key) >= before) break;
    std::apply([&](const auto&... p) { map.erase(state, p...); }, key);
    ++gone;
  }
  return gone;
}

void forget_old(Context& ctx, const Params& params) {
  const Epoch snapshot = kIndexSnapshot.get_or_default(ctx.state);
  const auto open = kRounds.keys(ctx.state, 1);
  std::size_t left = params.purged_per_block;
  left -= index_purge(ctx.state, open.empty() ? snapshot : std::get<0>(open[0]), left);
  if (snapshot <= params.kept_epochs) return;
  const Epoch before = snapshot - params.kept_epochs;
  left -= forget(ctx.state, kResults, before, left);
  left -= forget(ctx.state, kRejected, before, left);
  forget(ctx.state, kRejectedPages, before, left);
}

}  // namespace

EraProven era_proven(const History& history) {
  EraProven out;
  for (const auto& s : history.window) {
    out.post_full += s.full;
    out.post_staked += s.staked;
  }
  out.porep_full = history.porep_full;
  out.porep_staked = history.porep_staked;
  return out;
}

void settle(Context& ctx) {
  const auto params = kParams.get_or_default(ctx.state);
  const auto open = kRounds.keys(ctx.state, 1);
  if (!open.empty()) {
    const Epoch epoch = std::get<0>(open[0]);
    auto round = *kRounds.get(ctx.state, epoch);
    bool queued = false;
    kQueue.scan(ctx.state, [&](const auto&, const QueueEntry& e) {
      queued = e.epoch == epoch;
      return false;
    });
    if (ctx.block.height >= round.end() && !queued) {
      Settlement settlement(ctx, params, epoch, round);
      const auto batch = miners_from(ctx.state, round.next, params.settled_per_block);
      for (const auto& who : batch) settlement.miner(who);
      const auto next =
          batch.size() < params.settled_per_block ? std::nullopt : after(batch.back());
      if (next) {
        round.next = *next;
        kRounds.put(ctx.state, epoch, round);
      } else {
        kRounds.erase(ctx.state, epoch);
        if (round.last_of_era) kEraSettled.put(ctx.state, round.era, true);
        ctx.events.emit(kModule, 3, Settled{epoch, round.passed, round.missing, round.wrong});
      }
    }
  }
  forget_old(ctx, params);
}

}  // namespace cess::audits
