// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>

namespace cess {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

void flatten(const Json& j, const std::string& name, Lines& out) {
  const auto inner = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
  if (j.is_object() && !j.empty()) {
    for (const auto& [key, value] : j.items()) flatten(value, inner(key), out);
  } else if (j.is_array() && !j.empty()) {
    const bool plain = std::all_of(j.begin(), j.end(),
                                   [](const Json& e) { return e.is_number() || e.is_boolean(); });
    if (plain) {
      out.emplace_back(name, j.dump());
      return;
    }
    for (std::size_t i = 0; i < j.size(); ++i) flatten(j[i], inner(std::to_string(i)), out);
  } else {
    std::string text = j.is_string() ? j.get<std::string>() : j.is_null() ? "-" : j.dump();
    if (j.is_structured()) text = "none";
    out.emplace_back(name, std::move(text));
  }
}

}  // namespace

Status report(cli::Context& ctx, const Json& document) {
  if (ctx.json) return ctx.print(document);
  Lines lines;
  flatten(document, "", lines);
  std::size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, name.size());
  width = std::min<std::size_t>(width, 40);
  for (const auto& [name, value] : lines) {
    if (name == "schema") continue;
    const std::size_t gap = name.size() < width ? width - name.size() : 0;
    CESS_TRY(ctx.print(name + std::string(gap + 2, ' ') + value));
  }
  return {};
}

}  // namespace cess
