// SPDX-License-Identifier: Apache-2.0
// MinHash by 64 permutations, of which most are never computed: after n features one in n is less
// than the least so far, and a bound of 32 bits tells nearly all others. With v = a·f + b modulo
// 2^64 the standard's value is the low half of v modulo 2^61 - 1, that is, the low half of v and at
// most 8 more: v's three highest bits are added, and 1 where that comes to the modulus. The low
// half of v takes the low halves of a and b only.
#include <algorithm>
#include <limits>

#include "fingerprint/iscc.hpp"
#include "fingerprint/iscc_tables.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::uint64_t kMersenne61 = (std::uint64_t{1} << 61U) - 1;
constexpr std::size_t kPermutations = 64;
constexpr std::size_t kFeatureGroup = 8;
constexpr std::uint32_t kAddedMost = 8;
using Minima = std::array<std::uint32_t, kPermutations>;

/// Low halves, b's with kAddedMost more: what would pass 2^32 by adding is then less than that.
struct BoundTables {
  Minima a{};
  Minima b{};
};
constexpr BoundTables kBound = [] {
  BoundTables t;
  for (std::size_t i = 0; i < kPermutations; ++i) {
    t.a[i] = static_cast<std::uint32_t>(kIsccMinHashA[i]);
    t.b[i] = static_cast<std::uint32_t>(kIsccMinHashB[i]) + kAddedMost;
  }
  return t;
}();

/// A group with a bound above this has no value that is less than `least`.
std::uint32_t bound_of(std::uint32_t least) {
  return std::min(least, std::numeric_limits<std::uint32_t>::max() - kAddedMost) + kAddedMost;
}

void lessen(Minima& least, Minima& bounds, const Minima& lowest, const std::uint32_t* group) {
  for (std::size_t i = 0; i < kPermutations; ++i) {
    if (lowest[i] > bounds[i]) continue;
    for (std::size_t k = 0; k < kFeatureGroup; ++k)
      least[i] = std::min(least[i], iscc_permuted(i, group[k]));
    bounds[i] = bound_of(least[i]);
  }
}

/// In: whole groups.
CESS_FP_WIDER void lessen_all(Minima& least, const std::uint32_t* features, std::size_t count) {
  alignas(64) Minima bounds;
  alignas(64) Minima lowest;
  for (std::size_t i = 0; i < kPermutations; ++i) bounds[i] = bound_of(least[i]);
  for (std::size_t at = 0; at < count; at += kFeatureGroup) {
    const std::uint32_t* const group = features + at;
    const std::array<std::uint32_t, kFeatureGroup> f{group[0], group[1], group[2], group[3],
                                                     group[4], group[5], group[6], group[7]};
    std::uint32_t any = 0;
    for (std::size_t i = 0; i < kPermutations; ++i) {
      const std::uint32_t a = kBound.a[i];
      const std::uint32_t b = kBound.b[i];
      std::uint32_t low = a * f[0] + b;
      low = std::min(low, a * f[1] + b);
      low = std::min(low, a * f[2] + b);
      low = std::min(low, a * f[3] + b);
      low = std::min(low, a * f[4] + b);
      low = std::min(low, a * f[5] + b);
      low = std::min(low, a * f[6] + b);
      low = std::min(low, a * f[7] + b);
      lowest[i] = low;
      any |= low <= bounds[i] ? 1U : 0U;
    }
    if (any != 0) lessen(least, bounds, lowest, group);
  }
}

}  // namespace

std::uint32_t iscc_permuted(std::size_t i, std::uint32_t feature) {
  std::uint64_t v = kIsccMinHashA[i] * feature + kIsccMinHashB[i];
  v = (v & kMersenne61) + (v >> 61U);  // modulo 2^61 - 1, in two steps
  if (v >= kMersenne61) v -= kMersenne61;
  return static_cast<std::uint32_t>(v);
}

IsccMinHash::IsccMinHash() { least_.fill(~std::uint32_t{0}); }

void IsccMinHash::add(std::span<const std::uint32_t> features) {
  const std::size_t whole = features.size() / kFeatureGroup * kFeatureGroup;
  lessen_all(least_, features.data(), whole);
  if (whole == features.size()) return;
  // Twice is as good as once.
  std::array<std::uint32_t, kFeatureGroup> last;
  last.fill(features.back());
  std::copy(features.begin() + static_cast<std::ptrdiff_t>(whole), features.end(), last.begin());
  lessen_all(least_, last.data(), last.size());
}

Bits256 IsccMinHash::bits256() const {
  Bits256 out{};
  std::size_t at = 0;
  for (unsigned bit = 0; bit < 4; ++bit) {
    for (const std::uint32_t v : least_) {
      if (((v >> bit) & 1U) != 0)
        out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (0x80U >> (at % 8)));
      ++at;
    }
  }
  return out;
}

}  // namespace cess::fp
