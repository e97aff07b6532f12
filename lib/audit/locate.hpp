// SPDX-License-Identifier: Apache-2.0
// From asked block numbers to fragments: which index entry holds each draw, shown by membership
// paths against svc_root or looked up in the whole list.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "audit/proof.hpp"
#include "audit/service_index.hpp"
#include "merkle/sum_tree.hpp"
#include "podr2/challenge.hpp"

namespace cess {

/// Where the draws of a challenge fall. `entries` are distinct positions in ascending order.
struct LocatedDraws {
  struct At {
    std::size_t entry = 0;    ///< index into `entries`
    std::uint32_t block = 0;  ///< block number inside the fragment
  };
  std::vector<IndexEntry> entries;
  std::vector<At> at;  ///< by k
};

/// Checks every path, that each draw is covered, and that no opening is superfluous. nullopt: not
/// so.
std::optional<LocatedDraws> locate_by_openings(const Challenge& c, std::span<const Draw> draws,
                                               std::span<const Opening> openings);
/// `index` is known to have the challenge's root.
LocatedDraws locate_by_index(const ServiceIndex& index, std::span<const Draw> draws);

}  // namespace cess
