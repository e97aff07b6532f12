// SPDX-License-Identifier: Apache-2.0
#include "net/score.hpp"

#include <algorithm>
#include <limits>

namespace cess::net {

std::uint32_t ScoreBook::faded(const Entry& entry, std::uint64_t now_ms) const {
  const std::uint64_t passed =
      now_ms > entry.since_ms ? (now_ms - entry.since_ms) / rules_.fade_ms : 0;
  return passed >= entry.points ? 0 : entry.points - static_cast<std::uint32_t>(passed);
}

void ScoreBook::make_room(std::uint64_t now_ms) {
  if (entries_.size() < rules_.entry_count_max) return;
  auto least = entries_.begin();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    const auto rank = [&](const Entry& e) {
      return std::pair(e.banned_until_ms > now_ms ? e.banned_until_ms : 0, faded(e, now_ms));
    };
    if (rank(it->second) < rank(least->second)) least = it;
  }
  entries_.erase(least);
}

bool ScoreBook::charge(const NodeKey& peer, std::uint32_t points, std::uint64_t now_ms) {
  if (!entries_.contains(peer)) make_room(now_ms);
  Entry& entry = entries_[peer];
  const std::uint32_t left = faded(entry, now_ms);
  entry.points = points > std::numeric_limits<std::uint32_t>::max() - left
                     ? std::numeric_limits<std::uint32_t>::max()
                     : left + points;
  entry.since_ms = now_ms;
  if (entry.points >= rules_.ban_points) {
    entry.banned_until_ms = now_ms + rules_.ban_ms;
    entry.points = 0;
  }
  return entry.banned_until_ms > now_ms;
}

bool ScoreBook::banned(const NodeKey& peer, std::uint64_t now_ms) const {
  const auto it = entries_.find(peer);
  return it != entries_.end() && it->second.banned_until_ms > now_ms;
}

std::uint32_t ScoreBook::points(const NodeKey& peer, std::uint64_t now_ms) const {
  const auto it = entries_.find(peer);
  return it == entries_.end() ? 0 : faded(it->second, now_ms);
}

}  // namespace cess::net
