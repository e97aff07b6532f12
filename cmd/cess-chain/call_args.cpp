// SPDX-License-Identifier: Apache-2.0
#include "call_args.hpp"

#include <algorithm>

#include "cli/program.hpp"

namespace cess {
namespace {

constexpr std::string_view kAmountUnit = "CESS";

Result<Json> parse_value(const FieldInfo& field, const std::string& text) {
  const bool optional = field.type.ends_with('?');
  if (optional && text == "null") return Json(nullptr);
  const auto type = field.type.substr(0, field.type.size() - (optional ? 1 : 0));
  if (type == "text") return Json(text);  // which may itself be JSON
  if (!text.empty() && (text.front() == '[' || text.front() == '{'))
    return parse_json(text, field.name);
  if (type == "bool") {
    if (text != "true" && text != "false") {
      return fail(Code::usage, field.name + ": want true or false", text);
    }
    return Json(text == "true");
  }
  if (type == "amount" && text.ends_with(kAmountUnit)) {
    CESS_TRY_ASSIGN(const Amount a,
                    parse_tokens(text.substr(0, text.size() - kAmountUnit.size()), field.name));
    return Json(to_decimal(a));
  }
  return Json(text);
}

// "a:T,b:U}" → "a:T" and "b:U}"; records inside stay whole.
std::string_view take_field(std::string_view& fields) {
  int depth = 0;
  std::size_t at = 0;
  for (; at < fields.size() && (depth > 0 || (fields[at] != ',' && fields[at] != '}')); ++at) {
    if (fields[at] == '{') ++depth;
    if (fields[at] == '}') --depth;
  }
  const std::string_view field = fields.substr(0, at);
  fields.remove_prefix(std::min(fields.size(), at + 1));
  return field;
}

}  // namespace

Status resolve_accounts(std::string_view type, Json& value,
                        const std::function<Result<std::string>(const std::string&)>& resolve) {
  if (type.ends_with('?')) type.remove_suffix(1);
  if (type.ends_with("[]")) {
    type.remove_suffix(2);
    if (!value.is_array()) return {};
    for (Json& element : value) CESS_TRY(resolve_accounts(type, element, resolve));
  } else if (type.starts_with('{')) {
    type.remove_prefix(1);
    while (value.is_object() && !type.empty()) {
      const std::string_view field = take_field(type);
      const auto colon = field.find(':');
      if (colon == std::string_view::npos) break;
      const auto named = value.find(std::string(field.substr(0, colon)));
      if (named != value.end()) {
        CESS_TRY(resolve_accounts(field.substr(colon + 1), *named, resolve));
      }
    }
  } else if (type == "account" && value.is_string()) {
    CESS_TRY_ASSIGN(value, resolve(value.get<std::string>()));
  }
  return {};
}

std::string describe_call(const CallInfo& call) {
  std::string out;
  for (const auto& f : call.fields) out += (out.empty() ? "" : " ") + f.name + ":" + f.type;
  return out.empty() ? "no arguments" : out;
}

Result<Json> parse_call_args(const CallInfo& call, const std::vector<std::string>& args) {
  Json out = Json::object();
  for (const auto& arg : args) {
    const auto equals = arg.find('=');
    const std::string name = arg.substr(0, equals);
    const FieldInfo* field = nullptr;
    for (const auto& f : call.fields) {
      if (f.name == name) field = &f;
    }
    if (equals == std::string::npos || field == nullptr) {
      return fail(Code::usage, "'" + arg + "': want name=value of " + call.name, arg,
                  "it takes " + describe_call(call));
    }
    if (out.contains(name)) return fail(Code::usage, "'" + name + "' given twice", name);
    CESS_TRY_ASSIGN(out[name], parse_value(*field, arg.substr(equals + 1)));
  }
  return out;
}

}  // namespace cess
