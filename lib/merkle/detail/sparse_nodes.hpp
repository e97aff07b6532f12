// SPDX-License-Identifier: Apache-2.0
// The nodes of a SparseTree: leaves, and branches where two subtrees part. A level with a single
// child has no node: a branch that stands at bit `depth` below a parent at a smaller bit stands for
// the levels between them too.
//
// Invariants: both children of a branch exist. A child branch has a greater depth. A slot's hash is
// that of the child as seen one level below the branch, unless the slot is marked stale.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/endian.hpp"
#include "base/id.hpp"
#include "merkle/detail/pool.hpp"

namespace cess::detail {

using Ref = std::uint32_t;  // a leaf's number with the top bit, or a branch's
inline constexpr Ref kNone = 0xffffffff;
inline constexpr Ref kLeafBit = 0x80000000;
inline constexpr unsigned kKeyBits = 256;

inline bool is_leaf(Ref r) { return (r & kLeafBit) != 0; }
inline std::uint32_t number_of(Ref r) { return r & ~kLeafBit; }

struct SparseLeaf {
  Hash256 key;
  Hash256 value;
};

// The hot part of a branch, apart from its hashes: a walk of a million leaves stays in the caches.
struct SparseLink {
  std::array<Ref, 2> child;
  std::uint16_t before;  // bits [depth - 16, depth) of the keys below, zero before bit 0
  std::uint8_t depth;    // the bit at which the children part
  std::uint8_t stale;    // bit s: slot s is to be hashed anew
};

struct SparseSlots {
  std::array<Hash256, 2> hash;  // the 64 bytes that are hashed for the branch
};

inline unsigned bit_of(const Hash256& key, unsigned i) {
  return (static_cast<unsigned>(key.bytes[i / 8]) >> (7 - i % 8)) & 1U;
}

// Bits [end - 16, end), zero before bit 0; the last is the lowest.
inline std::uint16_t bits_before(const Hash256& key, unsigned end) {
  std::uint32_t window = 0;
  for (unsigned i = 0; i < 4; ++i) {  // bytes end/8 - 2 .. end/8 + 1
    const unsigned at = end / 8 + i;
    const std::uint32_t byte = at >= 2 && at < 34 ? key.bytes[at - 2] : 0U;
    window = (window << 8U) | byte;
  }
  return static_cast<std::uint16_t>(window >> (16 - end % 8));
}

// The first bit at which two keys differ; kKeyBits if they are equal.
inline unsigned first_difference(const Hash256& a, const Hash256& b) {
  for (unsigned i = 0; i < 32; i += 8) {
    const auto x =
        load_be<std::uint64_t>(a.bytes.data() + i) ^ load_be<std::uint64_t>(b.bytes.data() + i);
    if (x != 0) return 8 * i + static_cast<unsigned>(std::countl_zero(x));
  }
  return kKeyBits;
}

struct SparseNodes {
  Pool<SparseLeaf> leaves;
  Pool<SparseLink> links;
  Pool<SparseSlots> slots;  // slots[i] belongs to links[i]

  [[nodiscard]] unsigned depth_of(Ref r) const { return is_leaf(r) ? kKeyBits : links[r].depth; }
  // A key below `r`: all of them agree before depth_of(r).
  [[nodiscard]] const Hash256& key_below(Ref r) const {
    while (!is_leaf(r)) r = links[r].child[0];
    return leaves[number_of(r)].key;
  }
  // Bit `i` < depth_of(r) of the keys below `r`.
  [[nodiscard]] unsigned bit_above(Ref r, unsigned i) const {
    if (!is_leaf(r)) {
      const SparseLink& link = links[r];
      if (link.depth - i <= 16) return (link.before >> (link.depth - i - 1)) & 1U;
    }
    return bit_of(key_below(r), i);
  }
  // The first bit from `from` on, but before depth_of(r), at which `key` and the keys below `r`
  // differ; depth_of(r) if they do not.
  [[nodiscard]] unsigned parting(Ref r, const Hash256& key, unsigned from) const {
    if (is_leaf(r)) return first_difference(key, leaves[number_of(r)].key);
    const SparseLink& link = links[r];
    const unsigned depth = link.depth;
    if (depth == from) return depth;
    if (depth - from > 16) return std::min(first_difference(key, key_below(r)), depth);
    const auto x = static_cast<std::uint32_t>(link.before ^ bits_before(key, depth)) &
                   ((1U << (depth - from)) - 1);
    return x == 0 ? depth : depth - static_cast<unsigned>(std::bit_width(x));
  }
};

}  // namespace cess::detail
