// SPDX-License-Identifier: Apache-2.0
// Receipts of slots into as few reports as the chain allows (chain/state/files/calls.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "chain/state/files/calls.hpp"
#include "transfer/ports.hpp"

namespace cess::transfer {

/// Reports that are sent before any is waited for: they stand in a node's pool together, which
/// takes 1024 transactions and 4 MiB of one account (chain/mempool/pool.hpp; a test compares), half
/// of it if each has the size of the largest transaction.
constexpr std::size_t kReportsAtOnce = 16;

struct SignedSlot {
  files::SlotReceipt receipt;
  std::uint32_t segments = 0;  ///< that it is about
};

struct PackedReport {
  ReportCall call;
  std::vector<std::size_t> slots;  ///< places in what was given
};

/// In the order given. `all`: also the last one, which may have room for more.
std::vector<PackedReport> pack_reports(std::span<const SignedSlot> slots, bool all);

}  // namespace cess::transfer
