// SPDX-License-Identifier: Apache-2.0
// The handlers of the miners module's calls, for its list of calls.
#pragma once

#include "chain/state/miners/calls.hpp"

namespace cess::miners {

Status run_register(Context& ctx, const Register& r);
Status run_update(Context& ctx, const Update& u);
Status run_top_up(Context& ctx, const TopUp& t);
Status run_unstake(Context& ctx, const Unstake& u);
Status run_declare(Context& ctx, const Declare& d);
Status run_adopt(Context& ctx, const Adopt& a);
Status run_exit(Context& ctx, const Exit& e);
Status run_withdraw(Context& ctx, const Withdraw& w);

}  // namespace cess::miners
