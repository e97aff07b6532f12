// SPDX-License-Identifier: Apache-2.0
#include "chain/state/kernel/state.hpp"

#include "base/check.hpp"
#include "chain/state/kernel/radix_map.hpp"
#include "crypto/sha256.hpp"
#include "merkle/sparse_tree.hpp"

namespace cess {
namespace {

constexpr std::size_t kLoadBatch = 1U << 16U;

// An entry and what it held before; the bytes lie in a heap beside the list.
struct Was {
  RadixEntry* entry;
  std::uint32_t size;
  bool live;
  std::size_t offset;
};

class History {
 public:
  void push(RadixEntry* e) {
    list_.push_back({e, e->value_size, e->live, bytes_.size()});
    if (e->live) bytes_ += e->get();
  }
  [[nodiscard]] const Was& operator[](std::size_t i) const { return list_[i]; }
  [[nodiscard]] std::string_view value(std::size_t i) const {
    return std::string_view(bytes_).substr(list_[i].offset, list_[i].live ? list_[i].size : 0);
  }
  void pop() {
    bytes_.resize(list_.back().offset);
    list_.pop_back();
  }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  void clear() {
    list_.clear();
    bytes_.clear();
  }

 private:
  std::vector<Was> list_;
  std::string bytes_;
};

}  // namespace

struct State::Impl {
  RadixMap map;
  std::size_t count = 0;          // of live entries
  History journal;                // every change since the last take_changes, oldest first
  History before;                 // the first change of each entry since then
  std::vector<SparseChange> due;  // leaves the tree has not got yet
  SparseTree tree;

  // Before `e` changes.
  void remember(RadixEntry* e) {
    journal.push(e);
    if (e->change == 0) {
      before.push(e);
      e->change = static_cast<std::uint32_t>(before.size());
    }
  }
  void set_live(RadixEntry* e, bool live) {
    if (live && !e->live) ++count;
    if (!live && e->live) --count;
    e->live = live;
  }
  void bring_tree_up() {
    if (due.empty()) return;
    tree.update(due);
    due.clear();
  }
};

State::State() : impl_(std::make_unique<Impl>()) {}
State::~State() = default;
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;

std::optional<std::string_view> State::get(std::string_view key) const {
  const RadixEntry* e = impl_->map.find(key);
  if (e == nullptr || !e->live) return std::nullopt;
  return e->get();
}

void State::put(std::string_view key, std::string_view value) {
  RadixEntry* e = impl_->map.insert(key, value.size());
  if (e->live && e->get() == value) return;
  impl_->remember(e);
  e->set(value);
  impl_->set_live(e, true);
}

void State::erase(std::string_view key) {
  RadixEntry* e = impl_->map.find(key);
  if (e == nullptr || !e->live) return;
  impl_->remember(e);
  impl_->set_live(e, false);
}

void State::load(std::string_view key, std::string_view value) {
  CESS_CHECK(impl_->before.size() == 0);
  RadixEntry* e = impl_->map.insert(key, value.size());
  e->set(value);
  impl_->set_live(e, true);
  impl_->due.push_back({sha256(as_bytes(key)), sha256(as_bytes(value))});
  if (impl_->due.size() >= kLoadBatch) impl_->bring_tree_up();
}

void State::scan(std::string_view prefix, std::string_view start, const Visit& visit) const {
  impl_->map.scan(prefix, start,
                  [&](const RadixEntry& e) { return !e.live || visit(e.key(), e.get()); });
}

std::size_t State::size() const { return impl_->count; }

State::Mark State::mark() const { return impl_->journal.size(); }

void State::rollback(Mark to) {
  auto& journal = impl_->journal;
  CESS_CHECK(to <= journal.size());
  while (journal.size() > to) {
    const auto i = journal.size() - 1;
    RadixEntry* e = journal[i].entry;
    e->set(journal.value(i));
    impl_->set_live(e, journal[i].live);
    journal.pop();
  }
}

StateChanges State::take_changes() {
  auto& before = impl_->before;
  StateChanges changes;
  changes.reserve(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    RadixEntry* e = before[i].entry;
    e->change = 0;
    const bool same = e->live == before[i].live && (!e->live || e->get() == before.value(i));
    if (!same) {
      SparseChange leaf{sha256(as_bytes(e->key())), std::nullopt};
      StateChange change{std::string(e->key()), std::nullopt};
      if (e->live) {
        leaf.value = sha256(as_bytes(e->get()));
        change.value = std::string(e->get());
      }
      impl_->due.push_back(leaf);
      changes.push_back(std::move(change));
    }
    if (!e->live) impl_->map.erase(e);
  }
  before.clear();
  impl_->journal.clear();
  impl_->bring_tree_up();
  return changes;
}

Hash256 State::root() {
  impl_->bring_tree_up();
  return impl_->tree.root();
}

Bytes State::prove(std::string_view key) {
  (void)root();
  return impl_->tree.prove(sha256(as_bytes(key))).encode();
}

bool verify_state_proof(const Hash256& root, std::string_view key,
                        std::optional<std::string_view> value, ByteView proof) {
  std::optional<Hash256> value_hash;
  if (value) value_hash = sha256(as_bytes(*value));
  return verify_sparse(root, sha256(as_bytes(key)), value_hash, proof);
}

}  // namespace cess
