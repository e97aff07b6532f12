// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command up_command();

}  // namespace cess
