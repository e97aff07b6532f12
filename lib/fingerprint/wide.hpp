// SPDX-License-Identifier: Apache-2.0
// CESS_FP_WIDE before a function: compiled twice, for any processor of its family and for one with
// AVX2, and chosen when the program is loaded. For loops over pixels in whole numbers only (or
// exact quotients), whose results are the same either way. Nothing under sanitizers, which are not
// ready when the choice is made. Internal to this module; undefine it at the file's end.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(CESS_FP_PLAIN)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CESS_FP_PLAIN
#endif
#endif
#else
#define CESS_FP_PLAIN
#endif

#if defined(CESS_FP_PLAIN)
#define CESS_FP_WIDE
#else
#define CESS_FP_WIDE __attribute__((target_clones("avx2", "default")))
#endif
