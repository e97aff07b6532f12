// SPDX-License-Identifier: Apache-2.0
// The frame of every command: declare options, parse (opens nothing), run (given streams, clock, randomness), report.
// CLI11 stays behind this header. Rules it keeps for everybody: repeats of single-valued options are refused, flag beats CESS_*
// environment, --help is one screen on stdout with exit 0, --version, wrong usage is one stderr line with exit 2, errors read
// "<program>: error: <message>" then perhaps "<program>: hint: <hint>", with --json also a cess.error/1 object as the last stderr line,
// closed descriptors 0-2 are opened on /dev/null, core dumps are off, SIGPIPE ends the process, SIGTERM/INT/HUP remove temporary files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "json/json.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess::cli {

/// What a parameter of a command is. `names` is "-k,--key", "--force"; long names only where no short one is customary.
class Options {
 public:
  virtual ~Options() = default;
  virtual void flag(std::string names, bool& out, std::string help) = 0;
  virtual void text(std::string names, std::string metavar, std::string& out, std::string help,
                    bool required = false) = 0;
  /// May be repeated; never comma-split.
  virtual void texts(std::string names, std::string metavar, std::vector<std::string>& out, std::string help,
                     bool required = false) = 0;
  /// Decimal only, [min, max].
  virtual void number(std::string names, std::string metavar, std::uint64_t& out, std::uint64_t min, std::uint64_t max,
                      std::string help, bool required = false) = 0;
  /// Bytes with a suffix: 4096, 64KiB, 8MiB, 1GiB, 2TiB, also k/M/G/T for powers of 1000.
  virtual void size(std::string names, std::string metavar, std::uint64_t& out, std::string help,
                    bool required = false) = 0;
  virtual void real(std::string names, std::string metavar, double& out, double min, double max, std::string help,
                    bool required = false) = 0;
  virtual void choice(std::string names, std::vector<std::string> values, std::string& out, std::string help) = 0;
  virtual void positional(std::string metavar, std::string& out, std::string help, bool required = false) = 0;
  virtual void positionals(std::string metavar, std::vector<std::string>& out, std::string help,
                           bool required = false) = 0;
};

/// A bar on stderr: only on a terminal with a known total, or with --progress; silent otherwise.
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
  Status print(const Json& document);
  /// One line "<program>: <text>" on stderr: warnings always, notes only with -v. Control bytes are escaped.
  void warn(std::string_view text);
  void note(std::string_view text);
  std::unique_ptr<Progress> make_progress(std::string_view label, std::optional<std::uint64_t> total_bytes);
  /// Refuses (Code::usage, hint "-o -") to send binary to a terminal. `explicit_dash`: the user said -o -.
  Status binary_to_stdout_ok(bool explicit_dash) const;
};

struct Command {
  std::string name;     ///< "put"; "challenge index" for a nested one; "" for what the program does without a subcommand
  std::string summary;  ///< one line, lower case, no full stop
  std::function<void(Options&)> declare;
  /// Returns the exit code 0 or 1 (yes or no); everything else is an Error.
  std::function<Result<int>(Context&)> run;
};

struct Program {
  std::string name;     ///< "cess-store"
  std::string summary;
  std::vector<std::string> examples;  ///< two, for --help
  std::function<void(Options&)> declare_common;  ///< options of every subcommand (-s STORE); may stand before or after the subcommand
  std::vector<Command> commands;
};

/// Parses, runs, reports; returns the exit code. Commands keep their option variables in a struct captured by declare and run.
/// --dump-options (hidden) prints every subcommand and option as tab-separated lines, for completions and the man page test.
int run_program(const Program& program, int argc, char** argv);
/// The same with the context given (streams, clock, randomness): for tests without a process. args excludes argv[0].
int run_program(const Program& program, const std::vector<std::string>& args, Context& context);

}  // namespace cess::cli
