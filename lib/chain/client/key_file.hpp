// SPDX-License-Identifier: Apache-2.0
// Account keys from files and from descriptors (chain/types/account_key.hpp has the format).
#pragma once

#include <string>

#include "chain/types/account_key.hpp"

namespace cess::client {

/// A file of ours with mode 0600 (sys: read_secret_file). Code::input, Code::system.
Result<AccountKey> read_key_file(const std::string& path);
/// The rest of an open descriptor, such as a pipe; `name` names it in errors.
Result<AccountKey> read_key(int fd, const std::string& name);
/// A new file of mode 0600; an old one is never replaced.
Status write_key_file(const std::string& path, const AccountKey& key);

}  // namespace cess::client
