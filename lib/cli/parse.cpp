// SPDX-License-Identifier: Apache-2.0
// Arguments to variables. The command is found first, by walking over the options that may stand
// before it; then one flat CLI11 parser takes what that command accepts. CLI11 only splits: its own
// conversions, list syntax ("[a,b]"), flag values ("--x=false") and environment are not used.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdlib>

#include "cli/detail/spec.hpp"

namespace cess::cli {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, same});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& words) {
  std::string best;
  if (word.size() < 3 || word.size() > 64) return best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const std::string& candidate : words) {
    const std::size_t d = edit_distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

namespace detail {
namespace {

tl::unexpected<Error> usage(std::string message) { return fail(Code::usage, std::move(message)); }

tl::unexpected<Error> unknown(std::string_view kind, const std::string& word,
                              const std::vector<std::string>& words) {
  const std::string near = nearest(word, words);
  return usage(std::string("unknown ") + std::string(kind) + " '" + word + "'" +
               (near.empty() ? ", see --help" : " (did you mean '" + near + "'?)"));
}

std::vector<std::string> option_names(const std::vector<Spec>& specs) {
  std::vector<std::string> names;
  for (const Spec& s : specs) {
    if (s.help.empty()) continue;  // hidden
    names.insert(names.end(), s.names.begin(), s.names.end());
  }
  return names;
}

const Spec* find_spec(const std::vector<Spec>& specs, std::string_view name) {
  for (const Spec& s : specs) {
    if (std::find(s.names.begin(), s.names.end(), name) != s.names.end()) return &s;
  }
  return nullptr;
}

bool is_option(const std::string& arg) { return arg.size() > 1 && arg[0] == '-'; }

/// How many arguments the option at args[i] takes up, itself included: 1 or 2; 0 if it is unknown.
std::size_t option_width(const std::vector<Spec>& specs, const std::string& arg) {
  if (arg.starts_with("--")) {
    const std::size_t equals = arg.find('=');
    const Spec* spec = find_spec(specs, arg.substr(0, equals));
    if (spec == nullptr) return 0;
    return spec->is_flag() || equals != std::string::npos ? 1 : 2;
  }
  for (std::size_t i = 1; i < arg.size(); ++i) {
    const Spec* spec = find_spec(specs, std::string("-") + arg[i]);
    if (spec == nullptr) return 0;
    if (!spec->is_flag()) return i + 1 < arg.size() ? 1 : 2;
  }
  return 1;
}

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  for (std::size_t start = 0; start < name.size();) {
    const std::size_t space = std::min(name.find(' ', start), name.size());
    words.push_back(name.substr(start, space - start));
    start = space + 1;
  }
  return words;
}

const Command* default_command(const Program& program) {
  for (const Command& c : program.commands) {
    if (c.name.empty()) return &c;
  }
  return nullptr;
}

/// Finds the command named by the words at `places` (indices of arguments that are no options).
const Command* match(const Program& program, const std::vector<std::string>& args,
                     const std::vector<std::size_t>& places, std::size_t& word_count) {
  const Command* best = nullptr;
  word_count = 0;
  for (const Command& c : program.commands) {
    const std::vector<std::string> words = words_of(c.name);
    if (words.size() <= word_count || words.size() > places.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < words.size(); ++i) same = same && args[places[i]] == words[i];
    if (!same) continue;
    best = &c;
    word_count = words.size();
  }
  return best;
}

/// The words after a first word that only begins a command's name: "key" of "key new".
std::string expected_after(const Program& program, const std::string& first) {
  std::string list;
  for (const Command& c : program.commands) {
    if (c.name.starts_with(first + " ")) list += (list.empty() ? "" : ", ") + c.name;
  }
  return list;
}

/// Takes the command's words out of `args`.
Result<const Command*> choose(const Program& program, std::vector<std::string>& args,
                              const std::vector<Spec>& early) {
  std::vector<std::size_t> places;
  bool help_wanted = false;
  for (std::size_t i = 0; i < args.size() && places.size() < 2;) {
    if (args[i] == "--") break;
    if (!is_option(args[i])) {
      places.push_back(i++);
      continue;
    }
    help_wanted = help_wanted || args[i] == "-h" || args[i] == "--help";
    const std::size_t width = option_width(early, args[i]);
    if (width == 0 && places.empty()) {
      return unknown("option", args[i].substr(0, args[i].find('=')), option_names(early));
    }
    // After a first word the options may be its own: its second word must follow at once.
    if (width == 0) break;
    i += width;
  }
  std::size_t word_count = 0;
  const Command* command = match(program, args, places, word_count);
  for (std::size_t i = word_count; i-- > 0;) {
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(places[i]));
  }
  if (command != nullptr) return command;
  if (!places.empty()) {
    const std::string list = expected_after(program, args[places[0]]);
    if (!list.empty() && !help_wanted) return usage("incomplete command, expected one of: " + list);
  }
  command = default_command(program);
  if (command != nullptr) return command;
  if (!places.empty() && !help_wanted) {
    std::vector<std::string> names;
    for (const Command& c : program.commands) names.push_back(c.name);
    return unknown("command", args[places[0]], names);
  }
  return nullptr;
}

/// What CLI11 would read otherwise than we mean it.
Status check_equals(const std::vector<Spec>& specs, const std::vector<std::string>& args) {
  for (std::size_t i = 0; i < args.size();) {
    const std::string& arg = args[i];
    if (arg == "--") break;
    if (!is_option(arg)) {
      ++i;
      continue;
    }
    const std::size_t equals = arg.find('=');
    if (arg.starts_with("--") && equals != std::string::npos) {
      const Spec* spec = find_spec(specs, arg.substr(0, equals));
      if (spec != nullptr && spec->is_flag()) return usage(spec->title() + " takes no value");
      if (spec != nullptr && equals + 1 == arg.size()) {
        return usage(spec->title() + " has an empty value");
      }
    }
    const std::size_t width = option_width(specs, arg);
    if (width == 0) return unknown("option", arg.substr(0, equals), option_names(specs));
    if (i + width > args.size()) {
      const Spec* spec = find_spec(specs, arg);
      return usage((spec != nullptr ? spec->title() : "option '" + arg + "'") + " needs a value");
    }
    if (width == 2 && args[i + 1].empty()) {
      const Spec* spec = find_spec(specs, arg);
      return usage((spec != nullptr ? spec->title() : "option '" + arg + "'") +
                   " has an empty value");
    }
    i += width;
  }
  return {};
}

Status set_values(const Spec& spec, const std::vector<std::string>& values) {
  if (values.size() > 1 && !spec.repeatable()) return usage(spec.title() + " is given twice");
  for (const std::string& v : values) {
    if (v.empty()) return usage(spec.title() + " has an empty value");
    if (v.find('\0') != std::string::npos) return usage(spec.title() + " has a NUL in its value");
    if (Status s = spec.set(v); !s) {
      return usage(spec.title() + ": '" + v + "' is " + s.error().message);
    }
  }
  return {};
}

Status apply(const Spec& spec, std::vector<std::string> values) {
  std::string environment = spec.environment();
  if (values.empty() && !environment.empty()) {
    const char* value = std::getenv(environment.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0') {
      if (Status s = spec.set(value); !s) {
        return usage("variable " + environment + ": '" + value + "' is " + s.error().message);
      }
      return {};
    }
  }
  if (values.empty() && spec.required) {
    return usage("missing " + spec.title() +
                 (environment.empty() ? "" : " (or variable " + environment + ")"));
  }
  return set_values(spec, values);
}

Status apply_positionals(const std::vector<Spec>& specs, std::vector<std::string> values) {
  std::size_t used = 0;
  for (const Spec& spec : specs) {
    if (!spec.is_positional()) continue;
    const std::size_t want = spec.repeatable() ? values.size() - used : 1;
    const std::size_t take = std::min(want, values.size() - used);
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(used);
    CESS_TRY(apply(spec, {first, first + static_cast<std::ptrdiff_t>(take)}));
    used += take;
  }
  if (used < values.size()) return usage("unexpected argument '" + values[used] + "'");
  return {};
}

/// The names as CLI11 wants them: "-k,--key".
std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& n : names) out += (out.empty() ? "" : ",") + n;
  return out;
}

