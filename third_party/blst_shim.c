// SPDX-License-Identifier: Apache-2.0
// blst as one translation unit (its own build does the same), so that functions which it keeps
// static can be given an entry point of ours at the end of this file.
#include "server.c"

#include "blst_shim.h"

// hash_to_curve of RFC 9380 (BLS12381G1_XMD:SHA-256_SSWU_RO_) without its last step, clear_cofactor. The
// steps are those of blst's own Hash_to_G1 and map_to_g1.
void cess_blst_hash_to_curve_g1(void *out, const unsigned char *msg, size_t msg_len,
                                const unsigned char *dst, size_t dst_len) {
  vec384 u[2];
  POINTonE1 p, q;
  hash_to_field(u, 2, NULL, 0, msg, msg_len, dst, dst_len);
  map_to_isogenous_E1(&p, u[0]);
  map_to_isogenous_E1(&q, u[1]);
  POINTonE1_dadd(&p, &p, &q, Aprime_E1);
  isogeny_map_to_E1((POINTonE1 *)out, &p);
}

// clear_cofactor: multiplication by 1 - z = 0xd201000000010001 (RFC 9380, section 8.8.1).
void cess_blst_clear_cofactor_g1(void *out, const void *in) {
  POINTonE1 p, q;
  vec_copy(&p, in, sizeof(p));
  POINTonE1_times_minus_z(&q, &p);
  POINTonE1_dadd((POINTonE1 *)out, &q, &p, NULL);
}
