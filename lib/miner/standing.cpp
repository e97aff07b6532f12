// SPDX-License-Identifier: Apache-2.0
#include "miner/standing.hpp"

#include "base/hex.hpp"
#include "chain/client/audits.hpp"
#include "chain/client/state.hpp"
#include "sys/clock.hpp"

namespace cess::miner {
namespace {

using miners::MinerState;

/// Whole tokens, rounded up: what somebody has to send at least.
std::string tokens_up(Amount amount) {
  const Amount whole = amount / kBaseUnitsPerToken + (amount % kBaseUnitsPerToken != 0 ? 1 : 0);
  return std::to_string(static_cast<std::uint64_t>(whole)) + " CESS";
}

/// Blocks come every few seconds, so the newest one's time tells a clock that is wrong.
std::string clock_fault(std::uint64_t head_time_ms) {
  constexpr std::int64_t kOffMax = 60;
  const std::int64_t off =
      system_clock().unix_seconds() - static_cast<std::int64_t>(head_time_ms / 1000);
  if (off >= -kOffMax && off <= kOffMax) return {};
  return "this machine's clock is " + std::to_string(off < 0 ? -off : off) + " s " +
         (off < 0 ? "behind" : "ahead of") + " the chain's newest block";
}

std::string state_name_of(const miners::Miner& m) {
  return miners::kMinerStateNames[static_cast<std::size_t>(m.state)];
}

Status look(client::Rpc& rpc, const std::optional<Ed25519Public>& sign_key, Standing& s) {
  CESS_TRY_ASSIGN(const Json info, rpc.call("node_info"));
  const JsonView view(info, "answer of the node");
  CESS_TRY_ASSIGN(s.height, view.number("height", ~0ULL));
  CESS_TRY_ASSIGN(s.best_height, view.number("best_height", ~0ULL));
  CESS_TRY_ASSIGN(const bool synced, view.boolean("synced"));
  if (!synced) {
    return fail(Code::peer, "the node is syncing at " + std::to_string(s.height) + " of " +
                                std::to_string(s.best_height));
  }
  if (view.has("head_time_ms")) {
    CESS_TRY_ASSIGN(const std::uint64_t head, view.number("head_time_ms", ~0ULL >> 1U));
    s.clock = clock_fault(head);
  }
  CESS_TRY_ASSIGN(s.record, client::get(rpc, miners::kMiners, s.miner));
  if (!s.record) return fail(Code::no, "not registered on the chain");
  CESS_TRY_ASSIGN(const auto params, client::get(rpc, miners::kParams));
  State rules;
  miners::kParams.put(rules, params.value_or(miners::Params{}));
  s.required = miners::requirement(rules, s.record->declared);
  if (const auto turn = client::audit_turn(rpc, s.miner)) s.audit = client::describe(*turn);
  if (sign_key && s.record->sign_key != *sign_key)
    return fail(Code::no, "the chain has another sign_key for this miner");
  s.waits = why_waits(*s.record, s.required);
  return {};
}

}  // namespace

std::string why_waits(const miners::Miner& m, Amount required) {
  switch (m.state) {
    case MinerState::not_ready:
      return "no idle space is shown yet";
    case MinerState::frozen: {
      const Amount lack = m.debt + (required > m.stake ? required - m.stake : 0);
      std::string why = "frozen for lack of " + tokens_up(lack) + " of stake";
      if (m.debt != 0) why += ", " + tokens_up(m.debt) + " of it fines that are not paid";
      std::string amount = tokens_up(lack);
      std::erase(amount, ' ');
      return why + "; add it: cess-chain tx call miners.top_up amount=" + amount +
             " -k account.key";
    }
    case MinerState::locked:
      return "leaving: its exit begins at block " + std::to_string(m.until);
    case MinerState::exit:
    case MinerState::offline: {
      const std::string how =
          m.state == MinerState::exit ? "has left: " : "put out after failed audits: ";
      if (m.until == 0) return how + "its fragments are being handed on";
      return how + "its stake may be withdrawn from block " + std::to_string(m.until) + " on";
    }
    case MinerState::withdrawn:
      return "has withdrawn; it may register again";
    case MinerState::positive:
      break;
  }
  if (m.service != 0) return {};
  if (m.locked != 0) return "drawn for a file or a repair whose fragments are not here yet";
  if (m.idle == 0) return "no idle space is left to draw it for";
  return "not drawn for any file yet";
}

Standing stand(client::Rpc& rpc, const AccountId& miner,
               const std::optional<Ed25519Public>& sign_key) {
  Standing s;
  s.miner = miner;
  if (const Status seen = look(rpc, sign_key, s); !seen) s.waits = seen.error().message;
  return s;
}

Json standing_json(const Standing& s) {
  Json out;
  out["miner"] = to_hex(s.miner);
  if (s.height != 0) {
    out["height"] = s.height;
    out["best_height"] = s.best_height;
  }
  if (s.record) {
    out["state"] = state_name_of(*s.record);
    out["declared_bytes"] = std::to_string(s.record->declared);
    out["idle_on_chain_bytes"] = std::to_string(s.record->idle);
    out["locked_bytes"] = std::to_string(s.record->locked);
    out["service_bytes"] = std::to_string(s.record->service);
    out["late_count"] = s.record->late_count;
    out["audit"] = s.audit;
  }
  if (!s.clock.empty()) out["clock"] = s.clock;
  out["waits"] = s.waits;
  return out;
}

}  // namespace cess::miner
