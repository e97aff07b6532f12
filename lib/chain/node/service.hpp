// SPDX-License-Identifier: Apache-2.0
// Service folders for s6-svscan, the one place where they are made: `cess-chain devnet` and
// `cess up` write the same. NET/services/NAME runs its command in NET, appends to NET/log/NAME.log
// (kept to two files of 16 MiB, turned at a start), tells readiness on descriptor 3, and waits a
// moment longer after each death, four seconds at most.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace cess::node {

struct Service {
  std::string name;                  ///< letters, digits, '-'
  std::vector<std::string> command;  ///< words of the same characters and "./_"; run in NET
};

constexpr const char* kServicesFolder = "services";
constexpr const char* kLogFolder = "log";

/// Writes NET/services/NAME; what is there already is written anew. Code::system.
Status write_service(const std::string& net, const Service& service);
/// `cess-chain run` for node `index` of a network folder.
Service node_service(std::size_t index);

}  // namespace cess::node
