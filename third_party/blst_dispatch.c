// SPDX-License-Identifier: Apache-2.0
// blst chooses between its two sets of x86-64 field arithmetic when it is compiled: with ADX and BMI2
// (faster by a third) or without. Here both sets are linked, the plain one under plain_ names
// (blst_plain.S, blst_adx.S), and the dynamic loader picks one: an ifunc is resolved once at start, and its
// slot is read-only from then on. Both sets give the same results in constant time.
#include <cpuid.h>

// Leaf 7: BMI2 is bit 8 of EBX, ADX bit 19. No library call: resolvers run before relocation is over.
static int has_adx(void) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  return (b >> 8 & 1) != 0 && (b >> 19 & 1) != 0;
}

typedef void function(void);

#define CESS_DISPATCH(name, adx)                                                   \
  extern __attribute__((visibility("hidden"))) function plain_##name, adx;         \
  static function* resolve_##name(void) { return has_adx() ? adx : plain_##name; } \
  __attribute__((visibility("hidden"), ifunc("resolve_" #name))) void name(void);

CESS_DISPATCH(mul_mont_384x, mulx_mont_384x)
CESS_DISPATCH(sqr_mont_384x, sqrx_mont_384x)
CESS_DISPATCH(sqr_mont_382x, sqrx_mont_382x)
CESS_DISPATCH(mul_382x, mulx_382x)
CESS_DISPATCH(sqr_382x, sqrx_382x)
CESS_DISPATCH(mul_384, mulx_384)
CESS_DISPATCH(sqr_384, sqrx_384)
CESS_DISPATCH(mul_mont_384, mulx_mont_384)
CESS_DISPATCH(sqr_mont_384, sqrx_mont_384)
CESS_DISPATCH(sqr_n_mul_mont_384, sqrx_n_mul_mont_384)
CESS_DISPATCH(sqr_n_mul_mont_383, sqrx_n_mul_mont_383)
CESS_DISPATCH(redc_mont_384, redcx_mont_384)
CESS_DISPATCH(from_mont_384, fromx_mont_384)
CESS_DISPATCH(sgn0_pty_mont_384, sgn0x_pty_mont_384)
CESS_DISPATCH(sgn0_pty_mont_384x, sgn0x_pty_mont_384x)
CESS_DISPATCH(mul_mont_sparse_256, mulx_mont_sparse_256)
CESS_DISPATCH(sqr_mont_sparse_256, sqrx_mont_sparse_256)
CESS_DISPATCH(from_mont_256, fromx_mont_256)
CESS_DISPATCH(redc_mont_256, redcx_mont_256)
CESS_DISPATCH(ct_inverse_mod_383, ctx_inverse_mod_383)
