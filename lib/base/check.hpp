// SPDX-License-Identifier: Apache-2.0
// Broken invariants and misuse of an interface end the process, in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace cess::detail {
[[noreturn]] inline void check_failed(const char* expr, const char* file, int line) {
  std::fprintf(stderr, "cess: broken invariant: %s (%s:%d)\n", expr, file, line);
  std::abort();
}
}  // namespace cess::detail

#define CESS_CHECK(cond)                                               \
  do {                                                                 \
    if (!(cond)) [[unlikely]] {                                        \
      ::cess::detail::check_failed(#cond, __FILE__, __LINE__);         \
    }                                                                  \
  } while (false)
