// SPDX-License-Identifier: Apache-2.0
// RocksDB's view of the disk with the Budget in front: each append is charged before it is written
// and answered "no space" when the store is at its capacity. Reading passes through.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>

#include "store/budget.hpp"

namespace cess::detail {

/// An Env whose files are counted. Adopts the files that are in `path` now.
std::unique_ptr<rocksdb::Env> counted_env(const std::string& path, Budget& budget);

}  // namespace cess::detail
