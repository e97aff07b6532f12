// SPDX-License-Identifier: Apache-2.0
// The sponge with the permutation Keccak-f[1600] (FIPS 202 section 3), written for one message at a
// time: lanes A[x + 5y], rate 136 bytes, capacity 64.
#include "crypto/keccak.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/endian.hpp"

namespace cess {
namespace {

constexpr std::size_t kRate = 136;
constexpr unsigned kKeccakRounds = 24;
constexpr std::uint8_t kPad = 0x01;  // the submission's; FIPS 202 puts two bits in front: 0x06

using State = std::array<std::uint64_t, 25>;

// The constants of iota: bit 2^j - 1 of round i is bit j + 7i of an 8-bit LFSR (section 3.2.5).
constexpr std::array<std::uint64_t, kKeccakRounds> round_constants() {
  std::array<std::uint64_t, kKeccakRounds> constants{};
  std::uint32_t lfsr = 1;
  for (std::uint64_t& constant : constants) {
    for (unsigned j = 0; j < 7; ++j) {
      if ((lfsr & 1U) != 0) constant |= std::uint64_t{1} << ((1U << j) - 1);
      lfsr <<= 1U;
      if ((lfsr & 0x100U) != 0) lfsr ^= 0x171U;
    }
  }
  return constants;
}
// The lanes in the order in which pi visits them from lane 1 on, and rho's rotations along the way:
// triangular numbers (section 3.2.2).
struct Walk {
  std::array<std::uint8_t, 24> lane{};
  std::array<std::uint8_t, 24> rotation{};
};
constexpr Walk walk() {
  Walk w;
  unsigned x = 1, y = 0;
  for (unsigned t = 0; t < 24; ++t) {
    const unsigned next = (2 * x + 3 * y) % 5;
    x = y;
    y = next;
    w.lane[t] = static_cast<std::uint8_t>(x + 5 * y);
    w.rotation[t] = static_cast<std::uint8_t>((t + 1) * (t + 2) / 2 % 64);
  }
  return w;
}

constexpr auto kRoundConstants = round_constants();
constexpr Walk kWalk = walk();
static_assert(kRoundConstants[1] == 0x8082 && kRoundConstants[23] == 0x8000000080008008);

// Calls f with the constants 0..N-1 in turn: every index and rotation below is one the compiler
// knows.
template <std::size_t N, class F>
void unrolled(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>()), ...);
  }(std::make_index_sequence<N>());
}

void permute(State& a) {
  std::array<std::uint64_t, 5> c;
  for (const std::uint64_t constant : kRoundConstants) {
    // theta
    unrolled<5>([&](auto x) { c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]; });
    unrolled<5>([&](auto x) {
      const std::uint64_t d = c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);
      unrolled<5>([&](auto y) { a[x + 5 * y] ^= d; });
    });
    // rho and pi
    std::uint64_t moving = a[1];
    unrolled<24>([&](auto t) {
      const std::uint64_t next = a[kWalk.lane[t]];
      a[kWalk.lane[t]] = std::rotl(moving, kWalk.rotation[t]);
      moving = next;
    });
    // chi
    unrolled<5>([&](auto y) {
      unrolled<5>([&](auto x) { c[x] = a[x + 5 * y]; });
      unrolled<5>([&](auto x) { a[x + 5 * y] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]); });
    });
    // iota
    a[0] ^= constant;
  }
}

void absorb(State& state, const std::uint8_t* block) {
  for (std::size_t i = 0; i < kRate / 8; ++i) state[i] ^= load_le<std::uint64_t>(block + 8 * i);
  permute(state);
}

}  // namespace

Hash256 keccak256(std::initializer_list<ByteView> parts) {
  State state{};
  std::array<std::uint8_t, kRate> block;
  std::size_t held = 0;
  for (ByteView part : parts) {
    while (!part.empty()) {
      const std::size_t n = std::min(kRate - held, part.size());
      std::memcpy(block.data() + held, part.data(), n);
      held += n;
      part = part.subspan(n);
      if (held < kRate) break;
      absorb(state, block.data());
      held = 0;
    }
  }
  std::memset(block.data() + held, 0, kRate - held);
  block[held] ^= kPad;
  block[kRate - 1] ^= 0x80;
  absorb(state, block.data());
  Hash256 out;
  for (std::size_t i = 0; i < 4; ++i) store_le(out.bytes.data() + 8 * i, state[i]);
  return out;
}

}  // namespace cess
