// SPDX-License-Identifier: Apache-2.0
#include "csv.hpp"

#include <algorithm>
#include <utility>

namespace cess {
namespace {

using Cells = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Json& j) {
  if (j.is_null()) return {};
  return j.is_string() ? j.get<std::string>() : write_json(j);
}

Cells cells_of(const Json& document) {
  Cells out;
  for (const auto& [name, value] : document.items()) {
    if (name == "schema" || name == "item") continue;
    if (name != "key" || !value.is_array()) {
      out.emplace_back(name, text_of(value));
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i)
      out.emplace_back("key." + std::to_string(i), text_of(value[i]));
  }
  return out;
}

std::string row(const std::vector<std::string>& words) {
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) line += (i == 0 ? "" : ",") + csv_cell(words[i]);
  return line;
}

}  // namespace

std::string csv_cell(const std::string& text) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t").find(text[0]) != std::string::npos;
  const std::string plain = formula ? "'" + text : text;
  if (plain.find_first_of(",\"\r\n") == std::string::npos) return plain;
  std::string quoted = "\"";
  for (const char c : plain) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

Status Lines::print(cli::Context& ctx, const Json& document) {
  if (!csv_) return ctx.print(document);
  const Cells cells = cells_of(document);
  if (columns_.empty()) {
    for (const auto& [name, value] : cells) columns_.push_back(name);
    CESS_TRY(ctx.print(row(columns_)));
  }
  std::vector<std::string> words;
  for (const auto& column : columns_) {
    const auto it = std::find_if(cells.begin(), cells.end(),
                                 [&](const auto& cell) { return cell.first == column; });
    words.push_back(it == cells.end() ? "" : it->second);
  }
  return ctx.print(row(words));
}

}  // namespace cess
