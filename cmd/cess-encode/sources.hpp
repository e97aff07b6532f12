// SPDX-License-Identifier: Apache-2.0
// What a command line names as input: a stream that can be read once, or fragments in any order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "codec/decode.hpp"
#include "codec/fragment_set.hpp"

namespace cess {

/// The only input, if it must be read from start to end: a pipe or a device. Otherwise nothing.
Result<std::optional<Fd>> sole_stream(const std::vector<std::string>& inputs, cli::Context& ctx);
/// The name for messages.
std::string stream_name(const std::vector<std::string>& inputs);
/// The others: regular files and folders. Warns about strangers.
Result<FragmentSet> open_set(const std::vector<std::string>& inputs, const std::string& manifest,
                             cli::Context& ctx);

}  // namespace cess
