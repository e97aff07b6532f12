// SPDX-License-Identifier: Apache-2.0
// Decoding hostile media where it can do no harm. start() forks a keeper while the process still
// has one thread; for each file the keeper forks a worker that sees the mapped file and one pipe,
// and nothing else: an allow-list of system calls (seccomp), a memory limit, a limit of processor
// time, no new files, no network. A worker that crashes, loops or eats memory is an error of its
// file; the parent parses only the worker's answer, with strict limits. A keeper process ends when
// its Sandbox does, or its parent dies. run() may be called from many threads.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/types.hpp"
#include "sys/file.hpp"

namespace cess::fp {

struct SandboxLimits {
  std::uint64_t memory_bytes = std::uint64_t{1}
                               << 30U;  ///< beyond the program's own and the mapped file
  std::uint64_t cpu_seconds = 0;  ///< per file; 0: 30 s and 10 s more for each MiB, 2 h at most
  std::uint64_t answer_bytes = 8U << 20U;
};

class Sandbox {
 public:
  /// What a worker does: from the mapped file and the request to the answer.
  using Work =
      std::function<Result<Bytes>(ByteView file, std::string_view request, const OnProgress&)>;

  /// Forks the keeper. Call before any thread exists. Code::system.
  static Result<Sandbox> start(SandboxLimits limits, Work work);
  Sandbox(Sandbox&&) noexcept = default;
  Sandbox& operator=(Sandbox&&) noexcept = delete;
  ~Sandbox();

  /// Runs the work on a regular file. `request` has at most 256 bytes. The work's own error is
  /// passed on; a worker that dies is Code::input and says of what.
  Result<Bytes> run(int fd, std::string_view name, std::string_view request,
                    const OnProgress& progress = {}) const;

 private:
  Sandbox() = default;
  SandboxLimits limits_;
  Fd control_;
  pid_t keeper_ = -1;
};

}  // namespace cess::fp
