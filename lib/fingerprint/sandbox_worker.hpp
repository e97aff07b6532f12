// SPDX-License-Identifier: Apache-2.0
// The two processes behind a Sandbox: the keeper and its workers. Internal to this module.
// On the answer pipe a worker writes frames: LE32 size, one byte of type, then the bytes.
#pragma once

#include <cstdint>

#include "fingerprint/sandbox.hpp"

namespace cess::fp {

inline constexpr std::uint8_t kFrameProgress = 'P';  ///< LE64 bytes done
inline constexpr std::uint8_t kFrameAnswer = 'A';
inline constexpr std::uint8_t kFrameError = 'E';  ///< one byte of code, then the message

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
inline constexpr bool kAddressSanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool kAddressSanitizer = false;
#endif

/// What the parent sends for one file, with three descriptors: the file, the answer pipe, the
/// status pipe. In a series the first is a socket, from which the worker reads one file after
/// another, LE32 size and bytes, and gives an answer to each.
struct JobHeader {
  std::uint64_t file_size = 0;
  std::uint64_t cpu_seconds = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t series = 0;  ///< 1: file_size is the most that one of them may have
};
inline constexpr std::size_t kRequestMax = 256;

/// Serves jobs from `control` until its other end is closed; never returns.
[[noreturn]] void keep_workers(int control, const Sandbox::Work& work);

/// The system call filter of workers as a BPF program (struct sock_filter[]), made once; empty on
/// failure.
Bytes make_worker_filter();
/// Puts it on this thread, for good.
bool apply_worker_filter(const Bytes& program);

}  // namespace cess::fp
