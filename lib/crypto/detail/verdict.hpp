// SPDX-License-Identifier: Apache-2.0
// The one place where crypto lets a branch depend on secret data: where a check ends and its outcome
// becomes known to everybody (the MAC fits or not, the key is well-formed or not).
#pragma once

#include <cstdint>

namespace cess::detail {

/// True when `bits` is not zero. `bits` may be worked out from secrets, without branches; whether it
/// is zero is public from here on. The constant-time tests allow this branch and no other of ours.
bool verdict(std::uint32_t bits);

}  // namespace cess::detail
