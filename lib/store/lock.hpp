// SPDX-License-Identifier: Apache-2.0
// The writer's lock, and folders of the index that go as a whole.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess::detail {

/// Code::busy, naming the holder, after `wait_s` seconds.
Result<Fd> take_store_lock(const std::string& path, std::uint64_t wait_s);
/// A folder of plain files, gone; absent is fine.
Status remove_folder(const std::string& path);

}  // namespace cess::detail
