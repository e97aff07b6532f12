/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into a command: counts its calls on files under one folder, over all threads, and at the n-th call of
 * a kind kills the process or makes the call fail. strace counts per thread and so misses what a late background
 * thread does; this counts the process.
 *   CESS_INJECT_UNDER   folder; only calls on it and what is in it count
 *   CESS_INJECT         CALL:N:ACTION, CALL one of the names below or "any"
 *                       ACTION: kill (before the call), after (kill after it), EIO, ENOSPC (once), EIO+, ENOSPC+
 *                       (from then on), short (half of a write), EINTR (once)
 *   CESS_INJECT_COUNTS  file that gets "CALL COUNT" lines at exit
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { OPEN, WRITE, PWRITE, FSYNC, FDATASYNC, SYNCFS,
            RENAME, LINK, UNLINK, RMDIR, MKDIR, FTRUNCATE, CLOSE, READ, CALLS };
static const char* const kNames[CALLS] = {"open",   "write", "pwrite", "fsync", "fdatasync", "syncfs", "rename",
                                          "link",   "unlink", "rmdir", "mkdir", "ftruncate", "close",  "read"};
static atomic_long counts[CALLS];
static atomic_long any_count;
static const char* under;
static size_t under_size;
static int want_call = -2; /* -1: any */
static long want_n;
static char action[16];

