// SPDX-License-Identifier: Apache-2.0
// Configuration files of the members of a local network, and their services. Paths in a file are
// relative to its own folder.
#pragma once

#include <string>
#include <vector>

#include "chain/node/service.hpp"
#include "localnet/folder.hpp"

namespace cess::localnet {

std::string miner_config(const Network& network, std::size_t index);
std::string tagger_config(const Network& network, std::size_t index);
/// `validator`: the address of who appointed it.
std::string judge_config(const Network& network, std::size_t index, const std::string& validator);
std::string home_config(const Network& network);

std::string miner_endpoint(const Network& network, std::size_t index);
std::string tagger_endpoint(const Network& network, std::size_t index);
/// Where a miner says it is: they take turns.
std::string miner_region(std::size_t index);

/// What runs, in the order it is started; stopped from the last stage to the first.
std::vector<std::vector<node::Service>> stages(const Network& network);

}  // namespace cess::localnet
