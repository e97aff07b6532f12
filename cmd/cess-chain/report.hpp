// SPDX-License-Identifier: Apache-2.0
// Documents for people: one field a line, nested names joined by dots. With --json as they are.
#pragma once

#include "cli/program.hpp"

namespace cess {

/// --json: one line of JSON. Otherwise "name value" lines, columns aligned.
Status report(cli::Context& ctx, const Json& document);

}  // namespace cess
