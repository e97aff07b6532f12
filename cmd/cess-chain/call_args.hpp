// SPDX-License-Identifier: Apache-2.0
// The arguments of a call as people write them.
#pragma once

#include <string>
#include <vector>

#include "chain/state/kernel/module.hpp"

namespace cess {

/// "amount=5CESS", "to=cX…", "list=[1,2]" → the JSON object CallInfo::from_json takes. Amounts are
/// base units unless they end in CESS. Code::usage for a name the call does not have.
Result<Json> parse_call_args(const CallInfo& call, const std::vector<std::string>& args);
/// What the call wants: "to:account amount:amount".
std::string describe_call(const CallInfo& call);

}  // namespace cess
