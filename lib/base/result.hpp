// SPDX-License-Identifier: Apache-2.0
// Expected failure as a value. A function that can fail for reasons outside the program returns
// Result<T>; misuse and broken invariants abort through CESS_CHECK (base/check.hpp).
// No exception leaves a module: code that calls a throwing library catches at its own border.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace cess {

/// Why something failed. The value is the exit code of a command that ends with it.
enum class Code : int {
  no = 1,      ///< the plain answer "no": not found, differs, proof fails
  usage = 2,   ///< the command line is wrong
  input = 3,   ///< input refused: malformed, over a limit, altered
  system = 4,  ///< the operating system failed us: I/O, memory, space, permission
  peer = 5,    ///< a peer or the network failed; a retry may help
  busy = 6,    ///< somebody else holds it; a retry may help
};

/// One failure. `message` reads as "cannot open 'x': No such file or directory": lower case, the
/// failed act first, subject quoted, no full stop. `subject` repeats the subject alone for --json.
struct Error {
  Code code = Code::system;
  std::string message;
  std::string subject;
  std::string hint;  ///< what the user could do; empty if nothing useful is known
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Makes the unexpected arm of a Result.
inline tl::unexpected<Error> fail(Code code, std::string message, std::string subject = {},
                                  std::string hint = {}) {
  return tl::unexpected<Error>(
      Error{code, std::move(message), std::move(subject), std::move(hint)});
}

}  // namespace cess

// Passes a failure on: CESS_TRY(f()) for Status, CESS_TRY_ASSIGN(auto x, f()) for a value.
#define CESS_CONCAT_(a, b) a##b
#define CESS_CONCAT(a, b) CESS_CONCAT_(a, b)
#define CESS_TRY(expr)                                                       \
  do {                                                                       \
    auto cess_try_result = (expr);                                           \
    if (!cess_try_result) {                                                  \
      return ::tl::unexpected<::cess::Error>(std::move(cess_try_result).error()); \
    }                                                                        \
  } while (false)
#define CESS_TRY_ASSIGN_(tmp, decl, expr)                              \
  auto tmp = (expr);                                                   \
  if (!tmp) {                                                          \
    return ::tl::unexpected<::cess::Error>(std::move(tmp).error());    \
  }                                                                    \
  decl = std::move(*tmp)
#define CESS_TRY_ASSIGN(decl, expr) \
  CESS_TRY_ASSIGN_(CESS_CONCAT(cess_try_, __LINE__), decl, expr)
