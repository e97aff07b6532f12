// SPDX-License-Identifier: Apache-2.0
// From arguments to an exit code.
#include "cli/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/check.hpp"
#include "cli/detail/spec.hpp"
#include "sys/process.hpp"

namespace cess::cli {
namespace {

using detail::FrameOptions;

Result<int> dispatch(const Program& program, const std::vector<std::string>& args,
                     Context& context) {
  const Command* command = nullptr;
  FrameOptions frame;
  CESS_TRY(detail::parse(program, args, command, frame, context));
  if (frame.dump_options || frame.help || frame.version) {
    std::string text = frame.help ? detail::help_text(program, command, context)
                                  : program.name + " " CESS_VERSION "\n";
    if (frame.dump_options) text = detail::dump_text(program, context);
    CESS_TRY(write_full(context.out, as_bytes(text), "standard output"));
    return 0;
  }
  if (command == nullptr) return fail(Code::usage, "missing command, see --help");
  CESS_TRY_ASSIGN(const int code, command->run(context));
  CESS_CHECK(code == 0 || code == 1);
  return code;
}

/// Whether the user asked for JSON before the arguments could be understood.
bool wants_json(const std::vector<std::string>& args) {
  return std::any_of(args.begin(), args.end(),
                     [](const std::string& a) { return a == "--json" || a == "-j"; });
}

}  // namespace

int run_program(const Program& program, const std::vector<std::string>& args, Context& context) {
  context.program = program.name;
  if (context.random == nullptr) context.random = &system_random();
  if (context.clock == nullptr) context.clock = &system_clock();
  try {
    const Result<int> code = dispatch(program, args, context);
    if (code) return *code;
    context.json = context.json || wants_json(args);
    return detail::report(code.error(), context);
  } catch (const std::bad_alloc&) {
    return detail::report({Code::system, "out of memory", {}, {}}, context);
  } catch (const std::exception& e) {
    // A module let one slip: still no stack trace for the user, but the text helps whoever reports
    // it.
    return detail::report({Code::system, std::string("internal error: ") + e.what(), {}, {}},
                          context);
  }
}

int run_program(const Program& program, int argc, char** argv) {
  prepare_process(program.name.c_str());
  const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  Context context;
  const int code = run_program(program, args, context);
  // The last chance of a network file system to say that what we wrote is not there.
  if (::close(context.out) != 0 && errno != EBADF && code == 0) {
    return detail::report(system_error("cannot close", "standard output", errno).value(), context);
  }
  return code;
}

}  // namespace cess::cli
