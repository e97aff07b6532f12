// SPDX-License-Identifier: Apache-2.0
// Ports for a folder that must name them before anybody listens.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace cess::localnet {

/// The first of `count` ports of an IPv4 address of this machine, one after the other, that nobody
/// uses now; from 30300 on, below those that systems give to outgoing connections. Nobody else is
/// kept from taking them. Code::usage: no such address.
Result<std::uint16_t> free_ports(const std::string& host, std::uint64_t count);

}  // namespace cess::localnet
