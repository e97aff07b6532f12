// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/common_shingles.hpp"

#include <algorithm>
#include <iterator>

#include "fingerprint/common_shingles_table.hpp"

namespace cess::fp {

static_assert(std::size(kCommonShingles) == kCommonShingleWords);

bool is_common_shingle(std::uint64_t shingle) {
  const auto bits = common_shingle_bits(shingle);
  return std::all_of(bits.begin(), bits.end(), [](std::size_t bit) {
    return ((kCommonShingles[bit / 64] >> (bit % 64)) & 1U) != 0;
  });
}

Sketch without_common(const Sketch& sketch) {
  Sketch out;
  out.complete = sketch.complete;
  std::copy_if(sketch.smallest.begin(), sketch.smallest.end(), std::back_inserter(out.smallest),
               [](std::uint64_t shingle) { return !is_common_shingle(shingle); });
  return out;
}

}  // namespace cess::fp
