// SPDX-License-Identifier: Apache-2.0
// blst's assembly without ADX; what has an ADX twin gets the prefix plain_ (blst_dispatch.c).
#define mul_mont_384x plain_mul_mont_384x
#define sqr_mont_384x plain_sqr_mont_384x
#define sqr_mont_382x plain_sqr_mont_382x
#define mul_382x plain_mul_382x
#define sqr_382x plain_sqr_382x
#define mul_384 plain_mul_384
#define sqr_384 plain_sqr_384
#define mul_mont_384 plain_mul_mont_384
#define sqr_mont_384 plain_sqr_mont_384
#define sqr_n_mul_mont_384 plain_sqr_n_mul_mont_384
#define sqr_n_mul_mont_383 plain_sqr_n_mul_mont_383
#define redc_mont_384 plain_redc_mont_384
#define from_mont_384 plain_from_mont_384
#define sgn0_pty_mont_384 plain_sgn0_pty_mont_384
#define sgn0_pty_mont_384x plain_sgn0_pty_mont_384x
#define mul_mont_sparse_256 plain_mul_mont_sparse_256
#define sqr_mont_sparse_256 plain_sqr_mont_sparse_256
#define from_mont_256 plain_from_mont_256
#define redc_mont_256 plain_redc_mont_256
#define ct_inverse_mod_383 plain_ct_inverse_mod_383
#include "assembly.S"
