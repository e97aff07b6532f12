// SPDX-License-Identifier: Apache-2.0
// Small programs, started and waited for. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace cess::localnet {

struct ToolEnd {
  int code = 0;  ///< exit code, or 128 + signal
  std::string out;
  std::string err;  ///< up to 4 KiB
};

/// words[0] is found on PATH; stdin is /dev/null. What it prints beyond out_size_max is dropped.
/// Code::system if it cannot be started.
Result<ToolEnd> run_tool(std::vector<std::string> words, std::size_t out_size_max = 65'536);

}  // namespace cess::localnet
