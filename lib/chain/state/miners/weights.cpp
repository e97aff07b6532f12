// SPDX-License-Identifier: Apache-2.0
#include "chain/state/miners/weights.hpp"

#include <numeric>

namespace cess::miners {
namespace {

constexpr std::uint8_t kLevels = 5;
constexpr std::uint32_t kFanBits = 4;
constexpr std::uint32_t kFan = 1U << kFanBits;

std::uint64_t sum(const WeightPage& page) {
  return std::accumulate(page.sums.begin(), page.sums.end(), std::uint64_t{0});
}

std::uint64_t weight_at(const State& state, Scope scope, std::uint32_t position) {
  const auto page = kWeights.get_or_default(state, scope, 0, position >> kFanBits);
  const auto slot = position % kFan;
  return slot < page.sums.size() ? page.sums[slot] : 0;
}

}  // namespace

Scope country_scope(std::string_view region) {
  CESS_CHECK(region.size() >= 2);
  const auto letter = [&](std::size_t i) { return static_cast<Scope>(region[i] - 'A'); };
  return static_cast<Scope>(1 + 26 * letter(0) + letter(1));
}

std::uint64_t total_weight(const State& state, Scope scope) {
  return sum(kWeights.get_or_default(state, scope, kLevels - 1, 0));
}

AccountId member_at(const State& state, Scope scope, std::uint64_t at) {
  std::uint32_t index = 0;
  for (std::uint8_t level = kLevels; level-- > 0;) {
    const auto page = kWeights.get_or_default(state, scope, level, index);
    std::uint32_t slot = 0;
    while (slot < page.sums.size() && at >= page.sums[slot]) at -= page.sums[slot++];
    CESS_CHECK(slot < page.sums.size());
    index = index * kFan + slot;
  }
  const auto member = kMembers.get(state, scope, index);
  CESS_CHECK(member.has_value());
  return *member;
}

std::uint32_t add_member(State& state, Scope scope, const AccountId& miner) {
  const auto position = kMemberCounts.get_or_default(state, scope);
  CESS_CHECK(position < 1U << (kFanBits * kLevels));
  kMembers.put(state, scope, position, miner);
  kMemberCounts.put(state, scope, position + 1);
  return position;
}

std::optional<AccountId> remove_member(State& state, Scope scope, std::uint32_t position) {
  const auto count = kMemberCounts.get_or_default(state, scope);
  CESS_CHECK(position < count);
  const std::uint32_t last = count - 1;
  const auto weight = weight_at(state, scope, last);
  std::optional<AccountId> moved;
  set_weight(state, scope, last, 0);
  if (position != last) {
    moved = kMembers.get(state, scope, last);
    CESS_CHECK(moved.has_value());
    kMembers.put(state, scope, position, *moved);
    set_weight(state, scope, position, weight);
  }
  kMembers.erase(state, scope, last);
  if (last == 0) {
    kMemberCounts.erase(state, scope);
  } else {
    kMemberCounts.put(state, scope, last);
  }
  return moved;
}

void set_weight(State& state, Scope scope, std::uint32_t position, std::uint64_t weight) {
  for (std::uint8_t level = 0; level < kLevels; ++level) {
    const std::uint32_t slot = position % kFan;
    position >>= kFanBits;
    auto page = kWeights.get_or_default(state, scope, level, position);
    if (page.sums.size() <= slot) page.sums.resize(slot + std::size_t{1});
    page.sums[slot] = weight;
    while (!page.sums.empty() && page.sums.back() == 0) page.sums.pop_back();
    if (page.sums.empty()) {
      kWeights.erase(state, scope, level, position);
    } else {
      kWeights.put(state, scope, level, position, page);
    }
    weight = sum(page);
  }
}

}  // namespace cess::miners
