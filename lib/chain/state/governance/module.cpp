// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "chain/state/governance/governance.hpp"
#include "chain/state/kernel/runtime.hpp"

namespace cess {
namespace governance {
namespace {

constexpr std::size_t kNoteSizeMax = 1000;
constexpr std::size_t kErrorSizeMax = 200;
constexpr std::size_t kExpirePerBlockMax = 10;

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "governance");
}

bool is_in(const std::vector<AccountId>& list, const AccountId& who) {
  return std::find(list.begin(), list.end(), who) != list.end();
}

Status require_member(const Context& ctx, const Board& board) {
  CESS_TRY(require_account(ctx));
  if (is_in(board.members, ctx.origin.account)) return {};
  return refuse("only a member of the board may do this");
}

// Runs a proposal that has what it takes. That the call fails is an answer too: the proposal is
// gone then, and the event says why.
void settle(Context& ctx, std::uint32_t id, const Proposal& p, const Board& board) {
  if (p.approved.size() < board.threshold) return kProposals.put(ctx.state, id, p);
  kProposals.erase(ctx.state, id);
  const auto done = ctx.runtime->run_governance(ctx, p.module, p.call, p.args);
  ctx.events.emit(
      kModule, 2,
      Executed{id, done.has_value(), done ? "" : done.error().message.substr(0, kErrorSizeMax)});
}

Status run_propose(Context& ctx, const Propose& c) {
  const auto board = kBoard.get_or_default(ctx.state);
  CESS_TRY(require_member(ctx, board));
  if (c.note.size() > kNoteSizeMax) return refuse("note longer than 1000 bytes");
  if (ctx.runtime->find_call(c.module, c.call) == nullptr) return refuse("no such call");
  if (kProposals.keys(ctx.state, kOpenMax).size() == kOpenMax)
    return refuse("too many open proposals");
  const auto id = kProposalCount.get_or_default(ctx.state);
  kProposalCount.put(ctx.state, id + 1);
  const auto& who = ctx.origin.account;
  const Height expires = ctx.block.height + kParams.get(ctx.state)->proposal_blocks;
  ctx.events.emit(kModule, 0, Proposed{id, who, c.module, c.call});
  settle(ctx, id, {who, c.note, c.module, c.call, c.args, expires, {who}}, board);
  return {};
}

Status run_approve(Context& ctx, const Approve& c) {
  const auto board = kBoard.get_or_default(ctx.state);
  CESS_TRY(require_member(ctx, board));
  auto p = kProposals.get(ctx.state, c.proposal);
  if (!p || p->expires < ctx.block.height)
    return refuse("no open proposal " + std::to_string(c.proposal));
  if (is_in(p->approved, ctx.origin.account)) return refuse("approved already");
  // Who left the board since does not count.
  std::erase_if(p->approved, [&](const auto& who) { return !is_in(board.members, who); });
  p->approved.push_back(ctx.origin.account);
  ctx.events.emit(kModule, 1, Approved{c.proposal, ctx.origin.account});
  settle(ctx, c.proposal, *p, board);
  return {};
}

Status run_set_params(Context& ctx, const SetParams& c) {
  CESS_TRY(require_governance(ctx));
  const auto* m = ctx.runtime->find(c.module);
  if (m == nullptr) return refuse("no module '" + c.module.substr(0, 40) + "'");
  CESS_TRY_ASSIGN(const Json over, parse_json(c.params, "parameters"));
  CESS_TRY(detail::json_wants(over.is_object(), "an object", "parameters"));
  Json params = ctx.runtime->params(ctx.state, *m);
  if (!params.is_object()) params = Json::object();
  params.update(over);
  CESS_TRY(m->set_params(ctx.state, params));
  ctx.events.emit(kModule, 4, c);
  return {};
}

Status store_board(State& state, SetBoard b) {
  std::sort(b.members.begin(), b.members.end());
  if (std::adjacent_find(b.members.begin(), b.members.end()) != b.members.end())
    return refuse("a member twice");
  if (b.members.size() > kMembersMax) return refuse("more than 100 members");
  if (b.threshold > b.members.size() || (b.threshold == 0) != b.members.empty())
    return refuse("a threshold that no or any board reaches");
  kBoard.put(state, {std::move(b.members), b.threshold});
  return {};
}

Status run_set_board(Context& ctx, const SetBoard& c) {
  CESS_TRY(require_governance(ctx));
  CESS_TRY(store_board(ctx.state, c));
  ctx.events.emit(kModule, 5, c);
  return {};
}

Status check_params(const Params& p) {
  return detail::json_wants(p.proposal_blocks != 0, "more than 0", "governance: proposal_blocks");
}

class GovernanceModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "governance"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Propose>(0, "propose", 1'000'000, run_propose),
            make_call<Approve>(1, "approve", 1'000'000, run_approve),
            make_call<SetParams>(2, "set_params", 100'000, run_set_params),
            make_call<SetBoard>(3, "set_board", 20'000, run_set_board)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Proposed>(0, "proposed"),    make_event<Approved>(1, "approved"),
            make_event<Executed>(2, "executed"),    make_event<Expired>(3, "expired"),
            make_event<SetParams>(4, "params_set"), make_event<SetBoard>(5, "board_set")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams), make_item(kBoard), make_item(kProposals),
            make_item(kProposalCount)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }
  Status genesis(State& state, const Json& section) const override {
    if (section.is_null()) return {};
    Genesis g;
    CESS_TRY(from_json_value(section, g, "genesis.governance"));
    return store_board(state, g);
  }

  // Ids and lives grow together unless proposal_blocks was changed: what expired late waits.
  void end_block(Context& ctx) const override {
    std::vector<std::uint32_t> gone;
    std::size_t seen = 0;
    kProposals.scan(ctx.state, [&](const auto& key, const Proposal& p) {
      if (p.expires <= ctx.block.height) gone.push_back(std::get<0>(key));
      return ++seen < kExpirePerBlockMax;
    });
    for (const auto id : gone) {
      kProposals.erase(ctx.state, id);
      ctx.events.emit(kModule, 3, Expired{id});
    }
  }
};

}  // namespace
}  // namespace governance

std::unique_ptr<Module> make_governance_module() {
  return std::make_unique<governance::GovernanceModule>();
}

}  // namespace cess