Status parse_flat(const std::vector<Spec>& specs, std::vector<std::string> args,
                  const FrameOptions& frame) {
  CESS_TRY(check_equals(specs, args));
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<CLI::Option*> handles;
  for (const Spec& spec : specs) {
    if (spec.is_positional()) {
      handles.push_back(nullptr);
      continue;
    }
    const std::string names = joined(spec.names);
    handles.push_back(spec.is_flag() ? app.add_flag(names)
                                     : app.add_option(names)->type_size(1)->expected(1));
    handles.back()->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
  }
  std::reverse(args.begin(), args.end());
  app.parse(args);
  // Help and version win over anything missing.
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (handles[i] != nullptr && specs[i].is_flag()) {
      CESS_TRY(set_values(specs[i], handles[i]->results()));
    }
  }
  if (frame.help || frame.version || frame.dump_options) return {};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (handles[i] != nullptr && !specs[i].is_flag()) {
      CESS_TRY(apply(specs[i], handles[i]->results()));
    }
  }
  std::vector<std::string> rest = app.remaining();
  // The first "--" ends the options; a later one is an argument.
  if (const auto mark = std::find(rest.begin(), rest.end(), "--"); mark != rest.end()) {
    rest.erase(mark);
  }
  return apply_positionals(specs, std::move(rest));
}

}  // namespace

Status parse(const Program& program, const std::vector<std::string>& args, const Command*& command,
             FrameOptions& frame, Context& context) {
  command = nullptr;
  std::vector<std::string> rest = args;
  CESS_TRY_ASSIGN(
      command, choose(program, rest, collect(program, default_command(program), frame, context)));
  try {
    CESS_TRY(parse_flat(collect(program, command, frame, context), std::move(rest), frame));
  } catch (const CLI::Error& e) {
    return usage(e.what());
  }
  if (frame.progress && frame.no_progress) {
    return usage("--progress and --no-progress exclude each other");
  }
  if (frame.progress || frame.no_progress) context.progress = frame.progress;
  return {};
}

}  // namespace detail
}  // namespace cess::cli
