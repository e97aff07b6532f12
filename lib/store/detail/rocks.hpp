// SPDX-License-Identifier: Apache-2.0
// Bytes as RocksDB names them, and back.
#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace cess::detail {

inline rocksdb::Slice slice(std::string_view v) { return {v.data(), v.size()}; }
inline std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

}  // namespace cess::detail
