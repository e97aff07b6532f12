// SPDX-License-Identifier: Apache-2.0
// A place for a child is a pointer to Node whose lowest bit says that it is an entry. Nodes come in
// three shapes by how many children they have: up to 16 in order, up to 48 behind an index, 256.
#include "chain/state/kernel/radix_map.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "base/check.hpp"

namespace cess {

enum class RadixShape : std::uint8_t { small, middle, full };

struct RadixMap::Node {
  std::uint32_t depth;  // index of the byte at which the keys below part
  RadixShape shape;
  std::uint16_t count = 0;  // children, `end` apart
  Node* end = nullptr;      // the entry whose key is `depth` bytes long
};

namespace {

using Node = RadixMap::Node;
constexpr std::size_t kSmall = 16;
constexpr std::size_t kMiddle = 48;

struct SmallNode : Node {
  std::array<std::uint8_t, kSmall> bytes{};  // ascending
  std::array<Node*, kSmall> children{};
};
struct MiddleNode : Node {
  std::array<std::uint8_t, 256> index{};  // 1 + place; 0: none
  std::array<Node*, kMiddle> children{};
};
struct FullNode : Node {
  std::array<Node*, 256> children{};
};

bool is_entry(const Node* n) { return (reinterpret_cast<std::uintptr_t>(n) & 1U) != 0; }
RadixEntry* entry_of(const Node* n) {
  return reinterpret_cast<RadixEntry*>(reinterpret_cast<std::uintptr_t>(n) & ~std::uintptr_t{1});
}
Node* tagged(RadixEntry* e) {
  return reinterpret_cast<Node*>(reinterpret_cast<std::uintptr_t>(e) | 1U);
}

std::uint8_t byte_at(std::string_view key, std::size_t i) {
  return static_cast<std::uint8_t>(key[i]);
}

template <class T>
T* make_node(std::uint32_t depth, RadixShape shape) {
  auto* n = new T();
  n->depth = depth;
  n->shape = shape;
  return n;
}

void free_node(Node* n) {
  if (n->shape == RadixShape::small)
    delete static_cast<SmallNode*>(n);
  else if (n->shape == RadixShape::middle)
    delete static_cast<MiddleNode*>(n);
  else
    delete static_cast<FullNode*>(n);
}

// The place of a child, null if there is none.
Node** place_of(Node* n, std::uint8_t byte) {
  if (n->shape == RadixShape::small) {
    auto* s = static_cast<SmallNode*>(n);
    for (std::size_t i = 0; i < s->count; ++i) {
      if (s->bytes[i] == byte) return &s->children[i];
    }
    return nullptr;
  }
  if (n->shape == RadixShape::middle) {
    auto* m = static_cast<MiddleNode*>(n);
    const auto i = m->index[byte];
    return i == 0 ? nullptr : &m->children[i - 1U];
  }
  auto* f = static_cast<FullNode*>(n);
  return f->children[byte] == nullptr ? nullptr : &f->children[byte];
}

// Calls f(child) in ascending order of bytes from `from` on until it returns false.
template <class F>
bool each_child(const Node* n, unsigned from, const F& f) {
  if (n->shape == RadixShape::small) {
    const auto* s = static_cast<const SmallNode*>(n);
    for (std::size_t i = 0; i < s->count; ++i) {
      if (s->bytes[i] >= from && !f(s->bytes[i], s->children[i])) return false;
    }
    return true;
  }
  for (unsigned b = from; b < 256; ++b) {
    Node** p = place_of(const_cast<Node*>(n), static_cast<std::uint8_t>(b));
    if (p != nullptr && !f(b, *p)) return false;
  }
  return true;
}

const RadixEntry& any_entry(const Node* n) {
  while (!is_entry(n)) {
    if (n->end != nullptr) return *entry_of(n->end);
    const Node* first = nullptr;
    each_child(n, 0, [&](unsigned, const Node* c) {
      first = c;
      return false;
    });
    n = first;
  }
  return *entry_of(n);
}

// Adds a child that is not there; the node may move.
void add_child(Node*& n, std::uint8_t byte, Node* child) {
  if (n->shape == RadixShape::small && n->count < kSmall) {
    auto* s = static_cast<SmallNode*>(n);
    std::size_t i = s->count++;
    for (; i > 0 && s->bytes[i - 1] > byte; --i) {
      s->bytes[i] = s->bytes[i - 1];
      s->children[i] = s->children[i - 1];
    }
    s->bytes[i] = byte;
    s->children[i] = child;
    return;
  }
  if (n->shape == RadixShape::middle && n->count < kMiddle) {
    auto* m = static_cast<MiddleNode*>(n);
    std::uint8_t free = 0;  // removal leaves holes
    while (m->children[free] != nullptr) ++free;
    m->children[free] = child;
    m->index[byte] = static_cast<std::uint8_t>(free + 1U);
    ++m->count;
    return;
  }
  if (n->shape == RadixShape::full) {
    static_cast<FullNode*>(n)->children[byte] = child;
    ++n->count;
    return;
  }
  Node* bigger = n->shape == RadixShape::small
                     ? static_cast<Node*>(make_node<MiddleNode>(n->depth, RadixShape::middle))
                     : static_cast<Node*>(make_node<FullNode>(n->depth, RadixShape::full));
  bigger->end = n->end;
  each_child(n, 0, [&](unsigned b, Node* c) {
    add_child(bigger, static_cast<std::uint8_t>(b), c);
    return true;
  });
  free_node(n);
  n = bigger;
  add_child(n, byte, child);
}

void remove_child(Node* n, std::uint8_t byte) {
  if (n->shape == RadixShape::small) {
    auto* s = static_cast<SmallNode*>(n);
    std::size_t i = 0;
    while (s->bytes[i] != byte) ++i;
    for (; i + 1 < s->count; ++i) {
      s->bytes[i] = s->bytes[i + 1];
      s->children[i] = s->children[i + 1];
    }
  } else if (n->shape == RadixShape::middle) {
    auto* m = static_cast<MiddleNode*>(n);
    m->children[std::exchange(m->index[byte], std::uint8_t{0}) - 1U] = nullptr;
  } else {
    static_cast<FullNode*>(n)->children[byte] = nullptr;
  }
  --n->count;
}

RadixEntry* make_entry(std::string_view key, std::size_t value_room) {
  const std::size_t room = (value_room + 15U) & ~std::size_t{15};
  void* memory = ::operator new(sizeof(RadixEntry) + key.size() + room);
  auto* e = new (memory) RadixEntry();
  char* bytes = reinterpret_cast<char*>(e + 1);
  std::memcpy(bytes, key.data(), key.size());
  e->key_size = static_cast<std::uint32_t>(key.size());
  e->value = bytes + key.size();
  e->value_room = static_cast<std::uint32_t>(room);
  return e;
}

bool value_is_apart(const RadixEntry& e) { return e.value != e.key().data() + e.key_size; }

void free_entry(RadixEntry* e) {
  if (value_is_apart(*e)) delete[] e->value;
  e->~RadixEntry();
  ::operator delete(e);
}

void free_below(Node* n) {
  if (n == nullptr) return;
  if (is_entry(n)) return free_entry(entry_of(n));
  free_below(n->end);
  each_child(n, 0, [](unsigned, Node* c) {
    free_below(c);
    return true;
  });
  free_node(n);
}

// First byte at which they differ, or the size of the shorter one.
std::size_t parting(std::string_view a, std::string_view b) {
  const auto n = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<long>(n), b.begin()).first - a.begin());
}

