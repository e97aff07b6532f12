// SPDX-License-Identifier: Apache-2.0
// Whether a miner's disk has the room that its store may still take, and what to say if not.
#pragma once

#include <cstdint>
#include <string>

#include "store/store.hpp"

namespace cess::miner {

/// With less the disk counts as full: a fragment of the usual size, its tags, and what the index
/// writes at once.
constexpr std::uint64_t kRoomMin = 16U << 20U;

/// Bytes of the store's file system that this user may still take; an error of the system counts
/// as plenty, since whoever writes will see it.
std::uint64_t disk_free_bytes(const StoreReader& store);
/// Why `bytes` more would not fit, in words; empty: they would. `idle_bytes`: what the store may
/// still take of its capacity.
std::string why_no_room(const StoreReader& store, std::uint64_t idle_bytes, std::uint64_t bytes);

}  // namespace cess::miner
