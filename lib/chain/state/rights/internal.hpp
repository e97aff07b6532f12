// SPDX-License-Identifier: Apache-2.0
// What the files of this module share.
#pragma once

#include "chain/state/accounts/accounts.hpp"
#include "chain/state/rights/calls.hpp"
#include "chain/state/rights/index.hpp"

namespace cess::rights {

inline constexpr HoldReason kDeposit{kModule, 0};
inline constexpr HoldReason kBond{kModule, 1};

inline constexpr std::uint8_t kRegistered = 0;
inline constexpr std::uint8_t kFlagged = 1;
inline constexpr std::uint8_t kTransferred = 2;
inline constexpr std::uint8_t kWithdrawn = 3;
inline constexpr std::uint8_t kRelated = 4;
inline constexpr std::uint8_t kDisputed = 5;
inline constexpr std::uint8_t kDisputeClosed = 6;

inline tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, std::move(why), "rights");
}

/// Code::input if there is none of this name.
Result<Certificate> certificate_of(const State& state, const Hash256& id);
/// The same, and it is valid and the sender's.
Result<Certificate> own_certificate(const Context& ctx, const Hash256& id);
Status check_terms(const Terms& terms);
Amount deposit_of(const Params& params, const Terms& terms, std::size_t parents);
/// Makes the hold of the certificate's deposit what it should be; the holder pays or gets.
Status settle_deposit(Context& ctx, Certificate& c);
/// Changes the holder; the deposit goes along.
Status hand_over(Context& ctx, const Hash256& id, Certificate& c, const AccountId& to);
/// Takes it out of all that finds valid certificates.
void unlist(Context& ctx, const Certificate& c);
void add_parent(Context& ctx, const Hash256& id, Certificate& c, const Hash256& parent);
/// The parent forgets the child; the child's own list stays as it is.
void forget_child(Context& ctx, const Hash256& parent, std::uint64_t child);

// register.cpp
Status run_register(Context& ctx, const Register& r);
// calls.cpp
Status run_transfer(Context& ctx, const Transfer& t);
Status run_set_terms(Context& ctx, const SetTerms& t);
Status run_permit(Context& ctx, const Permit& p);
Status run_withdraw(Context& ctx, const Withdraw& w);
Status run_relate(Context& ctx, const Relate& r);
// disputes.cpp
Status run_dispute(Context& ctx, const OpenDispute& d);
Status run_rule(Context& ctx, const Rule& r);
void lapse_disputes(Context& ctx);
// invariants.cpp
Status check_rights_invariants(const State& state);

}  // namespace cess::rights
