// SPDX-License-Identifier: Apache-2.0
// A large piece of zeroed memory straight from the kernel, in huge pages where it has them: random
// access over gigabytes then misses the TLB a few hundred times less often.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess {

class Pages {
 public:
  Pages() = default;
  /// Code::system when there is not so much memory.
  static Result<Pages> make(std::size_t size);
  Pages(Pages&& o) noexcept;
  Pages& operator=(Pages&& o) noexcept;
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();
  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Bytes of memory the machine has; 0 if it does not say.
std::uint64_t physical_memory_bytes();

}  // namespace cess
