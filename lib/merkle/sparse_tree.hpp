// SPDX-License-Identifier: Apache-2.0
// The state tree: a compressed binary sparse Merkle tree in memory (doc/formats/state-tree.md).
// Key and value are 32-byte hashes that the caller makes: SHA-256 of the state key, SHA-256 of the
// value. Bit i of a key is bit 7 - i % 8 of byte i / 8, the order of reading.
//
//   empty subtree            = 32 zero bytes
//   subtree with one leaf    = that leaf: H(0x00 ‖ key ‖ value)           (Jellyfish rule)
//   any other, at any depth  = H(0x01 ‖ subtree of bit 0 ‖ subtree of bit 1)
//
// The root depends on the set of (key, value) alone, never on the order or grouping of changes.
// update() moves nodes and marks paths; root() hashes every marked node once, level by level in the
// lanes of sha256_many. About 140 bytes per leaf. Not for two threads at once; const calls may run
// side by side. Pure: no clock, no chance, no failure but running out of memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

constexpr std::size_t kSparseDepthMax = 256;
/// Of an encoded proof: kind, depth, bitmap, another leaf, siblings.
constexpr std::size_t kSparseProofSizeMax = 1 + 2 + 32 + 64 + 32 * kSparseDepthMax;

/// Sets a key's value, or removes the key.
struct SparseChange {
  Hash256 key;
  std::optional<Hash256> value;
};

/// The way from the root to where a key is or would be.
struct SparseProof {
  struct Leaf {
    Hash256 key;
    Hash256 value;
    friend bool operator==(const Leaf&, const Leaf&) = default;
  };
  enum class End : std::uint8_t {
    empty = 0,  ///< nothing there: the key is absent
    self = 1,   ///< the key's own leaf: present
    other = 2,  ///< another key's leaf: the key is absent
  };
  End end = End::empty;
  std::vector<Hash256> siblings;  ///< from the root down, one per level; zero: empty
  Leaf other;                     ///< for End::other

  /// Offsets: doc/formats/state-tree.md. At most kSparseProofSizeMax bytes.
  [[nodiscard]] Bytes encode() const;
  /// Strict: one encoding per proof, nothing left over. Code::input.
  static Result<SparseProof> parse(ByteView bytes);
  friend bool operator==(const SparseProof&, const SparseProof&) = default;
};

/// H(0x00 ‖ key ‖ value).
Hash256 sparse_leaf(const Hash256& key, const Hash256& value);

/// Whether the tree with `root` holds `value` under `key`, or nothing under it if `value` is
/// absent. Pure; no proof makes it abort.
[[nodiscard]] bool verify_sparse(const Hash256& root, const Hash256& key,
                                 const std::optional<Hash256>& value, const SparseProof& proof);
/// The same for an encoded proof; false if it does not parse.
[[nodiscard]] bool verify_sparse(const Hash256& root, const Hash256& key,
                                 const std::optional<Hash256>& value, ByteView proof);

class SparseTree {
 public:
  SparseTree();
  ~SparseTree();
  SparseTree(SparseTree&&) noexcept;
  SparseTree& operator=(SparseTree&&) noexcept;

  /// Applies changes in any order; of several for one key the last counts. Removing an absent key
  /// or setting the value that is there changes nothing.
  void update(std::span<const SparseChange> changes);
  /// Hashes what changed since the last call.
  const Hash256& root();
  [[nodiscard]] std::optional<Hash256> get(const Hash256& key) const;
  [[nodiscard]] std::uint64_t count() const;
  /// Proof of presence or absence against root(), which must have been called after the last
  /// update().
  [[nodiscard]] SparseProof prove(const Hash256& key) const;
  /// Bytes of memory held.
  [[nodiscard]] std::size_t memory_bytes() const;
  /// Nodes and leaves that root() has hashed in its life; for tests and benchmarks.
  [[nodiscard]] std::uint64_t hashed_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess
