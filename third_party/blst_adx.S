// SPDX-License-Identifier: Apache-2.0
// blst's assembly with ADX and BMI2, under blst's own names for it (mulx_..., sqrx_...).
#include "elf/ctx_inverse_mod_384-x86_64.s"
#include "elf/mulx_mont_384-x86_64.s"
#include "elf/mulx_mont_256-x86_64.s"
