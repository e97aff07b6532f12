// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-prove.
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command challenge_command();   ///< makes a challenge for a miner's service index
cli::Command prove_command();       ///< answers challenges from a store
cli::Command verify_command();      ///< judges answers of many miners
cli::Command watch_command();       ///< answers a miner's challenges as they come
cli::Command audit_plan_command();  ///< detection probability against effort

}  // namespace cess
