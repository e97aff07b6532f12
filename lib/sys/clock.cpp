// SPDX-License-Identifier: Apache-2.0
#include "sys/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace cess {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t unix_seconds() override {
    timespec t{};
    ::clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec;
  }
  std::uint64_t monotonic_ns() override {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(t.tv_nsec);
  }
};

constexpr std::int64_t kYear0 = -62'167'219'200;     // 0000-01-01T00:00:00Z
constexpr std::int64_t kYear9999 = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::int64_t kDaysToEpoch = 719'468;       // from 0000-03-01 to 1970-01-01

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string format_rfc3339(std::int64_t unix_seconds) {
  const std::int64_t t = std::clamp(unix_seconds, kYear0, kYear9999);
  const std::int64_t second = ((t % 86'400) + 86'400) % 86'400;
  // Days counted from March of a 400-year era, so that the leap day is the last of its year.
  const std::int64_t days = (t - second) / 86'400 + kDaysToEpoch;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, month, day, second / 3'600,
                     second / 60 % 60, second % 60);
}

}  // namespace cess
