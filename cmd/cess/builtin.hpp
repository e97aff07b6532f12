// SPDX-License-Identifier: Apache-2.0
// The verbs that `cess` has itself: those that need the chain and the miners, not a pipe. Every
// other verb is a program cess-<verb>.
#pragma once

#include <vector>

#include "cli/program.hpp"

namespace cess {

cli::Command download_command();
cli::Command status_command();
cli::Command upload_command();

/// One line for each; a verb lives in files of its own.
std::vector<cli::Command> builtin_commands();

}  // namespace cess
