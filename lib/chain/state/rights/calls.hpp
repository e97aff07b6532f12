// SPDX-License-Identifier: Apache-2.0
// Calls and events of the rights module.
#pragma once

#include "chain/state/rights/rights.hpp"

namespace cess::rights {

/// Call 0, by the owner or a gateway it authorised; the sender pays the deposit, which is the
/// holder's from then on. First confirmed wins: the same bytes are refused, near works of other
/// holders are treated as the policy says unless they are named as parents.
struct Register {
  AccountId owner;
  Print print;
  Terms terms;
  std::vector<Hash256> parents;
  CESS_RECORD(owner, print, terms, parents)
};
/// Call 1, by the holder: the certificate with its deposit. Not while a dispute is open.
struct Transfer {
  Hash256 certificate;
  AccountId to;
  CESS_RECORD(certificate, to)
};
/// Call 2, by the holder: other terms from now on.
struct SetTerms {
  Hash256 certificate;
  Terms terms;
  CESS_RECORD(certificate, terms)
};
/// Call 3, by the holder: `account` may (not) register derived works.
struct Permit {
  Hash256 certificate;
  AccountId account;
  bool allowed = true;
  CESS_RECORD(certificate, account, allowed)
};
/// Call 4, by the holder: gives it up, gets the deposit back. Not with children or open disputes.
struct Withdraw {
  Hash256 certificate;
  CESS_RECORD(certificate)
};
/// Call 5, by anyone: the chain itself recomputes the distance, and the later of two near works
/// names the earlier as a parent from now on.
struct Relate {
  Hash256 certificate;
  Hash256 earlier;
  CESS_RECORD(certificate, earlier)
};
/// Call 6, by anyone but the holder, with a bond.
struct OpenDispute {
  Hash256 certificate;
  std::optional<Hash256> rival;
  Hash256 evidence;
  std::string text;
  CESS_RECORD(certificate, rival, evidence, text)
};
enum class Ruling : std::uint8_t { dismissed, struck, awarded };
inline constexpr std::array kRulingNames = {"dismissed", "struck", "awarded"};
constexpr auto& record_names(Ruling) { return kRulingNames; }
/// Call 7, by governance. dismissed: the bond is the holder's. struck: the certificate stands no
/// longer, its deposit is the treasury's. awarded: it is the challenger's, deposit and all. Of the
/// last two the bond goes back.
struct Rule {
  std::uint64_t dispute = 0;
  Ruling ruling = Ruling::dismissed;
  CESS_RECORD(dispute, ruling)
};

/// Event 0.
struct Registered {
  Hash256 certificate;
  AccountId holder;
  std::uint64_t number = 0;
  ShortId id{};
  CESS_RECORD(certificate, holder, number, id)
};
/// Event 1, one for each work of another holder that a new one is near to and does not name.
struct Flagged {
  Hash256 certificate;
  Hash256 earlier;
  AccountId earlier_holder;
  std::uint16_t distance = 0;
  CESS_RECORD(certificate, earlier, earlier_holder, distance)
};
/// Event 2.
struct Transferred {
  Hash256 certificate;
  AccountId from;
  AccountId to;
  CESS_RECORD(certificate, from, to)
};
/// Event 3.
struct Withdrawn {
  Hash256 certificate;
  AccountId holder;
  CESS_RECORD(certificate, holder)
};
/// Event 4: by `relate`.
struct Related {
  Hash256 certificate;
  Hash256 earlier;
  std::uint16_t distance = 0;
  CESS_RECORD(certificate, earlier, distance)
};
/// Event 5.
struct Disputed {
  std::uint64_t dispute = 0;
  Hash256 certificate;
  AccountId challenger;
  CESS_RECORD(dispute, certificate, challenger)
};
/// Event 6; without a ruling it lapsed, or the certificate was struck or awarded in another.
struct DisputeClosed {
  std::uint64_t dispute = 0;
  Hash256 certificate;
  std::optional<Ruling> ruling;
  CESS_RECORD(dispute, certificate, ruling)
};

}  // namespace cess::rights
