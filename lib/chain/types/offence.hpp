// SPDX-License-Identifier: Apache-2.0
// What the state machine hears of a misdeed in consensus. The evidence itself stands in the block
// and was checked by every voter (consensus/evidence.hpp); the state gets who, what and when.
#pragma once

#include "chain/types/ids.hpp"
#include "chain/types/record.hpp"

namespace cess {

enum class OffenceKind : std::uint8_t {
  double_proposal,           ///< (a) two proposals of one height and round
  double_prepare,            ///< (b) two PREPAREs
  double_commit,             ///< (c) two COMMITs
  amnesia,                   ///< (d) a round change that forgets an earlier COMMIT
  conflicting_certificates,  ///< (e) signed both of two certificates
  invalid_proposal,          ///< (f) proposed a block that is wrong whoever looks at it
};
inline constexpr std::array kOffenceKindNames = {
    "double_proposal", "double_prepare",           "double_commit",
    "amnesia",         "conflicting_certificates", "invalid_proposal"};
constexpr auto& record_names(OffenceKind) { return kOffenceKindNames; }

/// One convicted validator. An evidence that convicts several makes several of these.
struct Offence {
  OffenceKind kind = OffenceKind::double_proposal;
  AccountId offender;
  Era era = 0;  ///< whose committee the offender was in
  Height height = 0;
  CESS_RECORD(kind, offender, era, height)
};

}  // namespace cess
