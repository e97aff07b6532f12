// SPDX-License-Identifier: Apache-2.0
// Constant-time checking with valgrind's memcheck, in the manner of A. Langley's ctgrind: memory
// that holds a secret is declared undefined. Memcheck follows undefinedness through every operation
// and reports each branch and each address that depends on it.
#pragma once

#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/bytes.hpp"

namespace cess::ct {

/// From here on these bytes are secret.
inline void poison(ByteView v) { VALGRIND_MAKE_MEM_UNDEFINED(v.data(), v.size()); }

/// From here on these bytes are public: an output, or a verdict everybody may see. Each call says
/// why.
inline void publish(ByteView v) { VALGRIND_MAKE_MEM_DEFINED(v.data(), v.size()); }

struct Case {
  std::string_view name;
  void (*run)();
};

/// Runs the case named by the only argument; without one, lists the names. Exit 2 outside valgrind,
/// where running a case would prove nothing.
template <std::size_t N>
int run_cases(const Case (&cases)[N], int argc, char** argv) {
  if (argc == 1) {
    for (const Case& c : cases)
      std::printf("%.*s\n", static_cast<int>(c.name.size()), c.name.data());
    return 0;
  }
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "%s: run it under valgrind (tests/ct/run)\n", argv[0]);
    return 2;
  }
  for (const Case& c : cases) {
    if (c.name == argv[1]) {
      c.run();
      return 0;
    }
  }
  std::fprintf(stderr, "%s: no case '%s'\n", argv[0], argv[1]);
  return 2;
}

/// A value the compiler cannot see through, so that no case is optimised away.
inline void use(ByteView v) {
  const void* p = v.data();
  __asm__ volatile("" : : "r"(p) : "memory");
}

}  // namespace cess::ct
