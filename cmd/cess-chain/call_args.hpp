// SPDX-License-Identifier: Apache-2.0
// The arguments of a call as people write them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "chain/state/kernel/module.hpp"

namespace cess {

/// "amount=5CESS", "to=cX…", "list=[1,2]" → the JSON object CallInfo::from_json takes. Amounts are
/// base units unless they end in CESS. Code::usage for a name the call does not have.
Result<Json> parse_call_args(const CallInfo& call, const std::vector<std::string>& args);
/// Puts resolve(text) in the place of each text of `value` that stands for an account where `type`
/// (FieldInfo::type) says so, in lists and in records as well. What does not fit the type stays.
Status resolve_accounts(std::string_view type, Json& value,
                        const std::function<Result<std::string>(const std::string&)>& resolve);
/// What the call wants: "to:account amount:amount".
std::string describe_call(const CallInfo& call);

}  // namespace cess
