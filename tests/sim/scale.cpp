// SPDX-License-Identifier: Apache-2.0
// scale [SEED]: writes doc/SCALE.md to standard output; `make scale` calls it.
#include "scale.hpp"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  std::printf(
      "# The network at scale\n\nMade by `make scale` (seed %llu). The answers of audits are "
      "counted and weighed, not judged;\norders of repair are counted, not carried out.\n\n",
      static_cast<unsigned long long>(seed));
  std::fputs(cess::scale::chain_page(seed).c_str(), stdout);
  std::fflush(stdout);
  std::fputs(cess::scale::durability_page(seed).c_str(), stdout);
  return 0;
}
