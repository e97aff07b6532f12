// SPDX-License-Identifier: Apache-2.0
// Who may change the rules: a board named in the chain spec, some of whose members must
// agree. What they agree on is any call, run with the origin of governance; how the board comes to
// be (votes) can change without touching what it does.
//
// A proposal is open until enough members approved it, and then it runs in that very transaction;
// or until it expires. The whole of a parameter change is in the proposal, so that what was
// approved is what happens.
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess::governance {

inline constexpr ModuleId kModule = 14;
constexpr std::size_t kMembersMax = 100;
constexpr std::size_t kOpenMax = 100;

struct Params {
  std::uint32_t proposal_blocks = 100'800;  ///< life of a proposal: a week
  CESS_RECORD(proposal_blocks)
  static Params dev() { return {600}; }
};

struct Board {
  std::vector<AccountId> members;  ///< ascending
  std::uint32_t threshold = 0;     ///< approvals that carry; 0 with no members: nobody governs
  CESS_RECORD(members, threshold)
};

struct Proposal {
  AccountId proposer;
  std::string note;  ///< for people
  std::uint8_t module = 0;
  std::uint8_t call = 0;
  Bytes args;
  Height expires = 0;               ///< last height at which it can be approved
  std::vector<AccountId> approved;  ///< in order of approval
  CESS_RECORD(proposer, note, module, call, args, expires, approved)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredValue<Board> kBoard{kModule, 1, "board"};
inline constexpr StoredMap<Proposal, std::uint32_t> kProposals{kModule, 2, "proposal"};
inline constexpr StoredValue<std::uint32_t> kProposalCount{kModule, 3, "proposal_count"};

// ---- calls

/// Call 0, by a member, whose approval it counts as.
struct Propose {
  std::string note;
  std::uint8_t module = 0;
  std::uint8_t call = 0;
  Bytes args;  ///< SCALE of the call's record
  CESS_RECORD(note, module, call, args)
};
/// Call 1, by a member.
struct Approve {
  std::uint32_t proposal = 0;
  CESS_RECORD(proposal)
};
/// Call 2, by governance: parameters of a module, a JSON object laid over those that hold.
struct SetParams {
  std::string module;
  std::string params;
  CESS_RECORD(module, params)
};
/// Call 3, by governance.
struct SetBoard {
  std::vector<AccountId> members;
  std::uint32_t threshold = 0;
  CESS_RECORD(members, threshold)
};

// ---- events: 0 proposed, 1 approved, 2 executed, 3 expired, 4 params_set, 5 board_set

struct Proposed {
  std::uint32_t proposal = 0;
  AccountId by;
  std::uint8_t module = 0;
  std::uint8_t call = 0;
  CESS_RECORD(proposal, by, module, call)
};
struct Approved {
  std::uint32_t proposal = 0;
  AccountId by;
  CESS_RECORD(proposal, by)
};
struct Executed {
  std::uint32_t proposal = 0;
  bool ok = false;
  std::string error;
  CESS_RECORD(proposal, ok, error)
};
struct Expired {
  std::uint32_t proposal = 0;
  CESS_RECORD(proposal)
};

/// "genesis"."governance".
using Genesis = SetBoard;

}  // namespace cess::governance
