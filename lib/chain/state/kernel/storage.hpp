// SPDX-License-Identifier: Apache-2.0
// Typed storage of a module: values and maps over the byte state. A key is module id, item id and
// the parts of the key; integers big-endian and ids raw, so that keys sort as their parts do and a
// scan by leading parts is a range. Text parts are length-prefixed and may stand anywhere.
//
//   inline constexpr StoredMap<Account, AccountId> kAccounts{kAccountsModule, 0, "account"};
//   auto a = kAccounts.get(state, who);            // std::optional<Account>
//   kAccounts.put(state, who, account);
//   kDue.scan(state, visit, height);               // keys whose first part is `height`
#pragma once

#include <tuple>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "chain/state/kernel/state.hpp"
#include "chain/types/record.hpp"

namespace cess {

using ModuleId = std::uint8_t;

namespace detail {
constexpr std::size_t kKeyTextMax = 255;  // its length is a byte

template <class T>
void put_key_part(std::string& key, const T& part) {
  if constexpr (std::is_same_v<T, std::string>) {
    CESS_CHECK(part.size() <= kKeyTextMax);
    key.push_back(static_cast<char>(part.size()));
    key += part;
  } else if constexpr (IsId<T>::value) {
    key.append(as_text(part.view()));
  } else if constexpr (IsByteArray<T>::value) {
    key.append(as_text(part));
  } else if constexpr (std::is_enum_v<T>) {
    key.push_back(static_cast<char>(part));
  } else if constexpr (std::is_same_v<T, Amount>) {
    put_key_part(key, static_cast<std::uint64_t>(part >> 64U));
    put_key_part(key, static_cast<std::uint64_t>(part));
  } else {
    static_assert(std::unsigned_integral<T>, "not a key type");
    std::uint8_t b[sizeof(T)];
    store_be(b, part);
    key.append(reinterpret_cast<const char*>(b), sizeof b);
  }
}

// Takes one part off the front of a key; false if it is not there.
template <class T>
bool get_key_part(std::string_view& key, T& part) {
  std::string_view taken;
  const auto take = [&](std::size_t n) {
    if (key.size() < n) return false;
    taken = key.substr(0, n);
    key.remove_prefix(n);
    return true;
  };
  if constexpr (std::is_same_v<T, std::string>) {
    if (!take(1) || !take(static_cast<std::uint8_t>(taken[0]))) return false;
    part = taken;
  } else if constexpr (IsId<T>::value) {
    if (!take(T::kSize)) return false;
    part = T::from(as_bytes(taken));
  } else if constexpr (IsByteArray<T>::value) {
    if (!take(part.size())) return false;
    std::copy(as_bytes(taken).begin(), as_bytes(taken).end(), part.begin());
  } else if constexpr (std::is_enum_v<T>) {
    if (!take(1) || static_cast<std::uint8_t>(taken[0]) >= record_names(T{}).size()) return false;
    part = static_cast<T>(taken[0]);
  } else if constexpr (std::is_same_v<T, Amount>) {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    if (!get_key_part(key, high) || !get_key_part(key, low)) return false;
    part = Amount{high} << 64U | low;
  } else {
    if (!take(sizeof(T))) return false;
    part = load_be<T>(as_bytes(taken).data());
  }
  return true;
}
}  // namespace detail

/// A map of a module; with no key types, a single value. Values are records or field types.
template <class V, class... K>
struct StoredMap {
  ModuleId module;
  std::uint8_t item;
  const char* name;  ///< for people: "account"

  using Value = V;
  using Key = std::tuple<K...>;

  [[nodiscard]] std::string key(const K&... parts) const {
    std::string out{static_cast<char>(module), static_cast<char>(item)};
    (detail::put_key_part(out, parts), ...);
    return out;
  }
  [[nodiscard]] std::optional<V> get(const State& state, const K&... parts) const {
    const auto bytes = state.get(key(parts...));
    if (!bytes) return std::nullopt;
    return decode(*bytes);
  }
  /// The value, or a default-made one.
  [[nodiscard]] V get_or_default(const State& state, const K&... parts) const {
    auto v = get(state, parts...);
    return v ? std::move(*v) : V{};
  }
  [[nodiscard]] bool has(const State& state, const K&... parts) const {
    return state.get(key(parts...)).has_value();
  }
  void put(State& state, const K&... parts, const V& value) const {
    const Bytes bytes = encode_scale(value);
    state.put(key(parts...), as_text(bytes));
  }
  void erase(State& state, const K&... parts) const { state.erase(key(parts...)); }

  /// Calls visit(key tuple, value) → bool (go on?) in key order for keys that begin with `leading`
  /// parts. The state must not change inside: collect first, then change.
  template <class Visit, class... Leading>
  void scan(const State& state, const Visit& visit, const Leading&... leading) const {
    std::string prefix{static_cast<char>(module), static_cast<char>(item)};
    (detail::put_key_part(prefix, leading), ...);
    state.scan(prefix, {}, [&](std::string_view k, std::string_view v) {
      return visit(parse_key(k), decode(v));
    });
  }
  /// All keys that begin with `leading`, at most `count_max`.
  template <class... Leading>
  [[nodiscard]] std::vector<Key> keys(const State& state, std::size_t count_max,
                                      const Leading&... leading) const {
    std::vector<Key> out;
    std::string prefix{static_cast<char>(module), static_cast<char>(item)};
    (detail::put_key_part(prefix, leading), ...);
    state.scan(prefix, {}, [&](std::string_view k, std::string_view) {
      if (out.size() == count_max) return false;
      out.push_back(parse_key(k));
      return true;
    });
    return out;
  }

  [[nodiscard]] static V decode(std::string_view bytes) {
    auto v = decode_scale<V>(as_bytes(bytes), "stored value");
    CESS_CHECK(v.has_value());
    return std::move(*v);
  }
  /// The parts of a key of this map; nullopt if it is none.
  [[nodiscard]] std::optional<Key> read_key(std::string_view k) const {
    if (k.size() < 2 || static_cast<std::uint8_t>(k[0]) != module ||
        static_cast<std::uint8_t>(k[1]) != item) {
      return std::nullopt;
    }
    k.remove_prefix(2);
    Key parts;
    const bool whole =
        std::apply([&](auto&... p) { return (detail::get_key_part(k, p) && ...); }, parts);
    if (!whole || !k.empty()) return std::nullopt;
    return parts;
  }
  /// Keys of our own state: a malformed one is a broken invariant.
  [[nodiscard]] Key parse_key(std::string_view k) const {
    auto parts = read_key(k);
    CESS_CHECK(parts.has_value());
    return std::move(*parts);
  }
};

template <class V>
using StoredValue = StoredMap<V>;

}  // namespace cess
