// SPDX-License-Identifier: Apache-2.0
#include "builtin.hpp"

#include "up.hpp"

namespace cess {

std::vector<cli::Command> builtin_commands() {
  std::vector<cli::Command> all;
  all.push_back(download_command());
  all.push_back(status_command());
  all.push_back(up_command());
  all.push_back(upload_command());
  return all;
}

}  // namespace cess
