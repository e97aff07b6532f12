// SPDX-License-Identifier: Apache-2.0
// Parameters of RPC methods, by name. Wrong ones are Code::usage, which becomes -32602.
#pragma once

#include <optional>
#include <string>

#include "base/hex.hpp"
#include "json/json.hpp"

namespace cess::node {

inline tl::unexpected<Error> wrong_param(const std::string& key, const std::string& why) {
  return fail(Code::usage, "parameter '" + key + "': " + why, key);
}

inline Result<std::string> text_param(const Json& params, const char* key) {
  const auto it = params.find(key);
  if (it == params.end() || !it->is_string()) return wrong_param(key, "want a text");
  return it->get<std::string>();
}

/// `fallback` when absent; beyond `max`: refused.
inline Result<std::uint64_t> number_param(const Json& params, const char* key, std::uint64_t max,
                                          std::optional<std::uint64_t> fallback = {}) {
  if (!params.contains(key) && fallback) return *fallback;
  auto n = JsonView(params, "parameters").number(key, max);
  if (!n) return wrong_param(key, "want a number up to " + std::to_string(max));
  return *n;
}

template <class IdType>
Result<IdType> id_param(const Json& params, const char* key) {
  CESS_TRY_ASSIGN(const auto text, text_param(params, key));
  auto id = parse_id<IdType>(text.starts_with("0x") ? text.substr(2) : text, key);
  if (!id) return wrong_param(key, "want 64 hexadecimal digits");
  return *id;
}

inline Result<Bytes> hex_param(const Json& params, const char* key, std::size_t size_max) {
  CESS_TRY_ASSIGN(const auto text, text_param(params, key));
  auto bytes = parse_hex(text.starts_with("0x") ? text.substr(2) : text, key);
  if (!bytes) return wrong_param(key, "want hexadecimal digits");
  if (bytes->size() > size_max)
    return wrong_param(key, "over " + std::to_string(size_max) + " bytes");
  return std::move(*bytes);
}

inline bool flag_param(const Json& params, const char* key) {
  const auto it = params.find(key);
  return it != params.end() && it->is_boolean() && it->get<bool>();
}

inline tl::unexpected<Error> not_synced() {
  return fail(Code::peer, "not in sync: this node does not know the present state", {},
              "ask again when node_info says synced");
}

}  // namespace cess::node

// Inside a method: passes a failure to the caller.
#define CESS_RPC_ASSIGN_(tmp, decl, expr)                                 \
  auto tmp = (expr);                                                      \
  if (!tmp) return c.reply(::tl::unexpected<::cess::Error>(tmp.error())); \
  decl = std::move(*tmp)
#define CESS_RPC_ASSIGN(decl, expr) CESS_RPC_ASSIGN_(CESS_CONCAT(cess_rpc_, __LINE__), decl, expr)
