// SPDX-License-Identifier: Apache-2.0
// How receipts are packed: nothing is left out or twice, no report is over a limit.
#include "transfer/pack_reports.hpp"

#include <gtest/gtest.h>

namespace cess::transfer {
namespace pack_reports_test {

// Sizes of the reports that slots of so many segments make, L before a long one.
std::string packed(std::initializer_list<std::uint32_t> segments, bool all = true) {
  std::vector<SignedSlot> slots;
  for (const std::uint32_t n : segments) {
    SignedSlot s;
    s.receipt.column = static_cast<std::uint16_t>(slots.size());
    s.segments = n;
    slots.push_back(s);
  }
  std::string out;
  for (const PackedReport& r : pack_reports(slots, all)) {
    EXPECT_EQ(r.call.report.receipts.size(), r.slots.size());
    for (std::size_t i = 0; i < r.slots.size(); ++i)
      EXPECT_EQ(r.call.report.receipts[i].column, r.slots[i]);
    out += (r.call.is_long ? "L" : "") + std::to_string(r.slots.size()) + " ";
  }
  return out;
}

TEST(PackReports, UpToTheFragmentsOfAReport) {
  EXPECT_EQ(packed({}), "");
  EXPECT_EQ(packed({32, 32, 32}), "2 1 ");
  EXPECT_EQ(packed({33, 33, 33}), "1 1 1 ");
  EXPECT_EQ(packed({64, 1}), "1 1 ");
  EXPECT_EQ(packed({63, 1}), "2 ");
}

TEST(PackReports, UpToTheReceiptsOfAReport) {
  static_assert(files::kReceiptsMax == 16);
  EXPECT_EQ(packed({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), "16 ");
  EXPECT_EQ(packed({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), "16 1 ");
}

TEST(PackReports, LongOnesGoAlone) {
  EXPECT_EQ(packed({65}), "L1 ");
  EXPECT_EQ(packed({64, 65, 1}), "L1 1 1 ");
  EXPECT_EQ(packed({1, 1000, 1}), "L1 2 ");
}

TEST(PackReports, OneThatHasRoomWaits) {
  EXPECT_EQ(packed({1, 1}, false), "");
  EXPECT_EQ(packed({33, 33}, false), "1 ");
  EXPECT_EQ(packed({1, 65}, false), "L1 ");
  EXPECT_EQ(packed({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, false), "16 ");
}

}  // namespace pack_reports_test
}  // namespace cess::transfer
