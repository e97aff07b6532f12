// SPDX-License-Identifier: Apache-2.0
// Products of pairings with precomputed line functions.
#include <cstring>

#include "crypto/detail/blst_types.hpp"

namespace cess::bls {

using detail::in;

namespace {
constexpr std::size_t kLines = 68;  // blst's count of line functions of one Miller loop
}

G2Lines::G2Lines(const G2& q) {
  if (q.is_identity()) return;
  lines_.resize(kLines * sizeof(blst_fp6) / sizeof(std::uint64_t));
  blst_p2_affine a;
  blst_p2_to_affine(&a, in(q));
  blst_precompute_lines(reinterpret_cast<blst_fp6*>(lines_.data()), &a);
}

const G2Lines& G2Lines::generator() {
  static const G2Lines lines(G2::generator());
  return lines;
}

bool pairing_product_is_one(std::span<const PairingTerm> terms) {
  blst_fp12 product = *blst_fp12_one();
  for (const PairingTerm& t : terms) {
    // A pairing with an identity is 1; a Miller loop cannot take one.
    if (t.p.is_identity() || t.q->lines_.empty()) continue;
    blst_p1_affine p;
    blst_p1_to_affine(&p, in(t.p));
    blst_fp12 f;
    blst_miller_loop_lines(&f, reinterpret_cast<const blst_fp6*>(t.q->lines_.data()), &p);
    blst_fp12_mul(&product, &product, &f);
  }
  blst_final_exp(&product, &product);
  return blst_fp12_is_one(&product);
}

}  // namespace cess::bls
