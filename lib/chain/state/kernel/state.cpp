// SPDX-License-Identifier: Apache-2.0
#include "chain/state/kernel/state.hpp"

#include <map>

#include "base/check.hpp"
#include "crypto/sha256.hpp"
#include "merkle/sparse_tree.hpp"

namespace cess {

struct State::Impl {
  std::map<std::string, std::string, std::less<>> pairs;
  // Undo: keys and what they held before, oldest first.
  std::vector<std::pair<std::string, std::optional<std::string>>> journal;
  // What the keys changed in this block held at its start.
  std::map<std::string, std::optional<std::string>, std::less<>> before;
  SparseTree tree;

  void remember(std::string_view key, const std::optional<std::string>& old) {
    journal.emplace_back(std::string(key), old);
    if (before.find(key) == before.end()) before.emplace(std::string(key), old);
  }
  void set(std::string_view key, std::optional<std::string> value) {
    auto it = pairs.find(key);
    if (!value) {
      if (it != pairs.end()) pairs.erase(it);
    } else if (it != pairs.end()) {
      it->second = std::move(*value);
    } else {
      pairs.emplace(std::string(key), std::move(*value));
    }
  }
};

State::State() : impl_(std::make_unique<Impl>()) {}
State::~State() = default;
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;

std::optional<std::string_view> State::get(std::string_view key) const {
  const auto it = impl_->pairs.find(key);
  if (it == impl_->pairs.end()) return std::nullopt;
  return it->second;
}

void State::put(std::string_view key, std::string_view value) {
  const auto it = impl_->pairs.find(key);
  if (it == impl_->pairs.end()) {
    impl_->remember(key, std::nullopt);
    impl_->pairs.emplace(std::string(key), std::string(value));
  } else if (it->second != value) {
    impl_->remember(key, it->second);
    it->second = std::string(value);
  }
}

void State::erase(std::string_view key) {
  const auto it = impl_->pairs.find(key);
  if (it == impl_->pairs.end()) return;
  impl_->remember(key, it->second);
  impl_->pairs.erase(it);
}

void State::scan(std::string_view prefix, std::string_view start, const Visit& visit) const {
  for (auto it = impl_->pairs.lower_bound(std::max(prefix, start));
       it != impl_->pairs.end() && std::string_view(it->first).starts_with(prefix); ++it) {
    if (!visit(it->first, it->second)) return;
  }
}

std::size_t State::size() const { return impl_->pairs.size(); }

State::Mark State::mark() const { return impl_->journal.size(); }

void State::rollback(Mark to) {
  auto& journal = impl_->journal;
  CESS_CHECK(to <= journal.size());
  while (journal.size() > to) {
    impl_->set(journal.back().first, std::move(journal.back().second));
    journal.pop_back();
  }
}

StateChanges State::take_changes() {
  StateChanges changes;
  std::vector<SparseChange> leaves;
  for (auto& [key, old] : impl_->before) {
    const auto now = get(key);
    if (now == old) continue;
    std::optional<Hash256> value_hash;
    if (now) value_hash = sha256(as_bytes(*now));
    leaves.push_back({sha256(as_bytes(key)), value_hash});
    changes.push_back({key, now ? std::optional<std::string>(*now) : std::nullopt});
  }
  impl_->before.clear();
  impl_->journal.clear();
  impl_->tree.update(leaves);
  return changes;
}

Hash256 State::root() { return impl_->tree.root(); }

Bytes State::prove(std::string_view key) {
  impl_->tree.root();
  return impl_->tree.prove(sha256(as_bytes(key))).encode();
}

bool verify_state_proof(const Hash256& root, std::string_view key,
                        std::optional<std::string_view> value, ByteView proof) {
  std::optional<Hash256> value_hash;
  if (value) value_hash = sha256(as_bytes(*value));
  return verify_sparse(root, sha256(as_bytes(key)), value_hash, proof);
}

}  // namespace cess
