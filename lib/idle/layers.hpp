// SPDX-License-Identifier: Apache-2.0
// The layers of fillers on disk while they are made. A file <number>.layer3 is there only when the
// whole layer is, synced; before, it is <number>.layer3.part: so a killed maker goes on with the
// layer it was at. Memory: two layers of all fillers made side by side.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "idle/head.hpp"

namespace cess::idle {

/// Fillers made side by side by one thread, and where.
struct Group {
  pois::Owner owner;
  std::vector<std::uint64_t> numbers;
  std::string scratch;  ///< folder of layers 1 to 7
  std::string work;     ///< folder of the labels
  std::string store;    ///< whose names change; empty: layers of no store
};

/// A miner's part of a folder for layers, which several stores may share.
std::string scratch_of(const std::string& scratch, const MinerId& miner);
/// Where a layer lies, whole; layer 8 is "labels" in group.work.
std::string layer_path(const Group& group, std::uint64_t number, unsigned layer);
/// Layers that every filler of the group has whole, from the first on: 0 to 8.
unsigned layers_done(const Group& group);
/// Bytes of memory that make_layers takes for `lanes` fillers.
std::uint64_t layers_memory_bytes(const pois::Params& params, std::size_t lanes);

/// Makes the layers that are not there, up to `last`. `progress` gets bytes of layers as they are
/// made, those that were there included. One thread.
Status make_layers(const Group& group, unsigned last,
                   const std::function<void(std::uint64_t)>& progress);

/// L_1(v) .. L_8(v) for `count` nodes from `first` on, from files; `labels_path` is layer 8's.
Result<std::vector<pois::Column>> read_columns(const Group& group, std::uint64_t number,
                                               const std::string& labels_path, std::uint32_t first,
                                               std::uint32_t count);
/// Both trees of a filler whose layers are all there, in one pass over them.
Result<FillerHead> build_head(const Group& group, std::uint64_t number,
                              const std::string& labels_path);

}  // namespace cess::idle
