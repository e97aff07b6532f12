// SPDX-License-Identifier: Apache-2.0
// Proofs of the state tree: making, encoding and checking them. verify_sparse knows nothing of the
// tree in memory.
#include <algorithm>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"
#include "merkle/detail/sparse_impl.hpp"
#include "merkle/tree.hpp"

namespace cess {

using namespace detail;

namespace {

constexpr std::uint8_t kSparseLeafPrefix = 0x00;

// The subtree with `hash` as it is seen at `level`; `hash` is that of `ref` at its own depth.
Hash256 lift(const SparseNodes& nodes, Ref ref, Hash256 hash, unsigned level) {
  for (unsigned at = nodes.depth_of(ref); at-- > level;) {
    const Hash256 empty;
    hash = nodes.bit_above(ref, at) == 0 ? merkle_node(hash, empty) : merkle_node(empty, hash);
  }
  return hash;
}

// Whether these siblings can stand above such an end in any tree.
bool well_formed(const SparseProof& proof) {
  if (proof.siblings.size() > kSparseDepthMax) return false;
  if (!proof.siblings.empty()) return !proof.siblings.back().is_zero();
  return true;
}

}  // namespace

Hash256 sparse_leaf(const Hash256& key, const Hash256& value) {
  return sha256({ByteView(&kSparseLeafPrefix, 1), key.view(), value.view()});
}

SparseProof SparseTree::prove(const Hash256& key) const {
  CESS_CHECK(!impl_->stale);
  const SparseNodes& nodes = impl_->nodes;
  SparseProof proof;
  Ref at = impl_->top;
  if (at == kNone) return proof;
  for (unsigned level = 0; !is_leaf(at);) {
    const SparseLink& link = nodes.links[at];
    const unsigned parting = nodes.parting(at, key, level);
    // Between two branches there is one way only: nothing beside it.
    proof.siblings.resize(parting);
    if (parting < link.depth) {
      const SparseSlots& slots = nodes.slots[at];
      proof.siblings.push_back(
          lift(nodes, at, merkle_node(slots.hash[0], slots.hash[1]), parting + 1));
      return proof;
    }
    const unsigned side = bit_of(key, link.depth);
    proof.siblings.push_back(nodes.slots[at].hash[1 - side]);
    level = link.depth + 1U;
    at = link.child[side];
  }
  const SparseLeaf& leaf = nodes.leaves[number_of(at)];
  if (leaf.key == key) {
    proof.end = SparseProof::End::self;
  } else {
    proof.end = SparseProof::End::other;
    proof.other = {leaf.key, leaf.value};
  }
  return proof;
}

Bytes SparseProof::encode() const {
  CESS_CHECK(siblings.size() <= kSparseDepthMax);
  Writer out;
  out.le(static_cast<std::uint8_t>(end)).le(static_cast<std::uint16_t>(siblings.size()));
  Bytes map((siblings.size() + 7) / 8);
  for (std::size_t i = 0; i < siblings.size(); ++i) {
    if (!siblings[i].is_zero()) map[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
  }
  out.raw(map);
  if (end == End::other) out.id(other.key).id(other.value);
  for (const Hash256& s : siblings) {
    if (!s.is_zero()) out.id(s);
  }
  return out.take();
}

Result<SparseProof> SparseProof::parse(ByteView bytes) {
  Reader in(bytes, "state proof");
  SparseProof proof;
  CESS_TRY_ASSIGN(const auto kind, in.le<std::uint8_t>("end"));
  if (kind > static_cast<std::uint8_t>(End::other)) return in.refuse("unknown end");
  proof.end = static_cast<End>(kind);
  CESS_TRY_ASSIGN(const auto depth, in.le<std::uint16_t>("depth"));
  if (depth > kSparseDepthMax) return in.refuse("too deep");
  CESS_TRY_ASSIGN(const ByteView map, in.raw((depth + 7U) / 8U, "map"));
  if (depth % 8 != 0 && (map.back() >> (depth % 8)) != 0) return in.refuse("map bits past the end");
  if (proof.end == End::other) {
    CESS_TRY_ASSIGN(proof.other.key, in.id<Hash256>("other key"));
    CESS_TRY_ASSIGN(proof.other.value, in.id<Hash256>("other value"));
  }
  proof.siblings.resize(depth);
  for (std::size_t i = 0; i < depth; ++i) {
    if (((unsigned{map[i / 8]} >> (i % 8)) & 1U) == 0) continue;
    CESS_TRY_ASSIGN(proof.siblings[i], in.id<Hash256>("sibling"));
    if (proof.siblings[i].is_zero()) return in.refuse("empty sibling written out");
  }
  CESS_TRY(in.end());
  if (!well_formed(proof)) return in.refuse("no sibling at the end");
  return proof;
}

bool verify_sparse(const Hash256& root, const Hash256& key, const std::optional<Hash256>& value,
                   const SparseProof& proof) {
  if (!well_formed(proof)) return false;
  const std::size_t depth = proof.siblings.size();
  Hash256 node;
  switch (proof.end) {
    case SparseProof::End::empty:
      if (value) return false;
      break;
    case SparseProof::End::self:
      if (!value) return false;
      node = sparse_leaf(key, *value);
      break;
    case SparseProof::End::other:
      // The other leaf must be where the key would be: their first `depth` bits agree.
      if (value || proof.other.key == key || first_difference(proof.other.key, key) < depth) {
        return false;
      }
      node = sparse_leaf(proof.other.key, proof.other.value);
      break;
    default:
      return false;
  }
  for (std::size_t i = depth; i-- > 0;) {
    const Hash256& sibling = proof.siblings[i];
    node = bit_of(key, static_cast<unsigned>(i)) == 0 ? merkle_node(node, sibling)
                                                      : merkle_node(sibling, node);
  }
  return node == root;
}

bool verify_sparse(const Hash256& root, const Hash256& key, const std::optional<Hash256>& value,
                   ByteView proof) {
  const auto parsed = SparseProof::parse(proof);
  return parsed && verify_sparse(root, key, value, *parsed);
}

}  // namespace cess
