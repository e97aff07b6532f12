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

/// words[0] is found on PATH; stdin is /dev/null. Code::system if it cannot be started.
Result<ToolEnd> run_tool(std::vector<std::string> words);

}  // namespace cess::localnet
