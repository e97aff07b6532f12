// SPDX-License-Identifier: Apache-2.0
// --help for people and --dump-options for the completions and the man page test.
#include <fmt/format.h>

#include <algorithm>

#include "cli/detail/spec.hpp"

namespace cess::cli::detail {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLeft = 28;  // where the explanations begin

/// "  -k, --key FILE   what it is", wrapped.
std::string entry(const std::string& left, const std::string& text) {
  std::string out = "  " + left;
  if (out.size() + 2 > kLeft) {
    out += '\n' + std::string(kLeft, ' ');
  } else {
    out += std::string(kLeft - out.size(), ' ');
  }
  std::size_t column = kLeft;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    if (column > kLeft && column + 1 + (end - start) > kColumns) {
      out += '\n' + std::string(kLeft, ' ');
      column = kLeft;
    } else if (column > kLeft) {
      out += ' ';
      ++column;
    }
    out += text.substr(start, end - start);
    column += end - start;
    start = end + 1;
  }
  return out + "\n";
}

std::string left_of(const Spec& spec) {
  if (spec.is_positional()) return spec.metavar;
  std::string names;
  if (spec.names.size() == 1 && spec.names[0].starts_with("--")) names = "    ";
  for (std::size_t i = 0; i < spec.names.size(); ++i) {
    names += (i == 0 ? "" : ", ") + spec.names[i];
  }
  return spec.metavar.empty() ? names : names + " " + spec.metavar;
}

std::string synopsis(const Program& program, const Command* command,
                     const std::vector<Spec>& specs) {
  std::string line = "usage: " + program.name;
  if (command != nullptr && !command->name.empty()) line += " " + command->name;
  if (command == nullptr) return line + " COMMAND [OPTION]...\n";
  line += " [OPTION]...";
  for (const Spec& s : specs) {
    if (!s.is_positional()) continue;
    const std::string word = s.repeatable() ? s.metavar + "..." : s.metavar;
    line += s.required ? " " + word : " [" + word + "]";
  }
  const bool more = command->name.empty() && program.commands.size() > 1;
  return line + (more ? "\n       " + program.name + " COMMAND [OPTION]...\n" : "\n");
}

std::string command_list(const Program& program) {
  std::string out;
  for (const Command& c : program.commands) {
    if (!c.name.empty()) out += entry(c.name, c.summary);
  }
  return out.empty() ? out : "\ncommands (each has its own --help):\n" + out;
}

const char* kind_name(const Spec& spec) {
  switch (spec.kind) {
    case Kind::flag:
      return "flag";
    case Kind::text:
      return "text";
    case Kind::texts:
      return "texts";
    case Kind::number:
      return "number";
    case Kind::size:
      return "size";
    case Kind::real:
      return "real";
    case Kind::choice:
      return "choice";
  }
  return "";
}

std::string dash_if_empty(const std::string& text) { return text.empty() ? "-" : text; }

}  // namespace

std::string help_text(const Program& program, const Command* command, Context& context) {
  FrameOptions frame;
  const std::vector<Spec> specs = collect(program, command, frame, context);
  const bool whole = command == nullptr || command->name.empty();
  std::string out = program.name + (whole ? "" : " " + command->name) + " - " +
                    (whole ? program.summary : command->summary) + "\n";
  out += synopsis(program, command, specs);
  if (whole) out += command_list(program);
  std::string options;
  for (const Spec& s : specs) {
    if (s.help.empty()) continue;
    const bool tell = s.repeatable() && !s.is_positional() &&
                      s.help.find("repeatable") == std::string::npos;
    options += entry(left_of(s), s.help + (tell ? " (repeatable)" : ""));
  }
  out += "\noptions:\n" + options;
  if (whole && !program.examples.empty()) {
    out += "\nexamples:\n";
    for (const std::string& e : program.examples) out += "  " + e + "\n";
  }
  return out;
}

std::string dump_text(const Program& program, Context& context) {
  std::string out = fmt::format("program\t{}\t{}\n", program.name, program.summary);
  const auto dump = [&](const Command* command) {
    FrameOptions frame;
    for (const Spec& s : collect(program, command, frame, context)) {
      if (s.help.empty()) continue;
      out += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", s.is_positional() ? "argument" : "option",
                         dash_if_empty(command == nullptr ? "" : command->name),
                         dash_if_empty(fmt::format("{}", fmt::join(s.names, ","))),
                         dash_if_empty(s.metavar), kind_name(s), s.help);
    }
  };
  bool has_default = false;
  for (const Command& c : program.commands) has_default = has_default || c.name.empty();
  if (!has_default) dump(nullptr);
  for (const Command& c : program.commands) {
    out += fmt::format("command\t{}\t{}\n", dash_if_empty(c.name), c.summary);
    dump(&c);
  }
  return out;
}

}  // namespace cess::cli::detail