bool visit_all(const Node* n, const RadixMap::Visit& visit) {
  if (is_entry(n)) return visit(*entry_of(n));
  if (n->end != nullptr && !visit(*entry_of(n->end))) return false;
  return each_child(n, 0, [&](unsigned, const Node* c) { return visit_all(c, visit); });
}

// Entries from `start` on.
bool visit_from(const Node* n, std::string_view start, const RadixMap::Visit& visit) {
  if (is_entry(n)) return entry_of(n)->key() < start || visit(*entry_of(n));
  // All keys below share their first `depth` bytes.
  const auto shared = any_entry(n).key().substr(0, n->depth);
  const int order = shared.compare(start.substr(0, n->depth));
  if (order < 0) return true;
  if (order > 0 || start.size() <= n->depth) return visit_all(n, visit);
  const unsigned byte = byte_at(start, n->depth);
  return each_child(n, byte, [&](unsigned b, const Node* c) {
    return b == byte ? visit_from(c, start, visit) : visit_all(c, visit);
  });
}

}  // namespace

void RadixEntry::set(std::string_view v) {
  if (v.size() > value_room) {
    const std::size_t room = (v.size() + v.size() / 4 + 15U) & ~std::size_t{15};
    char* apart = new char[room];
    std::memcpy(apart, v.data(), v.size());
    if (value_is_apart(*this)) delete[] value;
    value = apart;
    value_room = static_cast<std::uint32_t>(room);
  } else if (!v.empty()) {
    std::memmove(value, v.data(), v.size());
  }
  value_size = static_cast<std::uint32_t>(v.size());
}

