// SPDX-License-Identifier: Apache-2.0
#include "builtin.hpp"

namespace cess {

std::vector<cli::Command> builtin_commands() {
  std::vector<cli::Command> all;
  return all;
}

}  // namespace cess
