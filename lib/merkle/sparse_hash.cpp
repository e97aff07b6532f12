// SPDX-License-Identifier: Apache-2.0
// Hashing what update() marked: all stale leaves, then branches from the deepest level up. A
// level's messages are independent, so they fill the lanes of sha256_many; a subtree that stands
// alone on the levels up to its parent's is hashed with an empty neighbour once per level.
#include <array>
#include <vector>

#include "crypto/sha256.hpp"
#include "merkle/detail/sparse_impl.hpp"

namespace cess {

using namespace detail;

namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;
constexpr std::size_t kMessageSize = 64;
constexpr std::size_t kBatch = 64;  // a multiple of every lane count

// A subtree to be hashed, and the slot its hash goes to.
struct Job {
  Ref ref;
  std::uint32_t parent;  // a branch, or kNone: the root itself
  std::uint32_t side;
  std::uint32_t level;  // at which the parent sees it: the parent's depth + 1
};

// One level of a lone subtree's way up.
struct Lift {
  std::array<Hash256, 2> pair;
  Job job;
};

class Hasher {
 public:
  Hasher(SparseNodes& nodes, Hash256& root) : nodes_(nodes), root_(root), levels_(kKeyBits) {}

  std::uint64_t run(Ref top) {
    collect({top, kNone, 0, 0});
    hash_all(
        kLeafPrefix, leaves_, [&](const Job& job) { return &nodes_.leaves[number_of(job.ref)]; },
        [&](const Job& job, const Hash256& hash) { slot(job) = hash; });
    for (unsigned level = deepest_ + 1; level-- > 0;) {
      // Lifts first: a level's branches are more and their hashes fall into place.
      hash_all(
          kNodePrefix, levels_[level].lifts, [](const Lift& lift) { return &lift.pair; },
          [&](const Lift& lift, const Hash256& hash) { place(lift.job, hash, level); });
      hash_all(
          kNodePrefix, levels_[level].branches,
          [&](const Job& job) { return &nodes_.slots[job.ref]; },
          [&](const Job& job, const Hash256& hash) { place(job, hash, level); });
    }
    return hashed_;
  }

 private:
  struct Level {
    std::vector<Job> branches;
    std::vector<Lift> lifts;
  };

  // Lists every stale subtree below `job`, at most kKeyBits calls deep.
  void collect(const Job& job) {
    if (is_leaf(job.ref)) {
      leaves_.push_back(job);
      return;
    }
    SparseLink& link = nodes_.links[job.ref];
    for (const std::uint32_t side : {0U, 1U}) {
      if (((unsigned{link.stale} >> side) & 1U) == 0) continue;
      collect({link.child[side], job.ref, side, link.depth + 1U});
    }
    link.stale = 0;
    deepest_ = std::max(deepest_, static_cast<unsigned>(link.depth));
    levels_[link.depth].branches.push_back(job);
  }

  Hash256& slot(const Job& job) {
    return job.parent == kNone ? root_ : nodes_.slots[job.parent].hash[job.side];
  }

  // `hash` stands for the subtree at `level`; lifts it if its parent is further up.
  void place(const Job& job, const Hash256& hash, unsigned level) {
    if (job.level == level) {
      slot(job) = hash;
      return;
    }
    Lift& lift = levels_[level - 1].lifts.emplace_back();
    lift.pair[nodes_.bit_above(job.ref, level - 1)] = hash;
    lift.job = job;
  }

  template <class Item, class Message, class Done>
  void hash_all(std::uint8_t prefix, const std::vector<Item>& items, Message message, Done done) {
    std::array<const std::uint8_t*, kBatch> in;
    std::array<Hash256, kBatch> out;
    const auto fetch = [&](std::size_t i) {
      if (i < items.size()) __builtin_prefetch(message(items[i]));
    };
    for (std::size_t i = 0; i < kBatch; ++i) fetch(i);
    for (std::size_t at = 0; at < items.size(); at += kBatch) {
      const std::size_t n = std::min(kBatch, items.size() - at);
      for (std::size_t i = 0; i < n; ++i) {
        in[i] = reinterpret_cast<const std::uint8_t*>(message(items[at + i]));
        fetch(at + kBatch + i);
      }
      sha256_many(std::span(out).first(n), prefix, std::span(in).first(n), kMessageSize);
      for (std::size_t i = 0; i < n; ++i) done(items[at + i], out[i]);
    }
    hashed_ += items.size();
  }

  SparseNodes& nodes_;
  Hash256& root_;
  std::vector<Job> leaves_;
  std::vector<Level> levels_;
  unsigned deepest_ = 0;
  std::uint64_t hashed_ = 0;
};

static_assert(sizeof(SparseLeaf) == kMessageSize && sizeof(SparseSlots) == kMessageSize);

}  // namespace

const Hash256& SparseTree::root() {
  if (impl_->stale) {
    if (impl_->top == kNone) {
      impl_->root = {};
    } else {
      impl_->hashed += Hasher(impl_->nodes, impl_->root).run(impl_->top);
    }
    impl_->stale = false;
  }
  return impl_->root;
}

}  // namespace cess
