// SPDX-License-Identifier: Apache-2.0
// JSON documents of the house (RFC 8259, and stricter): reading with limits, stable writing, a schema
// name first. The one module where an outside type is public: nlohmann's ordered JSON value.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t size_max = 64U << 20U;
  std::size_t depth_max = 16;
  std::size_t value_count_max = 2U << 20U;  ///< bounds memory: a value is 1 byte of text, 16 of memory
};

/// Strict: one document, UTF-8, no duplicate keys, no NaN, no BOM, no integer beyond 2^53 in size as a
/// number, nothing after the document but white space. Code::input; the message names `what` and the
/// byte offset. Never throws.
Result<Json> parse_json(std::string_view text, std::string_view what, JsonLimits limits = {});
/// One line, no trailing newline, keys in insertion order.
std::string write_json(const Json& value);

/// Field access that turns every wrong type or missing key into Code::input naming `what` and the
/// key. Borrows the value.
class JsonView {
 public:
  JsonView(const Json& value, std::string what) : value_(&value), what_(std::move(what)) {}
  /// Requires "schema" to be exactly `name` ("cess.manifest/1").
  Status schema(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view key) const;
  Result<std::string> text(std::string_view key) const;
  /// A JSON integer or a decimal string without sign or leading zero, 0 to `max`.
  Result<std::uint64_t> number(std::string_view key, std::uint64_t max) const;
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
  Result<const Json*> find(std::string_view key) const;
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view key, std::string_view why) const;

  const Json* value_;
  std::string what_;
};

}  // namespace cess
