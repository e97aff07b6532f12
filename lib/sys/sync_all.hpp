// SPDX-License-Identifier: Apache-2.0
// One sync for many files.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace cess {

/// All that was written to the file system of `fd`, which was open before the first byte: Linux
/// (since 5.8) tells errors to descriptors that are older than the write. Also waits for what other
/// programs wrote there. Code::system.
Status sync_file_system(int fd, std::string_view name);

}  // namespace cess
