// SPDX-License-Identifier: Apache-2.0
// Changing the state tree: one walk for a whole batch of changes in the order of keys, so that
// every branch on the way is visited once. Hashing is sparse_hash.cpp, proofs are sparse_proof.cpp.
#include "merkle/sparse_tree.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "merkle/detail/sparse_impl.hpp"

namespace cess {

using namespace detail;

namespace {

// A change in the order of keys; `head` is the key's first 64 bits.
struct Item {
  std::uint64_t head;
  const SparseChange* change;
};
using Items = std::span<const Item>;

unsigned bit_of(const Item& item, unsigned i) {
  return i < 64 ? static_cast<unsigned>(item.head >> (63 - i)) & 1U
                : detail::bit_of(item.change->key, i);
}

unsigned first_difference(const Item& a, const Item& b) {
  const std::uint64_t x = a.head ^ b.head;
  return x != 0 ? static_cast<unsigned>(std::countl_zero(x))
                : detail::first_difference(a.change->key, b.change->key);
}

std::vector<Item> sorted(std::span<const SparseChange> changes) {
  std::vector<Item> items;
  items.reserve(changes.size());
  for (const SparseChange& c : changes) {
    items.push_back({load_be<std::uint64_t>(c.key.bytes.data()), &c});
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    if (a.head != b.head) return a.head < b.head;
    if (a.change->key != b.change->key) return a.change->key < b.change->key;
    return a.change < b.change;  // both in one array: by position
  });
  // Of several changes of one key the last counts.
  std::size_t kept = 0;
  for (const Item& item : items) {
    if (kept > 0 && items[kept - 1].change->key == item.change->key) --kept;
    items[kept++] = item;
  }
  items.resize(kept);
  return items;
}

// Where a subtree went, and whether its hash or its place changed.
struct Outcome {
  Ref ref;
  bool changed;
};

class Updater {
 public:
  explicit Updater(SparseNodes& nodes) : nodes_(nodes) {}

  // Applies `items` to the subtree `sub`, which hangs at level `from`: all keys agree before it.
  Outcome apply(Ref sub, Items items, unsigned from) {
    if (items.empty()) return {sub, false};
    if (sub == kNone) {
      const Ref made = build(items);
      return {made, made != kNone};
    }
    const unsigned depth = nodes_.depth_of(sub);
    const unsigned first = nodes_.parting(sub, items.front().change->key, from);
    const unsigned last = nodes_.parting(sub, items.back().change->key, from);
    const unsigned at = std::min(first, last);
    if (at < depth) return part(sub, items, at, first == at ? items.front() : items.back());
    if (is_leaf(sub)) return set_leaf(sub, *items.front().change);
    return descend(sub, items);
  }

 private:
  static std::pair<Items, Items> split(Items items, unsigned bit) {
    const auto middle = std::partition_point(
        items.begin(), items.end(), [bit](const Item& item) { return bit_of(item, bit) == 0; });
    const auto zeros = static_cast<std::size_t>(middle - items.begin());
    return {items.first(zeros), items.subspan(zeros)};
  }

  // Some keys leave the way to `sub` at bit `at`; `stray` is one of them.
  Outcome part(Ref sub, Items items, unsigned at, const Item& stray) {
    const unsigned side = 1 - bit_of(stray, at);
    const auto [zeros, ones] = split(items, at);
    const Outcome same = apply(sub, side == 0 ? zeros : ones, at + 1);
    const Ref other = build(side == 0 ? ones : zeros);
    if (other == kNone) return same;
    if (same.ref == kNone) return {other, true};
    const Hash256& key = stray.change->key;
    return {side == 0 ? join(at, key, same.ref, other) : join(at, key, other, same.ref), true};
  }

  Outcome set_leaf(Ref sub, const SparseChange& change) {
    if (!change.value) {
      nodes_.leaves.give(number_of(sub));
      return {kNone, true};
    }
    Hash256& value = nodes_.leaves[number_of(sub)].value;
    if (value == *change.value) return {sub, false};
    value = *change.value;
    return {sub, true};
  }

  Outcome descend(Ref sub, Items items) {
    const SparseLink before = nodes_.links[sub];
    const auto [zeros, ones] = split(items, before.depth);
    const Outcome left = apply(before.child[0], zeros, before.depth + 1U);
    const Outcome right = apply(before.child[1], ones, before.depth + 1U);
    if (!left.changed && !right.changed) return {sub, false};
    if (left.ref == kNone || right.ref == kNone) {
      nodes_.links.give(sub);
      nodes_.slots.give(sub);
      return {left.ref == kNone ? right.ref : left.ref, true};
    }
    SparseLink& link = nodes_.links[sub];
    link.child = {left.ref, right.ref};
    link.stale |= static_cast<std::uint8_t>((left.changed ? 1U : 0U) | (right.changed ? 2U : 0U));
    return {sub, true};
  }

  // A subtree of new leaves alone; removals of what is not there fall away.
  Ref build(Items items) {
    if (items.empty()) return kNone;
    if (items.size() == 1) {
      const SparseChange& change = *items.front().change;
      if (!change.value) return kNone;
      const std::uint32_t leaf = nodes_.leaves.take();
      nodes_.leaves[leaf] = {change.key, *change.value};
      return leaf | kLeafBit;
    }
    const unsigned at = first_difference(items.front(), items.back());
    const auto [zeros, ones] = split(items, at);
    const Ref left = build(zeros);
    const Ref right = build(ones);
    if (left == kNone) return right;
    if (right == kNone) return left;
    return join(at, items.front().change->key, left, right);
  }

  Ref join(unsigned at, const Hash256& key, Ref left, Ref right) {
    const std::uint32_t branch = nodes_.links.take();
    CESS_CHECK(nodes_.slots.take() == branch);
    nodes_.links[branch] = {{left, right}, bits_before(key, at), static_cast<std::uint8_t>(at), 3};
    return branch;
  }

  SparseNodes& nodes_;
};

}  // namespace

SparseTree::SparseTree() : impl_(std::make_unique<Impl>()) {}
SparseTree::~SparseTree() = default;
SparseTree::SparseTree(SparseTree&&) noexcept = default;
SparseTree& SparseTree::operator=(SparseTree&&) noexcept = default;

void SparseTree::update(std::span<const SparseChange> changes) {
  const std::vector<Item> items = sorted(changes);
  const Outcome top = Updater(impl_->nodes).apply(impl_->top, items, 0);
  impl_->top = top.ref;
  impl_->stale = impl_->stale || top.changed;
}

std::optional<Hash256> SparseTree::get(const Hash256& key) const {
  Ref at = impl_->top;
  if (at == kNone) return std::nullopt;
  while (!is_leaf(at)) {
    const SparseLink& link = impl_->nodes.links[at];
    at = link.child[detail::bit_of(key, link.depth)];
  }
  const SparseLeaf& leaf = impl_->nodes.leaves[number_of(at)];
  if (leaf.key != key) return std::nullopt;
  return leaf.value;
}

std::uint64_t SparseTree::count() const { return impl_->nodes.leaves.count(); }

std::size_t SparseTree::memory_bytes() const {
  const SparseNodes& n = impl_->nodes;
  return n.leaves.memory_bytes() + n.links.memory_bytes() + n.slots.memory_bytes();
}

std::uint64_t SparseTree::hashed_count() const { return impl_->hashed; }

}  // namespace cess
