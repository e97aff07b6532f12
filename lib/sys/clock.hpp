// SPDX-License-Identifier: Apache-2.0
// Time as an argument: the system's clocks, or a fake one moved by hand.
#pragma once

#include <cstdint>
#include <string>

namespace cess {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Seconds since 1970-01-01 UTC; may jump.
  virtual std::int64_t unix_seconds() = 0;
  /// Never goes back; origin arbitrary.
  virtual std::uint64_t monotonic_ns() = 0;
};

Clock& system_clock();

class FakeClock final : public Clock {
 public:
  std::int64_t now_unix = 1'700'000'000;
  std::uint64_t now_ns = 0;
  std::int64_t unix_seconds() override { return now_unix; }
  std::uint64_t monotonic_ns() override { return now_ns; }
};

/// RFC 3339 UTC, whole seconds: "2026-11-20T22:12:48Z". Defined for every int64 (clamped to years 0000..9999).
std::string format_rfc3339(std::int64_t unix_seconds);

}  // namespace cess
