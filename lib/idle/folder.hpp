// SPDX-License-Identifier: Apache-2.0
// The fillers of a store, to look at: whose they are, which are there, what they commit to, their
// labels. Any number of readers; changes go through Maker (maker.hpp) and Store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "idle/head.hpp"
#include "pois/challenge.hpp"

namespace cess::idle {

/// idle/state.json: cess.idle_state/1.
struct IdleState {
  pois::Owner owner;
  std::uint64_t committed = 0;  ///< the chain has taken the commitments of all numbers below
  friend bool operator==(const IdleState&, const IdleState&) = default;
};
std::string encode_state(const IdleState& state);
Result<IdleState> parse_state(std::string_view text, std::string_view what);

class IdleFolder {
 public:
  /// Code::no when the store has no fillers and never had.
  static Result<IdleFolder> open(const std::string& store);

  [[nodiscard]] const std::string& store() const { return store_; }
  [[nodiscard]] const IdleState& state() const { return state_; }
  [[nodiscard]] const pois::Params& params() const { return state_.owner.params; }
  /// Numbers of the fillers that are there, rising, as of open.
  [[nodiscard]] const std::vector<std::uint64_t>& numbers() const { return numbers_; }
  [[nodiscard]] const std::vector<std::uint64_t>& claimed() const { return claimed_; }
  /// [front, committed) with its holes; empty (front == rear) when none of them is left.
  /// Code::input when there are more than kHoleRangesMax holes.
  Result<pois::LiveSet> live() const;
  /// Made, not yet taken by the chain: the numbers from `committed` on without a gap, at most a
  /// batch. Empty: nothing to commit.
  Result<pois::Batch> next_batch() const;

  /// Its tree file, checked.
  Result<FillerHead> head(std::uint64_t number) const;
  /// Commitments of all numbers below `end`, also of those that gave way. Code::input when too few.
  Result<std::vector<Hash256>> commitments(std::uint64_t first, std::uint64_t end) const;
  /// L_8 of `count` nodes from `first` on. Code::no when the filler is not there.
  Result<std::vector<Hash256>> labels(std::uint64_t number, std::uint32_t first,
                                      std::uint32_t count) const;

 private:
  std::string store_;
  IdleState state_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint64_t> claimed_;
};

}  // namespace cess::idle
