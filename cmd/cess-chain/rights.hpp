// SPDX-License-Identifier: Apache-2.0
// What the files of `cess-chain rights` share.
#pragma once

#include "chain/state/rights/calls.hpp"
#include "claim/claim.hpp"
#include "tx_send.hpp"

namespace cess {

/// Options of a verb that sends one call about one certificate.
struct RightsCall {
  SendChoice send;
  std::string name;  ///< of the certificate, in any form
};
void declare_rights_call(cli::Options& opt, RightsCall& o);

}  // namespace cess
