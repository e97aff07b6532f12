// SPDX-License-Identifier: Apache-2.0
// Decoding hostile media where it can do no harm. start() forks a keeper while the process still
// has one thread; for each file the keeper forks a worker that sees the mapped file and one pipe,
// and nothing else: an allow-list of system calls (seccomp), a memory limit, a limit of processor
// time, no new files, no network. A worker that crashes, loops or eats memory is an error of its
// file; the parent parses only the worker's answer, with strict limits. A keeper process ends when
// its Sandbox does, or its parent dies. run() may be called from many threads. Small files may
// share a worker, one after another, where the caller allows it: run_in_series().
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
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
  /// How many files of a series one worker may read; 1: a worker for each.
  std::uint32_t series_files = 1;
};

/// A file of a series is smaller than this, in bytes.
inline constexpr std::size_t kSeriesFileEnd = 1U << 20U;

class Sandbox {
 public:
  /// What a worker does: from the mapped file and the request to the answer.
  using Work =
      std::function<Result<Bytes>(ByteView file, std::string_view request, const OnProgress&)>;

  /// Forks the keeper. Call before any thread exists. Code::system.
  static Result<Sandbox> start(SandboxLimits limits, Work work);
  Sandbox(Sandbox&&) noexcept;
  Sandbox& operator=(Sandbox&&) noexcept = delete;
  ~Sandbox();

  /// Runs the work on a regular file. `request` has at most 256 bytes. The work's own error is
  /// passed on; a worker that dies is Code::input and says of what.
  Result<Bytes> run(int fd, std::string_view name, std::string_view request,
                    const OnProgress& progress = {}) const;

  /// The same for a file in memory of less than kSeriesFileEnd, by a worker that may have read
  /// other files before. What fails there is tried again by a new worker, whose word counts: no
  /// file's answer depends on another's failure. A worker that a file took over could lie about
  /// those after it: doc/decisions/1661-workers-in-series.md says who may allow that.
  Result<Bytes> run_in_series(ByteView file, std::string_view name, std::string_view request) const;
  [[nodiscard]] bool allows_series() const { return limits_.series_files > 1; }

 private:
  struct Worker;
  struct Idle;
  Sandbox();
  Result<Worker> start_worker(std::uint64_t file_size, bool series, int file,
                              std::string_view request) const;
  SandboxLimits limits_;
  Fd control_;
  pid_t keeper_ = -1;
  std::unique_ptr<Idle> idle_;
};

}  // namespace cess::fp
