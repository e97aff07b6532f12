// SPDX-License-Identifier: Apache-2.0
// What a worker may ask of the kernel: memory, its pipe, the clock, and to end. Everything else
// fails with EPERM: nothing can be opened, executed, connected to, sent to, traced or signalled.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "fingerprint/sandbox_worker.hpp"

namespace cess::fp {
namespace {

constexpr std::array kAllowed{
    SCMP_SYS(write),         SCMP_SYS(munmap),
    SCMP_SYS(mremap),        SCMP_SYS(brk),
    SCMP_SYS(madvise),       SCMP_SYS(futex),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(getpid),        SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),   SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrandom),     SCMP_SYS(fstat),
    SCMP_SYS(lseek),         SCMP_SYS(close),
    SCMP_SYS(sigaltstack),   SCMP_SYS(getrusage),
    SCMP_SYS(clock_getres),  SCMP_SYS(sysinfo),
    SCMP_SYS(read),          SCMP_SYS(restart_syscall),
};

bool fill(scmp_filter_ctx ctx) {
  for (const int call : kAllowed) {
    if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0) != 0) return false;
  }
  // Memory, but none that can be executed.
  const scmp_arg_cmp no_exec{
      .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0};
  return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec) == 0 &&
         seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec) == 0 &&
         // abort() and the fortified functions' end: a signal to ourselves.
         seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill), 0) == 0 &&
         seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0) == 0 &&
         seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(ptrace), 0) == 0 &&
         seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 0) == 0;
}

}  // namespace

Bytes make_worker_filter() {
  scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (ctx == nullptr) return {};
  Bytes program;
  // libseccomp writes programs to descriptors only.
  const int memory = memfd_create("cess-filter", MFD_CLOEXEC);
  if (memory >= 0 && fill(ctx) && seccomp_export_bpf(ctx, memory) == 0) {
    const off_t size = lseek(memory, 0, SEEK_END);
    if (size > 0) {
      program.resize(static_cast<std::size_t>(size));
      if (pread(memory, program.data(), program.size(), 0) != size) program.clear();
    }
  }
  if (memory >= 0) close(memory);
  seccomp_release(ctx);
  return program;
}

bool apply_worker_filter(const Bytes& program) {
  if (program.empty()) return false;
  std::vector<sock_filter> code(program.size() / sizeof(sock_filter));
  std::memcpy(code.data(), program.data(), code.size() * sizeof(sock_filter));
  const sock_fprog prog{static_cast<unsigned short>(code.size()), code.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0;
}

}  // namespace cess::fp
