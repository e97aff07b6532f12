// SPDX-License-Identifier: Apache-2.0
#include "sys/pages.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/file.hpp"

namespace cess {

Result<Pages> Pages::make(std::size_t size) {
  Pages out;
  if (size == 0) return out;
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    return system_error("cannot take " + std::to_string(size) + " bytes of", "memory", errno);
  }
  // Advice only: without huge pages it is slower, not wrong.
  static_cast<void>(::madvise(at, size, MADV_HUGEPAGE));
  out.data_ = static_cast<std::uint8_t*>(at);
  out.size_ = size;
  return out;
}

Pages::Pages(Pages&& o) noexcept
    : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)) {}

Pages& Pages::operator=(Pages&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(size_, o.size_);
  return *this;
}

Pages::~Pages() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

std::uint64_t physical_memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long size = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return 0;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
}

}  // namespace cess
