/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into a command: its clock of the day is CESS_CLOCK_SHIFT seconds off. Timers, which go by the monotonic
 * clock, are left alone (libfaketime 0.9.10 also moves waits on conditions, and a node under it stands still).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long shift_s(void) {
  const char* text = getenv("CESS_CLOCK_SHIFT");
  return text ? atol(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec* out) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, "clock_gettime");
  const int code = real(id, out);
  if (code == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) out->tv_sec += shift_s();
  return code;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) return -1;
  out->tv_sec = t.tv_sec;
  out->tv_usec = t.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) return (time_t)-1;
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
