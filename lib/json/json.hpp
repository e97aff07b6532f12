// SPDX-License-Identifier: Apache-2.0
// JSON documents of the house: strict reading with limits, stable writing, a schema name first.
// The one module where nlohmann's type is public.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/hex.hpp"
#include "base/result.hpp"

namespace cess {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t size_max = 64U << 20U;
  std::size_t depth_max = 16;
};

/// Strict: one document, UTF-8, no duplicate keys, no NaN, no BOM, nothing after it but white space. Code::input; the
/// message names `what` and the byte offset. Never throws.
Result<Json> parse_json(std::string_view text, std::string_view what, JsonLimits limits = {});
/// One line, no trailing newline, keys in insertion order.
std::string write_json(const Json& value);

/// Field access that turns every wrong type or missing key into Code::input naming `what` and the key.
class JsonView {
 public:
  JsonView(const Json& value, std::string what) : value_(&value), what_(std::move(what)) {}
  /// Requires "schema" to be exactly `name` ("cess.manifest/1").
  Status schema(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view key) const;
  Result<std::string> text(std::string_view key) const;
  Result<std::uint64_t> number(std::string_view key, std::uint64_t max) const;  ///< JSON integer or decimal string
  Result<bool> boolean(std::string_view key) const;
  Result<Bytes> hex(std::string_view key, std::size_t size_max) const;
  template <class IdType>
  Result<IdType> id(std::string_view key) const {
    CESS_TRY_ASSIGN(auto s, text(key));
    return parse_id<IdType>(s, what_ + ": " + std::string(key));
  }
  Result<JsonView> object(std::string_view key) const;
  /// The elements of an array field; at most `count_max`.
  Result<std::vector<JsonView>> array(std::string_view key, std::size_t count_max) const;
  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] const std::string& what() const { return what_; }

 private:
  const Json* value_;
  std::string what_;
};

}  // namespace cess
