// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha256_chunks.hpp"

#if defined(__x86_64__)

namespace cess::detail {
namespace {

using shani::Stream;
using shani::V;

// Message i of n; words of the state lie n apart.
CESS_SHANI_INLINE void load_state(Stream& s, const std::uint32_t* state, std::size_t n) {
  const auto* w = reinterpret_cast<const int*>(state);
  s.abef = _mm_set_epi32(w[0], w[n], w[4 * n], w[5 * n]);
  s.cdgh = _mm_set_epi32(w[2 * n], w[3 * n], w[6 * n], w[7 * n]);
}

CESS_SHANI_INLINE void store_state(std::uint32_t* state, const Stream& s, std::size_t n) {
  auto* w = reinterpret_cast<int*>(state);
  w[0] = _mm_extract_epi32(s.abef, 3);
  w[n] = _mm_extract_epi32(s.abef, 2);
  w[2 * n] = _mm_extract_epi32(s.cdgh, 3);
  w[3 * n] = _mm_extract_epi32(s.cdgh, 2);
  w[4 * n] = _mm_extract_epi32(s.abef, 1);
  w[5 * n] = _mm_extract_epi32(s.abef, 0);
  w[6 * n] = _mm_extract_epi32(s.cdgh, 1);
  w[7 * n] = _mm_extract_epi32(s.cdgh, 0);
}

}  // namespace

CESS_SHANI void sha256_compress_shani1(std::uint32_t* state, const std::uint8_t* const* blocks,
                                       std::size_t count) {
  CESS_UNINITIALIZED Stream x;
  load_state(x, state, 1);
  for (std::size_t b = 0; b < count; ++b) {
    shani::load_block(x, blocks[0] + 64 * b);
    shani::compress(x);
  }
  store_state(state, x, 1);
}

CESS_SHANI void sha256_compress_shani2(std::uint32_t* state, const std::uint8_t* const* blocks,
                                       std::size_t count) {
  CESS_UNINITIALIZED Stream x;
  CESS_UNINITIALIZED Stream y;
  load_state(x, state, 2);
  load_state(y, state + 1, 2);
  for (std::size_t b = 0; b < count; ++b) {
    shani::load_block(x, blocks[0] + 64 * b);
    shani::load_block(y, blocks[1] + 64 * b);
    shani::compress_two(x, y);
  }
  store_state(state, x, 2);
  store_state(state + 1, y, 2);
}

}  // namespace cess::detail
#endif
