// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// The byte state beside a std::map that does the same slowly.
#include "chain/state/kernel/state.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "chain/state/kernel/radix_map.hpp"
#include "crypto/sha256.hpp"
#include "merkle/sparse_tree.hpp"

namespace cess {
namespace state_test {

using Model = std::map<std::string, std::string>;

// Keys of few letters, so that they meet, continue each other and part at every depth; some of
// many.
std::string some_key(std::mt19937_64& chance) {
  std::string key;
  const auto size = chance() % 6;
  for (std::size_t i = 0; i < size; ++i)
    key.push_back(static_cast<char>(chance() % 8 == 0 ? chance() % 256 : 'a' + chance() % 3));
  return key;
}
std::string some_value(std::mt19937_64& chance) {
  return std::string(chance() % 40, static_cast<char>('0' + chance() % 10));
}

Model all_of(const State& state) {
  Model out;
  std::string last;
  state.scan({}, {}, [&](std::string_view k, std::string_view v) {
    EXPECT_TRUE(out.empty() || last < k) << "out of order";
    last = k;
    out.emplace(k, v);
    return true;
  });
  EXPECT_EQ(state.size(), out.size());
  return out;
}

// The root from scratch.
Hash256 root_of(const Model& model) {
  SparseTree tree;
  std::vector<SparseChange> leaves;
  for (const auto& [k, v] : model) leaves.push_back({sha256(as_bytes(k)), sha256(as_bytes(v))});
  tree.update(leaves);
  return tree.root();
}

void change(State& state, Model& model, std::mt19937_64& chance, int count) {
  for (; count > 0; --count) {
    const auto key = some_key(chance);
    if (chance() % 3 == 0) {
      state.erase(key);
      model.erase(key);
    } else {
      const auto value = some_value(chance);
      state.put(key, value);
      model[key] = value;
    }
  }
}

TEST(State, IsAnOrderedMapWithUndoAndRoot) {
  std::mt19937_64 chance(1);
  State state;
  Model model;
  for (int block = 0; block < 60; ++block) {
    const Model at_start = model;
    for (int txn = 0; txn < 10; ++txn) {
      const auto mark = state.mark();
      const Model saved = model;
      change(state, model, chance, static_cast<int>(chance() % 20));
      const auto inner = state.mark();
      const Model inside = model;
      change(state, model, chance, static_cast<int>(chance() % 20));
      if (chance() % 2 == 0) {
        state.rollback(inner);
        model = inside;
      }
      if (chance() % 2 == 0) {
        state.rollback(mark);
        model = saved;
      }
      ASSERT_EQ(all_of(state), model);
    }
    Model applied = at_start;
    for (const auto& c : state.take_changes()) {
      if (c.value) {
        EXPECT_TRUE(!applied.contains(c.key) || applied[c.key] != *c.value);
        applied[c.key] = *c.value;
      } else {
        EXPECT_EQ(applied.erase(c.key), 1U);
      }
    }
    ASSERT_EQ(applied, model) << "the changes are not what changed";
    ASSERT_EQ(state.root(), root_of(model));
    ASSERT_EQ(all_of(state), model);
  }
}

TEST(State, ScansRanges) {
  std::mt19937_64 chance(2);
  State state;
  Model model;
  change(state, model, chance, 400);
  for (int i = 0; i < 2000; ++i) {
    const auto prefix = some_key(chance);
    const auto start = chance() % 3 == 0 ? std::string() : some_key(chance);
    std::vector<std::string> want;
    for (auto it = model.lower_bound(std::max(prefix, start)); it != model.end(); ++it) {
      if (it->first.starts_with(prefix)) want.push_back(it->first);
    }
    const std::size_t limit = chance() % 4 == 0 ? 3 : 1000;
    if (want.size() > limit) want.resize(limit);
    std::vector<std::string> got;
    state.scan(prefix, start, [&](std::string_view k, std::string_view) {
      got.emplace_back(k);
      return got.size() < limit;
    });
    ASSERT_EQ(got, want) << "prefix '" << prefix << "' start '" << start << "'";
  }
}

TEST(State, LoadsWhatWasStoredAndGoesOnAlike) {
  std::mt19937_64 chance(3);
  State state;
  Model model;
  change(state, model, chance, 300);
  state.take_changes();
  State loaded;
  state.scan({}, {}, [&](std::string_view k, std::string_view v) {
    loaded.load(k, v);
    return true;
  });
  EXPECT_EQ(loaded.root(), state.root());
  EXPECT_TRUE(loaded.take_changes().empty());
  Model same = model;
  auto again = chance;
  change(state, model, chance, 200);
  change(loaded, same, again, 200);
  EXPECT_EQ(state.take_changes(), loaded.take_changes());
  EXPECT_EQ(state.root(), loaded.root());
}

TEST(State, ProvesWhatIsThereAndWhatIsNot) {
  State state;
  state.put("alpha", "1");
  state.put("alphabet", "2");
  state.put("beta", "");
  state.take_changes();
  const auto root = state.root();
  const auto proof = state.prove("alpha");
  EXPECT_TRUE(verify_state_proof(root, "alpha", "1", proof));
  EXPECT_FALSE(verify_state_proof(root, "alpha", "2", proof));
  EXPECT_FALSE(verify_state_proof(root, "alpha", std::nullopt, proof));
  EXPECT_TRUE(verify_state_proof(root, "beta", "", state.prove("beta")));
  const auto absent = state.prove("alp");
  EXPECT_TRUE(verify_state_proof(root, "alp", std::nullopt, absent));
  EXPECT_FALSE(verify_state_proof(root, "alpha", std::nullopt, absent));
  EXPECT_FALSE(verify_state_proof(root, "alp", "", absent));
}

TEST(State, AChangeTakenBackIsNone) {
  State state;
  state.put("a", "1");
  state.take_changes();
  const auto root = state.root();
  state.put("a", "2");
  state.put("b", "3");
  state.erase("b");
  state.put("a", "1");
  EXPECT_TRUE(state.take_changes().empty());
  EXPECT_EQ(state.root(), root);
  EXPECT_FALSE(state.get("b").has_value());
}

TEST(RadixMap, HoldsManyRandomKeysAndLetsThemGo) {
  std::mt19937_64 chance(4);
  RadixMap map;
  std::vector<std::string> keys;
  for (int i = 0; i < 50'000; ++i) {
    std::string key(2 + chance() % 3, '\0');
    for (auto& c : key) c = static_cast<char>(chance());
    auto* e = map.insert(key, 8);
    if (!e->live) keys.push_back(key);
    e->live = true;
    e->set(key);
  }
  std::sort(keys.begin(), keys.end());
  std::size_t i = 0;
  map.scan({}, {}, [&](const RadixEntry& e) { return e.key() == keys[i++]; });
  EXPECT_EQ(i, keys.size());
  std::shuffle(keys.begin(), keys.end(), chance);
  while (!keys.empty()) {
    auto* e = map.find(keys.back());
    ASSERT_NE(e, nullptr);
    EXPECT_EQ(e->get(), keys.back());
    map.erase(e);
    EXPECT_EQ(map.find(keys.back()), nullptr);
    keys.pop_back();
  }
  map.scan({}, {}, [&](const RadixEntry&) {
    ADD_FAILURE() << "something is left";
    return true;
  });
}

}  // namespace state_test
}  // namespace cess
