// SPDX-License-Identifier: Apache-2.0
// The public points of a tag secret. Constant time.
#pragma once

#include <vector>

#include "podr2/keys.hpp"

namespace cess {

struct KeyMaker {
  static bls::G2 v(const TaggerSecret& s);                                       ///< [α]₂
  static bls::G2 w(const TaggerSecret& s);                                       ///< [ατ]₂
  static std::vector<bls::G1> powers(const TaggerSecret& secret, std::size_t count);  ///< [τ^j]₁
};

}  // namespace cess
