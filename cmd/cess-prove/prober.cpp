// SPDX-License-Identifier: Apache-2.0
#include "prober.hpp"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/state/miners/miners.hpp"
#include "podr2/range_proof.hpp"
#include "proto/fragment_client.hpp"

namespace cess {
namespace {

using client::AskedProbe;
using ProbeClock = std::chrono::steady_clock;

constexpr std::size_t kSlotsLookedAt = 1000;
constexpr std::size_t kTalliesMax = 1'000'000;
constexpr std::size_t kAskedAtOnce = 32;
/// Nobody there, or no room now: tried again for so long.
constexpr std::int64_t kConnectMs = 2000;
constexpr int kBetweenTriesMs = 200;
/// For all of an answer.
constexpr std::int64_t kAnswerMs = 10'000;
constexpr std::int64_t kFastMs = 500;
/// A report that is not in a block after so many is lost.
constexpr std::uint64_t kReportBlocks = 6;

struct Errand {
  AskedProbe asked;
  std::optional<miners::Miner> miner;
  probes::Verdict verdict;
  std::string why;  // not passed
};

Result<Bytes> get_range(const Errand& e, const Hash256& genesis, std::int64_t wait_ms) {
  CESS_TRY_ASSIGN(const auto endpoint, proto::parse_miner_endpoint(e.miner->endpoint));
  proto::FragmentClient link(endpoint, e.miner->sign_key, genesis, nullptr,
                             {.limits = {.wait_ms_max = static_cast<std::uint64_t>(wait_ms),
                                         .body_size_max = range_proof_size_max(e.asked.size)}});
  return link.get_range_proof(e.asked.frag, e.asked.offset, e.asked.size);
}

void run_errand(Errand& e, const Hash256& genesis, const std::function<bool()>& stop) {
  const auto begun = ProbeClock::now();
  const auto passed_ms = [&begun] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(ProbeClock::now() - begun).count();
  };
  e.verdict = {e.asked.miner, false, probes::Latency::slow};
  while (true) {
    const auto proof = get_range(e, genesis, kAnswerMs);
    const auto took = passed_ms();
    const Status good = proof ? check_range_proof(*proof, e.asked.frag, e.asked.length,
                                                  e.asked.offset, e.asked.size)
                              : tl::unexpected<Error>(proof.error());
    if (good && took <= kAnswerMs) {
      e.verdict.passed = true;
      e.verdict.latency = took <= kFastMs      ? probes::Latency::fast
                          : took <= kConnectMs ? probes::Latency::normal
                                               : probes::Latency::slow;
      return;
    }
    e.why = good ? "the answer took " + std::to_string(took) + " ms" : good.error().message;
    const bool silent =
        !proof && (proof.error().code == Code::peer || proof.error().code == Code::busy);
    if (!silent || took > kConnectMs || stop()) return;
    ::poll(nullptr, 0, kBetweenTriesMs);
  }
}

// All at once, some dozen at a time: a miner that does not answer holds up no other.
void run_errands(std::vector<Errand>& errands, const Hash256& genesis,
                 const std::function<bool()>& stop) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < errands.size(); i = next++) {
      run_errand(errands[i], genesis, stop);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(kAskedAtOnce, errands.size()); ++i)
    threads.emplace_back(work);
  work();
  for (auto& t : threads) t.join();
}

Result<std::vector<Errand>> errands_for(client::Rpc& rpc, std::vector<AskedProbe> asked) {
  std::vector<Errand> out;
  for (AskedProbe& a : asked) {
    CESS_TRY_ASSIGN(auto miner, client::get(rpc, miners::kMiners, a.miner));
    if (miner) out.push_back({a, std::move(miner), {}, {}});
  }
  return out;
}

}  // namespace

