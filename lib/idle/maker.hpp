// SPDX-License-Identifier: Apache-2.0
// Filling a store: room is claimed through the store's writer, layers are made in as many threads
// as wanted (small fillers in memory, series.hpp), and each filler appears when its tree gets its
// name. What a kill leaves is found and finished by the next run. One maker per store (idle/lock).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "idle/folder.hpp"

namespace cess::idle {

/// What a chain says of a miner's fillers.
struct Declared {
  std::uint64_t accepted = 0;  ///< it has taken the commitments of all numbers below
  std::uint64_t fillers = 0;   ///< room declared for so many more
};

struct MakeOptions {
  std::string chain_id = "local";
  pois::Params params;
  std::uint64_t count = 0;  ///< fillers to make; 0: as many as there is room for
  unsigned threads = 1;
  std::uint64_t memory_bytes = 0;  ///< for layers; at least one filler's, however little this is
  std::string scratch;             ///< layers 1 to 7, outside of the store; empty: in it
  bool keep_layers = false;        ///< for the proof of the commitment
  std::uint64_t wait_s = 0;        ///< for the store's lock
  /// Asked before each claim: nothing is made that the chain would not take. Empty: whatever the
  /// store has room for.
  std::function<Result<Declared>()> declared;
  /// Bytes of fillers the run will make, once known; then progress in those bytes.
  std::function<void(std::uint64_t)> planned;
  std::function<void(std::uint64_t)> progress;  ///< any thread
};

struct MakeResult {
  std::uint64_t count = 0;       ///< fillers made
  std::uint64_t free_bytes = 0;  ///< room left in the store
  std::uint64_t cost_bytes = 0;  ///< what one more would take for good
  bool all_wanted = false;       ///< the chain would take no more
  bool layers_in_store = false;  ///< they take room there while a filler is made
};

/// Bytes a filler takes in a store for good: labels, tree, its entry among the commitments.
std::uint64_t filler_cost(const pois::Params& params);
/// How many are made side by side by one thread: the widest that the processor is quick at and the
/// memory allows.
std::size_t lanes_for(const pois::Params& params, unsigned threads, std::uint64_t memory_bytes);

/// How they are made.
struct MakeWay {
  std::size_t lanes = 1;           ///< side by side, in each thread
  bool in_series = false;          ///< in memory (series.hpp)
  std::uint64_t memory_bytes = 0;  ///< of each thread
};
MakeWay choose_way(const pois::Params& params, unsigned threads, std::uint64_t memory_bytes,
                   bool keep_layers);

Result<MakeResult> make_fillers(const std::string& store, const MakeOptions& options);

/// The chain has taken the commitments below `rear`: the state says so, and layers kept for the
/// proof go. Code::usage when they are not all made, or `rear` goes back.
Status accept_commitments(const std::string& store, std::uint64_t rear, std::uint64_t wait_s);

}  // namespace cess::idle
