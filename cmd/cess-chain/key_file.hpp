// SPDX-License-Identifier: Apache-2.0
// Account keys from files, descriptors and pipes.
#pragma once

#include <string>

#include "chain/types/account_key.hpp"
#include "cli/program.hpp"

namespace cess {

/// `path` empty or "-": stdin, which must then not be a terminal. A file must be private (mode
/// 0600).
Result<AccountKey> read_account_key(cli::Context& ctx, const std::string& path);

}  // namespace cess
