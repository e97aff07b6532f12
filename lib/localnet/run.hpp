// SPDX-License-Identifier: Apache-2.0
// A local network, from its first process to its last: brought up in order, watched, brought down
// in reverse order at SIGTERM, SIGINT or SIGHUP.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "localnet/folder.hpp"

namespace cess::localnet {

struct RunOptions {
  int ready_fd = -1;  ///< told when every member is on the chain and ready
  std::function<void(const std::string&)> line;  ///< something happened
  /// The table, every few seconds; absent: not made.
  std::function<void(const std::vector<std::string>&)> table;
  std::size_t table_rows_max = 0;
};

/// Blocks until a signal. The caller must be the main thread and have started no other. Code::busy:
/// the network runs already.
Status run_network(const Network& network, const RunOptions& options);

}  // namespace cess::localnet
