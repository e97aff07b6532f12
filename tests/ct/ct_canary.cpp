// SPDX-License-Identifier: Apache-2.0
// links: base
// Programs that leak on purpose. Each of them MUST be reported; if one is not, the harness sees
// nothing and the silence of the other cases means nothing.
#include "poison.hpp"

namespace {

using namespace cess;

volatile unsigned sink = 0;

// A comparison that stops at the first difference.
void branch() {
  Bytes secret(16, 7);
  const Bytes guess(16, 7);
  ct::poison(secret);
  for (std::size_t i = 0; i < secret.size(); ++i) {
    if (secret[i] != guess[i]) {
      sink = static_cast<unsigned>(i);
      break;
    }
  }
}

// A table looked up by a secret.
void index() {
  static Bytes table(256, 3);
  Bytes secret(1, 9);
  ct::poison(secret);
  sink = table[secret[0]];
}

// A secret that went through arithmetic and memory before it is branched on.
void derived() {
  Bytes secret(32, 9);
  ct::poison(secret);
  unsigned sum = 1;
  for (const std::uint8_t b : secret) sum = sum * 31 + (b ^ 0x5aU);
  volatile unsigned stored = sum;
  if ((stored & 0x80U) != 0) sink = 1;
}

constexpr ct::Case kCases[] = {{"branch", branch}, {"index", index}, {"derived", derived}};

}  // namespace

int main(int argc, char** argv) { return cess::ct::run_cases(kCases, argc, argv); }
