// SPDX-License-Identifier: Apache-2.0
// One running node of the chain: `cess-chain run` is this and nothing else.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace cess::node {

/// How often the chain's past is kept and dropped, in blocks. Every node of a chain pins the same
/// heights, so only tests, which have no time for so many blocks, take others.
struct Spacing {
  std::uint64_t snapshot = 64;   ///< a state is pinned at multiples
  std::uint64_t prune = 64;      ///< old blocks go at multiples
  std::uint64_t prune_keep = 0;  ///< so many are kept, whatever the folder says; 0: as it says
};

struct NodeOptions {
  std::string folder;                           ///< service folder (DESIGN.md)
  int ready_fd = -1;                            ///< told when the node listens; -1: nobody
  bool adopt_voter = false;                     ///< the voter record was moved here on purpose
  std::function<void(const std::string&)> out;  ///< the line that says where it listens
  std::function<void(const std::string&)> log;  ///< one line, for people
  Spacing spacing;
  std::uint64_t round_ms = 0;  ///< for tests: how long a round lasts; 0: as on every node
};

/// Runs until SIGTERM or SIGINT, or until the disk or the chain fails. Code::busy: another process
/// runs in the folder.
Status run_node(const NodeOptions& options);

}  // namespace cess::node
