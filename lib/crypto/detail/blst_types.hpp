// SPDX-License-Identifier: Apache-2.0
// Our values seen as blst's. Only bls*.cpp include this, so that blst.h reaches nobody else.
#pragma once

#include <blst.h>

#include "crypto/bls.hpp"

namespace cess::bls::detail {

static_assert(sizeof(Scalar::limbs) == sizeof(blst_fr) &&
              sizeof(G1Affine) == sizeof(blst_p1_affine));
static_assert(sizeof(G1) == sizeof(blst_p1) && sizeof(G2) == sizeof(blst_p2));

inline const blst_fr* in(const Scalar& s) {
  return reinterpret_cast<const blst_fr*>(s.limbs.data());
}
inline blst_fr* out(Scalar& s) { return reinterpret_cast<blst_fr*>(s.limbs.data()); }
inline const blst_p1* in(const G1& p) { return reinterpret_cast<const blst_p1*>(p.limbs.data()); }
inline blst_p1* out(G1& p) { return reinterpret_cast<blst_p1*>(p.limbs.data()); }
inline const blst_p1_affine* in(const G1Affine& p) {
  return reinterpret_cast<const blst_p1_affine*>(p.limbs.data());
}
inline blst_p1_affine* out(G1Affine& p) {
  return reinterpret_cast<blst_p1_affine*>(p.limbs.data());
}
inline const blst_p2* in(const G2& p) { return reinterpret_cast<const blst_p2*>(p.limbs.data()); }
inline blst_p2* out(G2& p) { return reinterpret_cast<blst_p2*>(p.limbs.data()); }

}  // namespace cess::bls::detail
