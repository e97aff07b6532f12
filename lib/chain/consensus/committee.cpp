// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/committee.hpp"

#include <algorithm>
#include <numeric>

#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess::consensus {
namespace {

constexpr std::string_view kDomain = "cess.committee/1";
constexpr std::string_view kTurnsDomain = "cess.turns/1";
constexpr std::size_t kTurns = 3;  // collectors of a round

// Numbers drawn from a seed by hashing a counter; each without bias by rejection.
class Draw {
 public:
  Draw(Era era, const Hash256& seed) : era_(era), seed_(seed) {}
  // Uniform in 0 .. bound-1, bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t last = ~std::uint64_t{0} - (~std::uint64_t{0} % bound + 1) % bound;
    for (;;) {
      Writer w;
      w.raw(kTurnsDomain).le(era_).id(seed_).le(counter_++);
      const std::uint64_t v = load_le<std::uint64_t>(sha256(w.bytes()).bytes.data());
      if (v <= last) return v % bound;
    }
  }

 private:
  Era era_;
  Hash256 seed_;
  std::uint64_t counter_ = 0;
};

Hash256 default_hash(const Committee& c) {
  Writer w;
  w.raw(kDomain).le(c.era()).id(c.seed()).le(static_cast<std::uint16_t>(c.size()));
  for (const PublicKey& key : c.keys()) w.raw(ByteView(key));
  return sha256(w.bytes());
}

}  // namespace

Result<CommitteePtr> Committee::make(Era era, const Hash256& seed, std::vector<PublicKey> keys,
                                     std::optional<Hash256> hash) {
  if (keys.empty()) return fail(Code::input, "committee refused: no keys");
  if (keys.size() > kCommitteeMax) return fail(Code::input, "committee refused: too many keys");
  std::vector<PublicKey> sorted = keys;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    return fail(Code::input, "committee refused: a key stands in it twice");
  }
  std::shared_ptr<Committee> c(new Committee());
  c->era_ = era;
  c->seed_ = seed;
  c->keys_ = std::move(keys);
  c->turns_.resize(c->keys_.size());
  std::iota(c->turns_.begin(), c->turns_.end(), ValidatorIndex{0});
  Draw draw(era, seed);
  for (std::size_t i = c->turns_.size(); i > 1; --i) {  // Fisher and Yates
    std::swap(c->turns_[i - 1], c->turns_[draw.below(i)]);
  }
  c->hash_ = hash ? *hash : default_hash(*c);
  return CommitteePtr(std::move(c));
}

std::optional<ValidatorIndex> Committee::index_of(const PublicKey& key) const {
  const auto found = std::ranges::find(keys_, key);
  if (found == keys_.end()) return std::nullopt;
  return static_cast<ValidatorIndex>(found - keys_.begin());
}

ValidatorIndex Committee::proposer(Height height, Round round) const {
  const std::size_t n = turns_.size();
  return turns_[(height % n + round % n) % n];
}

std::vector<ValidatorIndex> Committee::collectors(Height height, Round round) const {
  std::vector<ValidatorIndex> out;
  for (Round k = 0; k < std::min(kTurns, turns_.size()); ++k) {
    out.push_back(proposer(height, round + k));
  }
  return out;
}

std::optional<std::size_t> Committee::collector_rank(Height height, Round round,
                                                     ValidatorIndex who) const {
  for (Round k = 0; k < std::min(kTurns, turns_.size()); ++k) {
    if (proposer(height, round + k) == who) return k;
  }
  return std::nullopt;
}

}  // namespace cess::consensus
