// SPDX-License-Identifier: Apache-2.0
// What a process does to itself before it touches anything: safe descriptors 0 to 2, no core dumps,
// signals that take temporary files with them. Process-wide state; call from the main thread.
#pragma once

#include <string>

namespace cess {

/// Prepares the calling process, once, before any file is opened:
/// - a closed descriptor 0, 1 or 2 is opened on /dev/null the wrong way round, so that no later file
///   takes its number and its use still fails (EBADF) instead of silently working;
/// - no core dumps, since memory holds keys; SIGXFSZ ignored, so that a write over RLIMIT_FSIZE is an
///   error with a name; SIGPIPE ends the process;
/// - SIGHUP, SIGINT and SIGTERM remove registered temporary files, then end the process by that signal;
/// - running out of memory, in any thread, removes them too, says so as `program`, and exits 4.
void prepare_process(const char* program);

/// For processes that move megabytes in many threads: memory that was freed stays with the process,
/// up to 128 MiB an arena, instead of being returned and cleared anew for each buffer.
void keep_freed_memory();

/// Registers `path` to be unlinked by the signals above. At most 64 paths of at most 4095 bytes at a
/// time; one more is not registered, and costs at worst a leftover file. Safe for many threads.
void remove_on_signal(const std::string& path);
/// Undoes remove_on_signal.
void keep_on_signal(const std::string& path);

}  // namespace cess
