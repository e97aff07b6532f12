// SPDX-License-Identifier: Apache-2.0
#include "call_args.hpp"

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

}  // namespace

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
