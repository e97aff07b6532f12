// SPDX-License-Identifier: Apache-2.0
// Ways to the miners.
#pragma once

#include <memory>

#include "tagger_folder.hpp"
#include "transfer/ports.hpp"

namespace cess {

std::unique_ptr<transfer::MinerLinks> miner_links(const TaggerFolder& folder,
                                                  const Hash256& genesis);

}  // namespace cess
