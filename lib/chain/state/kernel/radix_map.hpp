// SPDX-License-Identifier: Apache-2.0
// The ordered map below State: a radix tree over the bytes of keys, of which a node exists only
// where keys part (so a node knows at which byte its keys differ, and nothing about the bytes
// before; the leaf that is found is compared whole). A million random keys are three or four steps
// deep, without hashing, so nobody can choose keys that make it slow: depth is at most the size of
// a key. Order is that of the bytes; a key that another one continues stands before it.
//
// Entries stay where they are as long as they live, so that State can point at them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace cess {

/// A key and its value. State's own fields stand here to spare it a second look-up.
struct RadixEntry {
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t value_room = 0;
  std::uint32_t change = 0;  ///< State: 1 + index among this block's changed entries; 0: none
  bool live = false;         ///< State: false once erased, until the block ends
  char* value = nullptr;     ///< behind the key, or on its own if it outgrew its place

  [[nodiscard]] std::string_view key() const {
    return {reinterpret_cast<const char*>(this + 1), key_size};
  }
  [[nodiscard]] std::string_view get() const { return {value, value_size}; }
  void set(std::string_view v);
};

class RadixMap {
 public:
  RadixMap() = default;
  ~RadixMap();
  RadixMap(const RadixMap&) = delete;
  RadixMap& operator=(const RadixMap&) = delete;

  [[nodiscard]] RadixEntry* find(std::string_view key) const;
  /// The entry of `key`, made empty and not live if there is none, with room for a value.
  RadixEntry* insert(std::string_view key, std::size_t value_room);
  /// Frees the entry.
  void erase(RadixEntry* entry);
  /// Entries whose keys begin with `prefix` and are not below `start`, in order, live or not, until
  /// `visit` returns false. The map must not change inside.
  using Visit = std::function<bool(const RadixEntry&)>;
  void scan(std::string_view prefix, std::string_view start, const Visit& visit) const;

  struct Node;  // of radix_map.cpp
 private:
  Node* root_ = nullptr;
};

}  // namespace cess
