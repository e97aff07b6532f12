// SPDX-License-Identifier: Apache-2.0
// Fragments that are half sent: their pieces in a folder beside the store, so that a sender goes on
// after a kill of either side. Different fragments do not wait for one another. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proto/fragment_service.hpp"

namespace cess::miner {

class Staging {
 public:
  Staging(std::string folder, std::uint64_t bytes_max)
      : folder_(std::move(folder)), bytes_max_(bytes_max) {}
  /// Makes the folder, adds up what a killed process left there.
  Status open();

  /// A fragment that has all its pieces: views of what add() was given, or of what it has read.
  struct Whole {
    ByteView tags;
    ByteView data;
    Bytes read_tags;
    Bytes read_data;
  };
  /// Held while one fragment is worked on: pieces of the same one take turns.
  std::unique_lock<std::mutex> hold(const proto::FragmentAt& at);

  // ---- under hold()
  Result<std::uint64_t> received(const proto::FragmentAt& at) const;
  /// Appends a piece that begins where the last one ended (else Code::input); Code::busy: too much
  /// is half sent. The whole, once `range.total` bytes are there.
  Result<std::optional<Whole>> add(const proto::FragmentAt& at, const proto::ByteRange& range,
                                   ByteView tags, ByteView data);
  Status drop(const proto::FragmentAt& at);

  // ---- any time
  /// What is half sent; the same fragment may stand there twice.
  [[nodiscard]] Result<std::vector<proto::FragmentAt>> list() const;
  [[nodiscard]] bool has_room(std::uint64_t bytes) const { return bytes_ + bytes <= bytes_max_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] std::string path(const proto::FragmentAt& at, const char* end) const;
  Status append(const std::string& part, ByteView data);

  std::string folder_;
  std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::array<std::mutex, 64> locks_;
};

}  // namespace cess::miner
