// SPDX-License-Identifier: Apache-2.0
// links: pois store merkle crypto sys
#include "idle/disk_rate.hpp"

#include <gtest/gtest.h>

#include "unit/idle/idle_store.hpp"

namespace cess::idle {
namespace disk_rate_test {

// Half a second passes between two looks.
class SlowClock final : public Clock {
 public:
  std::int64_t unix_seconds() override { return 0; }
  std::uint64_t monotonic_ns() override { return now_ += 500'000'000; }

 private:
  std::uint64_t now_ = 0;
};

TEST_F(IdleStore, DiskIsMeasuredAndNothingIsLeft) {
  SlowClock clock;
  const auto random = fake_random(1);
  // A piece takes half a second: two of them pass a time of 0.6 s.
  auto rate = measure_disk(folder_, 0.6, 1ULL << 40U, clock, *random);
  ASSERT_TRUE(rate) << rate.error().message;
  EXPECT_DOUBLE_EQ(rate->written, 2.0 * static_cast<double>(kDiskPiece));
  // Two looks at a MiB each, the second after a second.
  EXPECT_DOUBLE_EQ(rate->read, 2.0 * (1U << 20U));
  // However long it may take, no more than is allowed, and a piece at least.
  FakeClock still;
  rate = measure_disk(folder_, 1, kDiskPiece, still, *random);
  ASSERT_TRUE(rate);
  EXPECT_DOUBLE_EQ(rate->written, 1e9 * static_cast<double>(kDiskPiece));
  EXPECT_DOUBLE_EQ(rate->read, rate->written);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
  EXPECT_EQ(measure_disk(folder_ + "/none", 1, kDiskPiece, still, *random).error().code,
            Code::system);
}

TEST(DiskRate, WritesBesideTheHashingAndReadsAfterIt) {
  // In units of a filler's byte: the processor takes 1, the disk 8 / 16 and 8 / 32.
  EXPECT_DOUBLE_EQ(rate_with_disk(1, {16, 32}), 1 / 1.25);
  EXPECT_DOUBLE_EQ(disk_seconds({16, 32}), 0.75);
  // A disk that takes no more than the processor has time for, and one slower.
  EXPECT_DOUBLE_EQ(rate_with_disk(1, {8, 8e9}), 1 / (1 + 1e-9));
  EXPECT_DOUBLE_EQ(rate_with_disk(1, {4, 8}), 1.0 / 3);
}

TEST(DiskRate, SmallFillersAreMadeInMemoryWhereThereIsSome) {
  const pois::Params small{11};
  const MakeWay series = choose_way(small, 2, 64U << 20U, false);
  EXPECT_TRUE(series.in_series);
  EXPECT_EQ(series.memory_bytes, 9 * series.lanes * small.file_bytes());
  EXPECT_LE(2 * series.memory_bytes, 64U << 20U);
  EXPECT_FALSE(choose_way(small, 2, 64U << 20U, true).in_series);
  EXPECT_FALSE(choose_way(small, 2, 17 * small.file_bytes(), false).in_series);
  EXPECT_EQ(choose_way(small, 2, 18 * small.file_bytes(), false).lanes, 1U);
  const MakeWay large = choose_way({25}, 1, 4ULL << 30U, false);
  EXPECT_FALSE(large.in_series);
  EXPECT_EQ(large.memory_bytes, 2 * large.lanes << 30U);
}

}  // namespace disk_rate_test
}  // namespace cess::idle
