// SPDX-License-Identifier: Apache-2.0
// What a program declared, kept as data: parsing, help and completions read the same list.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/program.hpp"

namespace cess::cli::detail {

enum class Kind { flag, text, texts, number, size, real, choice };

struct Spec {
  Kind kind = Kind::flag;
  std::vector<std::string> names;  ///< "-k", "--key"; empty for an argument without a dash
  std::string metavar;
  std::string help;
  std::vector<std::string> values;  ///< of a choice
  bool required = false;
  std::function<Status(const std::string&)> set;  ///< called once per value given

  [[nodiscard]] bool is_flag() const { return kind == Kind::flag; }
  [[nodiscard]] bool is_positional() const { return names.empty(); }
  [[nodiscard]] bool repeatable() const { return kind == Kind::texts; }
  /// "option '--key'" or "argument FILE".
  [[nodiscard]] std::string title() const;
  /// CESS_KEY for a single-valued "--key"; empty when the environment has no say.
  [[nodiscard]] std::string environment() const;
};

/// Turns declarations into specs.
class Recorder final : public Options {
 public:
  void flag(std::string names, bool& out, std::string help) override;
  void text(std::string names, std::string metavar, std::string& out, std::string help,
            bool required) override;
  void texts(std::string names, std::string metavar, std::vector<std::string>& out,
             std::string help, bool required) override;
  void number(std::string names, std::string metavar, std::uint64_t& out, std::uint64_t min,
              std::uint64_t max, std::string help, bool required) override;
  void size(std::string names, std::string metavar, std::uint64_t& out, std::string help,
            bool required) override;
  void real(std::string names, std::string metavar, double& out, double min, double max,
            std::string help, bool required) override;
  void choice(std::string names, std::vector<std::string> values, std::string& out,
              std::string help) override;
  void positional(std::string metavar, std::string& out, std::string help,
                  bool required) override;
  void positionals(std::string metavar, std::vector<std::string>& out, std::string help,
                   bool required) override;

  [[nodiscard]] const std::vector<Spec>& specs() const { return specs_; }

 private:
  Spec& add(Kind kind, const std::string& names, std::string metavar, std::string help,
            bool required);
  std::vector<Spec> specs_;
};

/// The options of the frame itself.
struct FrameOptions {
  bool help = false;
  bool version = false;
  bool progress = false;
  bool no_progress = false;
  bool dump_options = false;
};
void declare_frame(Options& options, FrameOptions& frame, Context& context);

/// Declares what `command` (null: none was chosen) takes, the program's common options, the frame's.
std::vector<Spec> collect(const Program& program, const Command* command, FrameOptions& frame,
                          Context& context);

/// Chooses the command by the first words that are no option, sets its variables. Code::usage.
/// Out: `command`, null when the program has none for these arguments and only frame options decide.
Status parse(const Program& program, const std::vector<std::string>& args,
             const Command*& command, FrameOptions& frame, Context& context);

/// --help for the program (null) or one command.
std::string help_text(const Program& program, const Command* command, Context& context);
/// --dump-options.
std::string dump_text(const Program& program, Context& context);

/// Reports on the context's stderr; returns the exit code.
int report(const Error& error, Context& context);

}  // namespace cess::cli::detail
