// SPDX-License-Identifier: Apache-2.0
// Entry points of ours beside blst.h. `out` and `in` are blst_p1; out may be in.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// A hashed point of E(Fp) before its cofactor is cleared.
void cess_blst_hash_to_curve_g1(void* out, const unsigned char* msg, size_t msg_len,
                                const unsigned char* dst, size_t dst_len);
void cess_blst_clear_cofactor_g1(void* out, const void* in);

#ifdef __cplusplus
}
#endif
