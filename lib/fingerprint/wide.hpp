// SPDX-License-Identifier: Apache-2.0
// CESS_FP_WIDE before a function: compiled twice, for any processor of its family and for one with
// AVX2, and chosen when the program is loaded. For loops whose results are the same either way: in
// whole numbers, exact quotients, or (spectrum.cpp) one by one in a fixed order without
// contraction. CESS_FP_WIDER: also for one with AVX-512. Nothing under sanitizers, which are not
// ready when the choice is made, and where CESS_FP_PLAIN is defined. Internal to this module.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CESS_FP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CESS_FP_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && !defined(CESS_FP_SANITIZED) && !defined(CESS_FP_PLAIN)
#define CESS_FP_WIDE __attribute__((target_clones("avx2", "default")))
#define CESS_FP_WIDER __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CESS_FP_WIDE
#define CESS_FP_WIDER
#endif
#undef CESS_FP_SANITIZED