static void* real(const char* name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void start(void) {
  under = getenv("CESS_INJECT_UNDER");
  if (under != NULL) under_size = strlen(under);
  const char* spec = getenv("CESS_INJECT");
  char name[16] = "";
  if (spec == NULL || sscanf(spec, "%15[^:]:%ld:%15s", name, &want_n, action) != 3) return;
  if (strcmp(name, "any") == 0) want_call = -1;
  for (int i = 0; i < CALLS; ++i) {
    if (strcmp(name, kNames[i]) == 0) want_call = i;
  }
}

__attribute__((destructor)) static void finish(void) {
  const char* path = getenv("CESS_INJECT_COUNTS");
  if (path == NULL) return;
  FILE* out = fopen(path, "we");
  if (out == NULL) return;
  for (int i = 0; i < CALLS; ++i) fprintf(out, "%s %ld\n", kNames[i], atomic_load(&counts[i]));
  fprintf(out, "any %ld\n", atomic_load(&any_count));
  fclose(out);
}

static int path_counts(const char* path) {
  return under != NULL && strncmp(path, under, under_size) == 0 &&
         (path[under_size] == 0 || path[under_size] == '/');
}
static int fd_counts(int fd) {
  char link[64];
  char path[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, PATH_MAX);
  if (n < 0) return 0;
  path[n] = 0;
  return path_counts(path);
}

/* 0: go on; 1: kill afterwards; 2: half; -1: fail with errno. */
static int decide(enum call c) {
  const long n = atomic_fetch_add(&counts[c], 1) + 1;
  const long all = atomic_fetch_add(&any_count, 1) + 1;
  if (want_call != (int)c && want_call != -1) return 0;
  const long at = want_call == -1 ? all : n;
  const size_t size = strlen(action);
  const int forever = size > 0 && action[size - 1] == '+';
  if (forever ? at < want_n : at != want_n) return 0;
  if (strcmp(action, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(action, "after") == 0) return 1;
  if (strcmp(action, "short") == 0) return 2;
  errno = strncmp(action, "ENOSPC", 6) == 0 ? ENOSPC : strcmp(action, "EINTR") == 0 ? EINTR : EIO;
  return -1;
}

#define FINISH(verdict, result)                   \
  do {                                            \
    const int saved = errno;                      \
    if ((verdict) == 1) kill(getpid(), SIGKILL);  \
    errno = saved;                                \
    return (result);                              \
  } while (0)

static int do_open(const char* name, int dir, const char* path, int flags, mode_t mode) {
  int verdict = 0;
  if (path_counts(path) && (verdict = decide(OPEN)) < 0) return -1;
  int (*at)(int, const char*, int, ...) = (int (*)(int, const char*, int, ...))real(name);
  const int fd = at(dir, path, flags, mode);
  FINISH(verdict, fd);
}
#define MODE_OF(flags, mode)                          \
  mode_t mode = 0;                                    \
  if (((flags)&O_CREAT) || ((flags)&O_TMPFILE)) {     \
    va_list args;                                     \
    va_start(args, flags);                            \
    mode = va_arg(args, mode_t);                      \
    va_end(args);                                     \
  }
int open(const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return do_open("openat", AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return do_open("openat64", AT_FDCWD, path, flags, mode);
}
int openat(int dir, const char* path, int flags, ...) {
  MODE_OF(flags, mode)
  return do_open("openat", dir, path, flags, mode);
}
int __open_2(const char* path, int flags) { return do_open("openat", AT_FDCWD, path, flags, 0); }
int __open64_2(const char* path, int flags) { return do_open("openat64", AT_FDCWD, path, flags, 0); }

#define ON_FD(type, name, call, params, args)                 \
  type name params {                                          \
    int verdict = 0;                                          \
    if (fd_counts(fd) && (verdict = decide(call)) < 0) return -1; \
    type(*next) params = (type(*) params)real(#name);         \
    const type done = next args;                              \
    FINISH(verdict, done);                                    \
  }
#define ON_FD_SIZED(name, call, params, args)                 \
  ssize_t name params {                                       \
    int verdict = 0;                                          \
    if (fd_counts(fd) && (verdict = decide(call)) < 0) return -1; \
    if (verdict == 2 && size > 1) size /= 2;                  \
    ssize_t(*next) params = (ssize_t(*) params)real(#name);   \
    const ssize_t done = next args;                           \
    FINISH(verdict, done);                                    \
  }
ON_FD_SIZED(write, WRITE, (int fd, const void* data, size_t size), (fd, data, size))
ON_FD_SIZED(pwrite, PWRITE, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
ON_FD_SIZED(pwrite64, PWRITE, (int fd, const void* data, size_t size, off64_t at), (fd, data, size, at))
ON_FD_SIZED(read, READ, (int fd, void* data, size_t size), (fd, data, size))
ON_FD_SIZED(pread, READ, (int fd, void* data, size_t size, off_t at), (fd, data, size, at))
ON_FD_SIZED(pread64, READ, (int fd, void* data, size_t size, off64_t at), (fd, data, size, at))
ON_FD(int, fsync, FSYNC, (int fd), (fd))
ON_FD(int, fdatasync, FDATASYNC, (int fd), (fd))
ON_FD(int, syncfs, SYNCFS, (int fd), (fd))
ON_FD(int, ftruncate, FTRUNCATE, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, FTRUNCATE, (int fd, off64_t size), (fd, size))

/* close that "fails" has closed all the same, as Linux does it. */
int close(int fd) {
  const int verdict = fd_counts(fd) ? decide(CLOSE) : 0;
  const int saved = errno;
  int (*next)(int) = (int (*)(int))real("close");
  int done = next(fd);
  if (verdict < 0) {
    errno = saved;
    done = -1;
  }
  FINISH(verdict, done);
}

#define ON_PATH(name, call, params, args, path)                    \
  int name params {                                                \
    int verdict = 0;                                               \
    if (path_counts(path) && (verdict = decide(call)) < 0) return -1; \
    int(*next) params = (int(*) params)real(#name);                \
    const int done = next args;                                    \
    FINISH(verdict, done);                                         \
  }
ON_PATH(rename, RENAME, (const char* from, const char* to), (from, to), from)
ON_PATH(link, LINK, (const char* from, const char* to), (from, to), to)
ON_PATH(linkat, LINK, (int a, const char* from, int b, const char* to, int flags), (a, from, b, to, flags), to)
ON_PATH(renameat2, RENAME, (int a, const char* from, int b, const char* to, unsigned flags), (a, from, b, to, flags),
        from)
ON_PATH(unlink, UNLINK, (const char* path), (path), path)
ON_PATH(rmdir, RMDIR, (const char* path), (path), path)
ON_PATH(mkdir, MKDIR, (const char* path, mode_t mode), (path, mode), path)
