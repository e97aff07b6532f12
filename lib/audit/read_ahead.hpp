// SPDX-License-Identifier: Apache-2.0
// Reads byte ranges of fragments in a given order, several at a time, and hands them out in that
// order in pieces of at most one block. A failed read is handed out in its place.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

/// A range of one fragment.
struct Extent {
  FragId frag;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

class ReadAhead {
 public:
  using Read = std::function<Status(const FragId&, std::uint64_t offset, MutByteView out)>;
  struct Piece {
    std::size_t extent = 0;
    std::uint64_t offset = 0;  ///< in the fragment
    bool last = false;         ///< of its extent
    Status status;
    Bytes data;
  };
  /// `read` is called by `in_flight` threads (at least 1).
  ReadAhead(std::vector<Extent> extents, unsigned in_flight, Read read);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();

  /// The next piece, nullptr after the last; valid until the next call. One thread.
  const Piece* next();

 private:
  struct Slot {
    Piece piece;
    bool ready = false;
  };
  std::optional<std::uint64_t> claim(Extent& range, std::size_t& extent, bool& last);
  bool work_one(std::unique_lock<std::mutex>& lock);  // false: nothing is left to do
  void work();

  std::vector<Extent> extents_;
  Read read_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;     // piece i uses slot i mod size
  std::size_t extent_ = 0;      // where the next claim starts
  std::uint64_t done_ = 0;      // bytes of that extent already claimed
  std::uint64_t claimed_ = 0;   // pieces
  std::uint64_t released_ = 0;  // pieces the caller is done with
  std::uint64_t handed_ = 0;    // pieces given to the caller
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cess
