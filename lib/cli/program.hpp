// SPDX-License-Identifier: Apache-2.0
// The frame of every command: declare options, parse (opens nothing), run (given streams, clock,
// randomness), report. CLI11 stays behind this header. Rules it keeps for everybody:
// - an option or argument means one thing; repeats of single-valued options and empty values are
//   refused; a flag beats the environment (CESS_<LONG_NAME>, single-valued options only, never --output);
// - --help is one screen on stdout with exit 0; wrong usage is one stderr line with exit 2;
// - errors read "<program>: error: <message>", then perhaps "<program>: hint: <hint>", and with --json a
//   cess.error/1 object as the last stderr line; control bytes are escaped;
// - closed descriptors 0-2 are opened on /dev/null, core dumps are off, SIGPIPE ends the process,
//   SIGTERM, SIGINT and SIGHUP remove temporary files; running out of memory is exit 4.
// Every command has -h/--help, --version, -j/--json, -v/--verbose, -q/--quiet, --progress, --no-progress.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "json/json.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess::cli {

/// What a parameter of a command is. `names` is "-k,--key" or "--force"; long names only where no
/// short one is customary. `help` is one line, lower case, no full stop. The default is what `out`
/// holds before parsing.
class Options {
 public:
  virtual ~Options() = default;
  virtual void flag(std::string names, bool& out, std::string help) = 0;
  virtual void text(std::string names, std::string metavar, std::string& out, std::string help,
                    bool required = false) = 0;
  /// May be repeated; never comma-split.
  virtual void texts(std::string names, std::string metavar, std::vector<std::string>& out,
                     std::string help, bool required = false) = 0;
  /// Decimal only, [min, max].
  virtual void number(std::string names, std::string metavar, std::uint64_t& out,
                      std::uint64_t min, std::uint64_t max, std::string help,
                      bool required = false) = 0;
  /// Bytes with a suffix: 4096, 64KiB, 8MiB, 1GiB, 2TiB, also k/M/G/T for powers of 1000.
  virtual void size(std::string names, std::string metavar, std::uint64_t& out, std::string help,
                    bool required = false) = 0;
  /// Decimal, finite, [min, max]; no hexadecimal, no exponent games with the locale.
  virtual void real(std::string names, std::string metavar, double& out, double min, double max,
                    std::string help, bool required = false) = 0;
  virtual void choice(std::string names, std::vector<std::string> values, std::string& out,
                      std::string help) = 0;
  /// Arguments without a dash, in the order declared; "-" is passed through.
  virtual void positional(std::string metavar, std::string& out, std::string help,
                          bool required = false) = 0;
  /// All that are left; declared last.
  virtual void positionals(std::string metavar, std::vector<std::string>& out, std::string help,
                           bool required = false) = 0;
};

/// A line on stderr: only on a terminal with a known total, or with --progress; silent otherwise.
/// Safe for many threads.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void add(std::uint64_t bytes) = 0;
  virtual void finish() = 0;
};

/// What a running command may touch.
struct Context {
  std::string program;  ///< "cess-store", for messages
  int in = 0;
  int out = 1;
  int err = 2;
  Random* random = nullptr;
  Clock* clock = nullptr;
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  std::optional<bool> progress;  ///< --progress / --no-progress

  /// One line on stdout.
  Status print(std::string_view line);
  /// A template, since any text would convert to Json as well.
  template <std::same_as<Json> Document>
  Status print(const Document& document) {
    return print(std::string_view(write_json(document)));
  }
  /// One line "<program>: <text>" on stderr: warnings unless -q, notes only with -v. Control bytes are
  /// escaped.
  void warn(std::string_view text);
  /// The same line for what failed while the command goes on with the rest: also with -q.
  void fault(std::string_view text);
  void note(std::string_view text);
  std::unique_ptr<Progress> make_progress(std::string_view label,
                                          std::optional<std::uint64_t> total_bytes);
  /// Refuses (Code::usage, hint "-o -") to send binary to a terminal. `explicit_dash`: the user said -o -.
  Status binary_to_stdout_ok(bool explicit_dash) const;
};

struct Command {
  /// "put"; "challenge index" for a nested one; "" for what the program does without a subcommand
  std::string name;
  std::string summary;  ///< one line, lower case, no full stop
  std::function<void(Options&)> declare;
  /// Returns the exit code 0 or 1 (yes or no); everything else is an Error.
  std::function<Result<int>(Context&)> run;
};

struct Program {
  std::string name;     ///< "cess-store"
  std::string summary;
  std::vector<std::string> examples;  ///< two, for --help
  /// Options of every subcommand (-s STORE); they may stand before or after the subcommand.
  std::function<void(Options&)> declare_common;
  std::vector<Command> commands;
};

/// Parses, runs, reports; returns the exit code. Commands keep their option variables in a struct
/// captured by declare and run. --dump-options (hidden) prints every subcommand and option as
/// tab-separated lines, for completions and the man page test.
int run_program(const Program& program, int argc, char** argv);
/// The same with the context given (streams, clock, randomness): for tests without a process. `args`
/// excludes argv[0].
int run_program(const Program& program, const std::vector<std::string>& args, Context& context);

/// The value of a size option or of text like it: "64KiB", "1G", "4096". Code::usage.
Result<std::uint64_t> parse_size(std::string_view text);
/// The closest of `words` to `word`, empty if none is near: for "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& words);

}  // namespace cess::cli
