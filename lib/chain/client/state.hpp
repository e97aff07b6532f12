// SPDX-License-Identifier: Apache-2.0
// What is stored on the chain, typed as the state machine's own items:
//
//   CESS_TRY_ASSIGN(const auto miner, client::get(rpc, miners::kMiners, who));   // optional<Miner>
//
// get believes the node; get_proven believes a block hash.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "chain/client/rpc.hpp"
#include "chain/light/proof.hpp"
#include "chain/state/kernel/storage.hpp"

namespace cess::client {

/// A stored value and the block after which it holds.
struct StoredBytes {
  Height height = 0;
  std::optional<std::string> value;
};
Result<StoredBytes> get_raw(Rpc& rpc, std::string_view key);
/// With a proof that begins at trust.checkpoint. Code::no: it proves nothing. Waits for a block.
Result<StoredBytes> get_raw_proven(Rpc& rpc, consensus::Verifier& verifier,
                                   const light::Trust& trust, std::string_view key);

template <class V, class... K>
Result<std::optional<V>> decode_stored(const StoredMap<V, K...>& map, const StoredBytes& stored) {
  if (!stored.value) return std::optional<V>();
  CESS_TRY_ASSIGN(V value, decode_scale<V>(as_bytes(*stored.value), map.name));
  return std::optional<V>(std::move(value));
}

/// The value, or nothing. Code::input: the node's bytes are no V.
template <class V, class... K>
Result<std::optional<V>> get(Rpc& rpc, const StoredMap<V, K...>& map,
                             const std::type_identity_t<K>&... parts) {
  CESS_TRY_ASSIGN(const auto stored, get_raw(rpc, map.key(parts...)));
  return decode_stored(map, stored);
}
/// The same, and absence is Code::no in words.
template <class V, class... K>
Result<V> require(Rpc& rpc, const StoredMap<V, K...>& map,
                  const std::type_identity_t<K>&... parts) {
  CESS_TRY_ASSIGN(auto value, get(rpc, map, parts...));
  if (!value) {
    std::string key;
    ((key += " " + to_json_value(parts).dump()), ...);
    return fail(Code::no, "no " + std::string(map.name) + key + " on the chain", map.name);
  }
  return std::move(*value);
}
/// A proven value or a proven absence.
template <class V, class... K>
Result<std::optional<V>> get_proven(Rpc& rpc, consensus::Verifier& verifier,
                                    const light::Trust& trust, const StoredMap<V, K...>& map,
                                    const std::type_identity_t<K>&... parts) {
  CESS_TRY_ASSIGN(const auto stored, get_raw_proven(rpc, verifier, trust, map.key(parts...)));
  return decode_stored(map, stored);
}

/// Calls visit(entry) with `key` (array of parts), `value` and `raw_key` of each, as list_raw.
Status list_entries(Rpc& rpc, const std::string& item, const Json& leading,
                    const std::function<Status(const Json& entry)>& visit);
/// Calls visit(raw key, value as JSON) for the entries whose key begins with `leading` (JSON of the
/// parts), in order, page by page: not one moment's state if blocks come between.
Status list_raw(Rpc& rpc, const std::string& item, const Json& leading,
                const std::function<Status(std::string_view key, const Json& value)>& visit);

/// All entries whose key begins with `leading`, at most `count_max`. `item` is the whole name
/// ("miners.miner").
template <class V, class... K, class... Leading>
Result<std::vector<std::pair<std::tuple<K...>, V>>> list(Rpc& rpc, const std::string& item,
                                                         const StoredMap<V, K...>& map,
                                                         std::size_t count_max,
                                                         const Leading&... leading) {
  std::vector<std::pair<std::tuple<K...>, V>> out;
  Json parts = Json::array();
  (parts.push_back(to_json_value(leading)), ...);
  const auto visit = [&](std::string_view key, const Json& value) -> Status {
    auto k = map.read_key(key);
    if (!k) return fail(Code::peer, "the node's entries are not of '" + item + "'", item);
    if (out.size() == count_max)
      return fail(Code::input, "more than " + std::to_string(count_max) + " of '" + item + "'");
    V v{};
    CESS_TRY(from_json_value(value, v, item));
    out.emplace_back(std::move(*k), std::move(v));
    return {};
  };
  CESS_TRY(list_raw(rpc, item, parts, visit));
  return out;
}

}  // namespace cess::client
