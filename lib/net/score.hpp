// SPDX-License-Identifier: Apache-2.0
// What peers have done wrong, by node key: points that fade, and a ban at the threshold. Time is an
// argument. Bounded: when full, the least guilty is forgotten.
#pragma once

#include <cstdint>
#include <map>

#include "base/id.hpp"

namespace cess::net {

/// A node's Ed25519 public key: the name of a peer.
using NodeKey = Id<struct NodeKeyTag>;

class ScoreBook {
 public:
  struct Rules {
    std::uint32_t ban_points = 100;
    std::uint64_t ban_ms = 600'000;
    std::uint64_t fade_ms = 10'000;  ///< one point is forgiven per this time
    std::size_t entry_count_max = 4096;
  };
  explicit ScoreBook(Rules rules) : rules_(rules) {}
  /// Adds points; true when this bans the peer (or it was banned already).
  bool charge(const NodeKey& peer, std::uint32_t points, std::uint64_t now_ms);
  [[nodiscard]] bool banned(const NodeKey& peer, std::uint64_t now_ms) const;
  [[nodiscard]] std::uint32_t points(const NodeKey& peer, std::uint64_t now_ms) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t points = 0;
    std::uint64_t since_ms = 0;
    std::uint64_t banned_until_ms = 0;
  };
  [[nodiscard]] std::uint32_t faded(const Entry& entry, std::uint64_t now_ms) const;
  void make_room(std::uint64_t now_ms);

  Rules rules_;
  std::map<NodeKey, Entry> entries_;
};

}  // namespace cess::net
