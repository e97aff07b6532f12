// SPDX-License-Identifier: Apache-2.0
// Bytes of the index's log. Internal to this module.
#pragma once

#include "fingerprint/index.hpp"

namespace cess::fp {

inline constexpr std::size_t kLogHeadSize = 16;
inline constexpr std::size_t kLogSumSize = 8;
inline constexpr std::size_t kLogEntrySize = 32 + Hash256::kSize + kLogSumSize;

Bytes log_head(std::uint64_t number);
Bytes log_entry(std::uint64_t number, std::uint64_t position, const IndexRecord& record);

}  // namespace cess::fp
