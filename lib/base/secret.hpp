// SPDX-License-Identifier: Apache-2.0
// Secret values: wiped when they go, never printed, never copied by accident.
// Not locked in memory; a process that holds long-lived secrets also disables core dumps (sys).
#pragma once

#include <string.h>  // NOLINT: explicit_bzero is POSIX, not in <cstring>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"

namespace cess {

/// Overwrites memory in a way the compiler keeps. An empty view may be null, which the C function
/// does not allow.
inline void wipe(MutByteView v) {
  if (!v.empty()) explicit_bzero(v.data(), v.size());
}

/// N secret bytes, zero when made. Movable; copying is said out loud with clone().
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kSize = N;
  Secret() = default;
  explicit Secret(ByteView v) { std::memcpy(bytes_.data(), v.data(), N); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& o) noexcept : bytes_(o.bytes_) { wipe(o.bytes_); }
  Secret& operator=(Secret&& o) noexcept {
    if (this != &o) {
      bytes_ = o.bytes_;
      wipe(o.bytes_);
    }
    return *this;
  }
  ~Secret() { wipe(bytes_); }

  [[nodiscard]] Secret clone() const { return Secret(view()); }
  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] MutByteView mut() { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

using Key256 = Secret<32>;

}  // namespace cess
