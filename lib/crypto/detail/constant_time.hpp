// SPDX-License-Identifier: Apache-2.0
// Two tools for code that must not branch on secrets: one keeps the compiler from adding branches,
// the other is the one place where a branch on secret data is right.
#pragma once

#include <cstdint>

namespace cess::detail {

/// `x`, of which the compiler knows nothing from here on. Clang 16 turns a mask made by arithmetic,
/// once it sees through it, back into a comparison and a jump.
inline std::uint32_t hide(std::uint32_t x) {
  __asm__("" : "+r"(x));
  return x;
}

/// True when `bits` is not zero. `bits` may be worked out from secrets, without branches; whether
/// it is zero is public from here on: the MAC fits or not, the key is well-formed or not. The
/// constant-time tests allow this branch and no other of ours.
bool verdict(std::uint32_t bits);

}  // namespace cess::detail
