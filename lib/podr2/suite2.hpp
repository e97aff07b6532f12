// SPDX-License-Identifier: Apache-2.0
// Audit suite 2, Merkle sampling: the answer to one asked block is one of its 4 KiB leaves with the
// path to the fragment root that the descriptor (and so frag_id) fixes. No tags, no secrets, secure
// as long as SHA-256 is; answers do not aggregate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "podr2/descriptor.hpp"

namespace cess {

/// Leaves of block `block` of a fragment of `length` bytes: 64, or fewer in the last block. block <
/// block_count(length).
std::uint32_t leaves_in_block(std::uint64_t length, std::uint32_t block);
/// The asked leaf, counted in the fragment: block * 64 + leaf_pick mod leaves_in_block.
std::uint64_t sampled_leaf(std::uint64_t length, std::uint32_t block, std::uint32_t leaf_pick);
/// Bytes of leaf `leaf`: 4096, or fewer at the end of the fragment.
std::size_t leaf_size(std::uint64_t length, std::uint64_t leaf);

/// Whether `data` with `path` is leaf `leaf` of the fragment that `d` describes. The data must have
/// exactly the leaf's size.
bool verify_leaf_sample(const Descriptor& d, std::uint64_t leaf, ByteView data,
                        std::span<const Hash256> path);

}  // namespace cess
