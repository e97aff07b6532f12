// SPDX-License-Identifier: Apache-2.0
// The state: an ordered map from key bytes to value bytes, with undo for a transaction that fails,
// a record of what changed since the last block, and a Merkle root over all of it. Knows nothing of
// what the bytes mean. One thread. Pure: the order of everything is the order of the keys.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

/// A key and what became of it; nullopt: erased.
struct StateChange {
  std::string key;
  std::optional<std::string> value;
  friend bool operator==(const StateChange&, const StateChange&) = default;
};
/// Each key once, in an order that is the same on every node.
using StateChanges = std::vector<StateChange>;

class State {
 public:
  State();
  ~State();
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;

  /// The value, valid until the next change of any key.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const;
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  /// Sets a pair that was stored before, as of the last block: no undo, no change. Only between
  /// blocks; many of them are cheap.
  void load(std::string_view key, std::string_view value);
  /// Keys with `prefix` from `start` on (start may be empty), in byte order, until `visit` returns
  /// false. The state must not change inside.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  void scan(std::string_view prefix, std::string_view start, const Visit& visit) const;
  [[nodiscard]] std::size_t size() const;

  /// Undo: everything changed after mark() goes back at rollback(). Marks nest.
  using Mark = std::size_t;
  [[nodiscard]] Mark mark() const;
  void rollback(Mark to);

  /// What changed since the last call; undo ends here. The root follows these.
  StateChanges take_changes();
  /// Root over all pairs as of the last take_changes(): sparse Merkle tree over SHA-256(key),
  /// SHA-256(value) (merkle/sparse_tree.hpp).
  [[nodiscard]] Hash256 root();
  /// Membership or non-membership of `key` under root().
  [[nodiscard]] Bytes prove(std::string_view key);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether `proof` (State::prove) shows that under `root` `key` has `value`, or nothing if nullopt.
[[nodiscard]] bool verify_state_proof(const Hash256& root, std::string_view key,
                                      std::optional<std::string_view> value, ByteView proof);

}  // namespace cess