RadixMap::~RadixMap() { free_below(root_); }

RadixEntry* RadixMap::find(std::string_view key) const {
  Node* n = root_;
  while (n != nullptr && !is_entry(n)) {
    if (key.size() <= n->depth) {
      n = key.size() == n->depth ? n->end : nullptr;
    } else {
      Node** p = place_of(n, byte_at(key, n->depth));
      n = p == nullptr ? nullptr : *p;
    }
  }
  if (n == nullptr) return nullptr;
  RadixEntry* e = entry_of(n);
  return e->key() == key ? e : nullptr;
}

RadixEntry* RadixMap::insert(std::string_view key, std::size_t value_room) {
  CESS_CHECK(key.size() < 1U << 16U);
  if (root_ == nullptr) {
    auto* e = make_entry(key, value_room);
    root_ = tagged(e);
    return e;
  }
  // Down as far as the key leads, then to any entry there: it shares the most bytes with the key.
  const Node* n = root_;
  while (!is_entry(n)) {
    const Node* next = nullptr;
    if (key.size() > n->depth) {
      Node** p = place_of(const_cast<Node*>(n), byte_at(key, n->depth));
      if (p != nullptr) next = *p;
    } else if (key.size() == n->depth) {
      next = n->end;
    }
    if (next == nullptr) break;
    n = next;
  }
  RadixEntry& near = const_cast<RadixEntry&>(any_entry(n));
  const auto part = parting(key, near.key());
  if (part == key.size() && part == near.key_size) return &near;

  auto* e = make_entry(key, value_room);
  Node** place = &root_;
  while (!is_entry(*place) && (*place)->depth < part)
    place = place_of(*place, byte_at(key, (*place)->depth));
  if (is_entry(*place) || (*place)->depth > part) {
    Node* fork = make_node<SmallNode>(static_cast<std::uint32_t>(part), RadixShape::small);
    if (near.key_size == part) {
      fork->end = *place;
    } else {
      add_child(fork, byte_at(near.key(), part), *place);
    }
    *place = fork;
  }
  if (key.size() == part) {
    (*place)->end = tagged(e);
  } else {
    add_child(*place, byte_at(key, part), tagged(e));
  }
  return e;
}

void RadixMap::erase(RadixEntry* entry) {
  const auto key = entry->key();
  Node** above = nullptr;  // the place of the node that holds the entry
  Node** place = &root_;
  while (!is_entry(*place)) {
    above = place;
    Node* n = *place;
    place = key.size() == n->depth ? &n->end : place_of(n, byte_at(key, n->depth));
  }
  CESS_CHECK(entry_of(*place) == entry);
  if (above == nullptr) {
    root_ = nullptr;
  } else {
    Node* n = *above;
    if (place == &n->end) {
      n->end = nullptr;
    } else {
      remove_child(n, byte_at(key, n->depth));
    }
    // A node of one is none.
    if (n->count + (n->end != nullptr ? 1 : 0) == 1) {
      Node* only = n->end;
      each_child(n, 0, [&](unsigned, Node* c) {
        only = c;
        return false;
      });
      *above = only;
      free_node(n);
    }
  }
  free_entry(entry);
}

void RadixMap::scan(std::string_view prefix, std::string_view start, const Visit& visit) const {
  const Node* n = root_;
  while (n != nullptr && !is_entry(n) && n->depth < prefix.size()) {
    Node** p = place_of(const_cast<Node*>(n), byte_at(prefix, n->depth));
    n = p == nullptr ? nullptr : *p;
  }
  if (n == nullptr || !any_entry(n).key().starts_with(prefix)) return;
  visit_from(n, start, visit);
}

}  // namespace cess
