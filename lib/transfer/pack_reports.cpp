// SPDX-License-Identifier: Apache-2.0
#include "transfer/pack_reports.hpp"

#include <utility>

namespace cess::transfer {

std::vector<PackedReport> pack_reports(std::span<const SignedSlot> slots, bool all) {
  std::vector<PackedReport> out;
  PackedReport open;
  std::size_t segments = 0;
  const auto close = [&] {
    if (!open.slots.empty()) out.push_back(std::exchange(open, {}));
    segments = 0;
  };
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const SignedSlot& s = slots[i];
    if (s.segments > files::kReportFragmentsMax) {
      out.push_back({{{{s.receipt}}, true}, {i}});
      continue;
    }
    if (segments + s.segments > files::kReportFragmentsMax) close();
    open.call.report.receipts.push_back(s.receipt);
    open.slots.push_back(i);
    segments += s.segments;
    if (open.slots.size() == files::kReceiptsMax) close();
  }
  if (all) close();
  return out;
}

}  // namespace cess::transfer
