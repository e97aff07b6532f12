// SPDX-License-Identifier: Apache-2.0
#include "json/json.hpp"

#include <algorithm>
#include <charconv>

namespace cess {

std::string write_json(const Json& value) {
  // Text that is not UTF-8 (a file's name) is written with U+FFFD instead of throwing.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

tl::unexpected<Error> JsonView::refuse(std::string_view key, std::string_view why) const {
  return fail(Code::input, what_ + ": '" + std::string(key) + "' " + std::string(why), what_);
}

Result<const Json*> JsonView::find(std::string_view key) const {
  if (!value_->is_object()) return fail(Code::input, what_ + ": expected a JSON object", what_);
  const auto it = value_->find(key);
  if (it == value_->end()) return refuse(key, "is missing");
  return &*it;
}

Status JsonView::schema(std::string_view name) const {
  CESS_TRY_ASSIGN(const std::string found, text("schema"));
  if (found != name) {
    return fail(Code::input,
                what_ + ": schema is '" + found + "', expected '" + std::string(name) + "'", what_);
  }
  return {};
}

bool JsonView::has(std::string_view key) const {
  return value_->is_object() && value_->contains(key);
}

Result<std::string> JsonView::text(std::string_view key) const {
  CESS_TRY_ASSIGN(const Json* value, find(key));
  if (!value->is_string()) return refuse(key, "is not a string");
  return value->get_ref<const std::string&>();
}

Result<std::uint64_t> JsonView::number(std::string_view key, std::uint64_t max) const {
  CESS_TRY_ASSIGN(const Json* value, find(key));
  std::uint64_t number = 0;
  if (value->is_number_unsigned()) {
    number = value->get<std::uint64_t>();
  } else if (value->is_string()) {
    const auto& s = value->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), number);
    const bool plain = !s.empty() && (s[0] != '0' || s.size() == 1);
    if (error != std::errc() || end != s.data() + s.size() || !plain) {
      return refuse(key, "is not a whole number");
    }
  } else {
    return refuse(key, "is not a whole number");
  }
  if (number > max) return refuse(key, "is above " + std::to_string(max));
  return number;
}

Result<bool> JsonView::boolean(std::string_view key) const {
  CESS_TRY_ASSIGN(const Json* value, find(key));
  if (!value->is_boolean()) return refuse(key, "is not true or false");
  return value->get<bool>();
}

Result<Bytes> JsonView::hex(std::string_view key, std::size_t size_max) const {
  CESS_TRY_ASSIGN(const std::string digits, text(key));
  if (digits.size() / 2 > size_max) {
    return refuse(key, "has more than " + std::to_string(size_max) + " bytes");
  }
  return parse_hex(digits, what_ + ": '" + std::string(key) + "'");
}

Result<JsonView> JsonView::object(std::string_view key) const {
  CESS_TRY_ASSIGN(const Json* value, find(key));
  if (!value->is_object()) return refuse(key, "is not an object");
  return JsonView(*value, what_ + ": " + std::string(key));
}

Result<std::vector<JsonView>> JsonView::array(std::string_view key, std::size_t count_max) const {
  CESS_TRY_ASSIGN(const Json* value, find(key));
  if (!value->is_array()) return refuse(key, "is not an array");
  if (value->size() > count_max) {
    return refuse(key, "has more than " + std::to_string(count_max) + " elements");
  }
  std::vector<JsonView> elements;
  elements.reserve(value->size());
  for (const Json& element : *value) {
    elements.emplace_back(
        element, what_ + ": " + std::string(key) + "[" + std::to_string(elements.size()) + "]");
  }
  return elements;
}

}  // namespace cess
