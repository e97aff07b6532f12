// SPDX-License-Identifier: Apache-2.0
// links: base
// The canary: a planted bug that the fuzzer must find. If this target ever passes, the fuzzing of
// all others proves nothing. `make check` fails when it does not crash.
#include <cstdint>

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool planted = size >= 3 && data[0] == 'B' && data[1] == 'U' && data[2] == 'G';
  CESS_CHECK(!planted);
  return 0;
}
