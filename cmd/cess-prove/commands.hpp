// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-prove.
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command challenge_command();       ///< makes a challenge for a miner's service index
cli::Command prove_command();           ///< answers challenges from a store
cli::Command verify_command();          ///< judges answers of many miners
cli::Command watch_command();           ///< answers a miner's challenges as they come
cli::Command idle_challenge_command();  ///< asks for proofs of idle space
cli::Command idle_answer_command();     ///< answers them from a store's fillers
cli::Command idle_draw_command();       ///< asks for the second round
cli::Command idle_verify_command();     ///< judges a commitment's proof

cli::Command idle_proof_command();     ///< an epoch's proof as a document, from the network
cli::Command judge_command();          ///< judges proofs of idle space for a validator
cli::Command judge_appoint_command();  ///< how a validator appoints its judge

/// The verdict on a line that pois::is_epoch_proof_document knows: cess.idle_verdict/1.
Result<Json> judge_idle_line(std::string_view line, const std::string& where);

cli::Command audit_plan_command();  ///< detection probability against effort

}  // namespace cess
