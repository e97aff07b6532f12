// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.hpp"
#include "cli/detail/spec.hpp"

namespace cess::cli {
namespace {

using detail::Spec;

Result<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::usage, "not a whole decimal number");
  }
  return value;
}

std::vector<std::string> split_names(const std::string& names) {
  std::vector<std::string> out;
  std::size_t start = 0;
  while (start < names.size()) {
    const std::size_t comma = std::min(names.find(',', start), names.size());
    out.push_back(names.substr(start, comma - start));
    CESS_CHECK(out.back().size() > 1 && out.back()[0] == '-');
    start = comma + 1;
  }
  return out;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  CESS_TRY_ASSIGN(const std::uint64_t value, parse_whole(text.substr(0, digits)));
  const std::string_view suffix = text.substr(digits);
  static constexpr std::string_view kUnits = "kMGT";
  std::uint64_t unit = 1;
  if (!suffix.empty() && suffix != "B") {
    const std::size_t power = kUnits.find(suffix[0] == 'K' ? 'k' : suffix[0]);
    const std::string_view rest = suffix.substr(1);
    const bool binary = rest == "iB" || rest == "i";
    if (power == std::string_view::npos || !(rest.empty() || rest == "B" || binary)) {
      return fail(Code::usage, "not a size (examples: 4096, 64KiB, 8MiB, 2GB)");
    }
    for (std::size_t i = 0; i <= power; ++i) unit *= binary ? 1024U : 1000U;
  }
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(value, unit, &bytes)) return fail(Code::usage, "too large a size");
  return bytes;
}

namespace detail {

std::string Spec::title() const {
  return is_positional() ? "argument " + metavar : "option '" + names.back() + "'";
}

std::string Spec::environment() const {
  if (is_flag() || is_positional() || repeatable()) return {};
  const std::string& name = names.back();
  if (!name.starts_with("--") || name == "--output") return {};
  std::string out = "CESS_";
  for (const char c : name.substr(2)) {
    out += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return out;
}

Spec& Recorder::add(Kind kind, const std::string& names, std::string metavar, std::string help,
                    bool required) {
  Spec spec;
  spec.kind = kind;
  spec.names = split_names(names);
  spec.metavar = std::move(metavar);
  spec.help = std::move(help);
  spec.required = required;
  for (const Spec& old : specs_) {
    for (const std::string& name : spec.names) {
      CESS_CHECK(std::find(old.names.begin(), old.names.end(), name) == old.names.end());
    }
  }
  specs_.push_back(std::move(spec));
  return specs_.back();
}

void Recorder::flag(std::string names, bool& out, std::string help) {
  add(Kind::flag, names, {}, std::move(help), false).set = [&out](const std::string&) -> Status {
    out = true;
    return {};
  };
}

void Recorder::text(std::string names, std::string metavar, std::string& out, std::string help,
                    bool required) {
  add(Kind::text, names, std::move(metavar), std::move(help), required).set =
      [&out](const std::string& v) -> Status {
    out = v;
    return {};
  };
}

void Recorder::texts(std::string names, std::string metavar, std::vector<std::string>& out,
                     std::string help, bool required) {
  add(Kind::texts, names, std::move(metavar), std::move(help), required).set =
      [&out](const std::string& v) -> Status {
    out.push_back(v);
    return {};
  };
}

void Recorder::number(std::string names, std::string metavar, std::uint64_t& out, std::uint64_t min,
                      std::uint64_t max, std::string help, bool required) {
  add(Kind::number, names, std::move(metavar), std::move(help), required).set =
      [&out, min, max](const std::string& v) -> Status {
    const auto value = parse_whole(v);
    if (!value || *value < min || *value > max) {
      return fail(Code::usage, fmt::format("not a whole number from {} to {}", min, max));
    }
    out = *value;
    return {};
  };
}

void Recorder::size(std::string names, std::string metavar, std::uint64_t& out, std::string help,
                    bool required) {
  add(Kind::size, names, std::move(metavar), std::move(help), required).set =
      [&out](const std::string& v) -> Status {
    CESS_TRY_ASSIGN(out, parse_size(v));
    return {};
  };
}

void Recorder::real(std::string names, std::string metavar, double& out, double min, double max,
                    std::string help, bool required) {
  add(Kind::real, names, std::move(metavar), std::move(help), required).set =
      [&out, min, max](const std::string& v) -> Status {
    double value = 0;
    // from_chars: no locale, no hexadecimal, no sign but '-', no white space.
    const auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), value);
    if (error != std::errc() || end != v.data() + v.size() || !std::isfinite(value) ||
        value < min || value > max) {
      return fail(Code::usage, fmt::format("not a number from {} to {}", min, max));
    }
    out = value;
    return {};
  };
}

void Recorder::choice(std::string names, std::vector<std::string> values, std::string& out,
                      std::string help) {
  const std::string metavar = fmt::format("{}", fmt::join(values, "|"));
  Spec& spec = add(Kind::choice, names, metavar, std::move(help), false);
  spec.values = values;
  spec.set = [&out, values, metavar](const std::string& v) -> Status {
    if (std::find(values.begin(), values.end(), v) == values.end()) {
      return fail(Code::usage, "not one of " + metavar);
    }
    out = v;
    return {};
  };
}

void Recorder::positional(std::string metavar, std::string& out, std::string help, bool required) {
  text({}, std::move(metavar), out, std::move(help), required);
}

void Recorder::positionals(std::string metavar, std::vector<std::string>& out, std::string help,
                           bool required) {
  texts({}, std::move(metavar), out, std::move(help), required);
}

void declare_frame(Options& options, FrameOptions& frame, Context& context) {
  options.flag("-j,--json", context.json, "machine-readable results and errors");
  options.flag("-v,--verbose", context.verbose, "say more on stderr");
  options.flag("-q,--quiet", context.quiet, "only errors on stderr");
  options.flag("--progress", frame.progress, "show progress even without a terminal");
  options.flag("--no-progress", frame.no_progress, "never show progress");
  options.flag("-h,--help", frame.help, "this text");
  options.flag("--version", frame.version, "name and version");
  options.flag("--dump-options", frame.dump_options, "");
}

std::vector<Spec> collect(const Program& program, const Command* command, FrameOptions& frame,
                          Context& context) {
  Recorder recorder;
  if (command != nullptr && command->declare) command->declare(recorder);
  if (program.declare_common) program.declare_common(recorder);
  declare_frame(recorder, frame, context);
  return recorder.specs();
}

}  // namespace detail
}  // namespace cess::cli