Result<std::vector<probes::Verdict>> Prober::ask(client::Rpc& rpc, const client::NodeInfo& info,
                                                 Height slot, std::vector<AskedProbe> asked) {
  CESS_TRY_ASSIGN(auto errands, errands_for(rpc, std::move(asked)));
  run_errands(errands, info.genesis, p_.stop);
  // Whose index changed meanwhile was asked for what it need not have any more.
  CESS_TRY_ASSIGN(const auto now, client::asked_probes(rpc, slot, p_.validator));
  std::vector<probes::Verdict> verdicts;
  std::vector<AskedProbe> changed;
  for (const Errand& e : errands) {
    const auto same = [&e](const AskedProbe& a) { return a.miner == e.asked.miner; };
    const auto at = std::ranges::find_if(now, same);
    if (at == now.end()) continue;
    if (!e.verdict.passed && *at != e.asked) {
      changed.push_back(*at);
      continue;
    }
    verdicts.push_back(e.verdict);
    if (!e.verdict.passed)
      p_.say("probe at block " + std::to_string(slot) + ": miner '" + to_ss58(e.asked.miner) +
             "' fails: " + e.why);
  }
  CESS_TRY_ASSIGN(auto again, errands_for(rpc, std::move(changed)));
  run_errands(again, info.genesis, p_.stop);
  for (const Errand& e : again) verdicts.push_back(e.verdict);
  std::ranges::sort(verdicts, {}, &probes::Verdict::miner);
  return verdicts;
}

Status Prober::send(client::Rpc& rpc, const client::NodeInfo& info, Height slot,
                    const probes::Slot& record, std::vector<probes::Verdict> open) {
  for (std::size_t from = 0; from < open.size(); from += probes::kVerdictsMax) {
    const std::size_t end = std::min(open.size(), from + probes::kVerdictsMax);
    const auto report = client::make_report(info.genesis, slot, record, p_.validator, p_.key,
                                            {open.begin() + static_cast<std::ptrdiff_t>(from),
                                             open.begin() + static_cast<std::ptrdiff_t>(end)});
    CESS_TRY_ASSIGN(auto call, client::encode_call("probes.report", report));
    client::SendOptions how;
    how.valid_blocks = kReportBlocks;
    CESS_TRY_ASSIGN(TxnBody body, client::prepare(rpc, p_.purse.id, std::move(call), how));
    sent_[slot].until = body.valid_until;
    CESS_TRY(client::submit(rpc, sign_txn(std::move(body), p_.purse)));
  }
  return {};
}

Result<std::size_t> Prober::look(client::Rpc& rpc, const client::NodeInfo& info) {
  CESS_TRY_ASSIGN(const auto kept, client::get(rpc, probes::kParams));
  const auto params = kept.value_or(probes::Params{});
  CESS_TRY_ASSIGN(const auto slots,
                  client::list(rpc, "probes.slot", probes::kSlots, kSlotsLookedAt));
  std::erase_if(sent_, [&](const auto& s) { return s.first + params.report_blocks < info.height; });
  std::size_t reported = 0;
  for (const auto& [key, record] : slots) {
    const Height slot = std::get<0>(key);
    // What is sent now stands in the next block at the earliest.
    if (slot + params.report_blocks <= info.height || p_.stop()) continue;
    const auto before = sent_.find(slot);
    if (before != sent_.end() && info.height <= before->second.until) continue;
    CESS_TRY_ASSIGN(auto asked, client::asked_probes(rpc, slot, p_.validator));
    CESS_TRY_ASSIGN(const auto tallies,
                    client::list(rpc, "probes.tally", probes::kTallies, kTalliesMax, slot));
    std::map<AccountId, probes::Tally> said;
    for (const auto& [place, tally] : tallies) said[std::get<1>(place)] = tally;
    std::erase_if(asked, [&](const AskedProbe& a) {
      const auto it = said.find(a.miner);
      return it != said.end() && ((it->second.passed | it->second.failed) >> a.bit & 1U) != 0;
    });
    if (asked.empty()) {
      sent_[slot].until = slot + params.report_blocks;  // nothing is left to say
      continue;
    }
    std::vector<probes::Verdict>& seen = sent_[slot].verdicts;
    if (seen.empty()) {
      CESS_TRY_ASSIGN(seen, ask(rpc, info, slot, asked));
    }
    if (p_.stop()) break;
    std::vector<probes::Verdict> open;
    for (const probes::Verdict& v : seen) {
      if (std::ranges::find(asked, v.miner, &AskedProbe::miner) != asked.end()) open.push_back(v);
    }
    if (open.empty()) continue;
    reported += open.size();
    CESS_TRY(send(rpc, info, slot, record, std::move(open)));
  }
  return reported;
}

}  // namespace cess
