// SPDX-License-Identifier: Apache-2.0
// Constant-time multiplication of a fixed point: k = Σ d_i·2^(6i) with signed digits -32 <= d_i <=
// 32, and a table of d·2^(6i)·P for d = 1..32 per window. Each window reads its whole table through
// masks, so neither branches nor addresses depend on k; the additions are blst's complete ones.
#include <cstring>

#include "base/secret.hpp"
#include "crypto/detail/blst_types.hpp"

namespace cess::bls {

using detail::in;
using detail::out;

namespace {
constexpr unsigned kWindowBits = 6;
constexpr std::size_t kEntries = std::size_t{1} << (kWindowBits - 1U);
constexpr std::size_t kWindows =
    (255 + kWindowBits) / kWindowBits;  // the top digit takes the carry

/// Bits [at, at + kWindowBits + 1) of k, where bit -1 is 0 and bits from 256 on are 0.
std::uint32_t window_of(const std::array<std::uint8_t, 40>& shifted, std::size_t at) {
  std::uint32_t w = 0;
  std::memcpy(&w, shifted.data() + at / 8, sizeof w);
  return (w >> (at % 8)) & ((1U << (kWindowBits + 1U)) - 1U);
}

/// table[digit - 1], or the identity for digit 0, reading all entries.
void pick(G1Affine& r, const G1Affine* table, std::uint32_t digit) {
  std::array<std::uint64_t, 12> acc{};
  for (std::uint32_t e = 0; e < kEntries; ++e) {
    const std::uint64_t differs = (e + 1U) ^ digit;
    const std::uint64_t mask = ((differs - 1U) >> 63U) * ~std::uint64_t{0};
    for (std::size_t l = 0; l < acc.size(); ++l) acc[l] |= table[e].limbs[l] & mask;
  }
  r.limbs = acc;
}
}  // namespace

FixedBase::FixedBase(const G1& base) {
  std::vector<G1> points;
  points.reserve(kWindows * kEntries);
  G1 step = base;
  for (std::size_t w = 0; w < kWindows; ++w) {
    G1 p;
    for (std::size_t e = 0; e < kEntries; ++e) points.push_back(p = p + step);
    step = p + p;  // 32·step doubled: the next window's unit
  }
  table_ = to_affine(points);
}

const FixedBase& FixedBase::generator() {
  static const FixedBase base;
  return base;
}

namespace {
/// Booth's signed digits of k, -32..32, lowest first. Constant time.
std::array<std::int8_t, kWindows> digits_of(const Scalar& k) {
  // k doubled, so that window i begins at bit 6i and its lowest bit is the one below the window.
  auto bytes = k.bytes();
  std::array<std::uint8_t, 40> shifted{};
  std::uint32_t carry = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint32_t v = (std::uint32_t{bytes[i]} << 1U) | carry;
    shifted[i] = static_cast<std::uint8_t>(v);
    carry = v >> 8U;
  }
  shifted[bytes.size()] = static_cast<std::uint8_t>(carry);
  wipe(bytes);
  std::array<std::int8_t, kWindows> digits;
  for (std::size_t i = 0; i < kWindows; ++i) {
    const std::uint32_t w = window_of(shifted, i * kWindowBits);
    // ceil(w / 2), less 64 if the window's top bit is set.
    const std::uint32_t sign = w >> kWindowBits;
    digits[i] = static_cast<std::int8_t>(((w + 1U) >> 1U) - (sign << kWindowBits));
  }
  wipe(shifted);
  return digits;
}

void wipe_digits(std::span<std::int8_t> d) {
  wipe({reinterpret_cast<std::uint8_t*>(d.data()), d.size()});
}
}  // namespace

G1 FixedBase::mul(const Scalar& k) const {
  auto digits = digits_of(k);
  G1 sum;
  G1Affine entry;
  for (std::size_t i = 0; i < kWindows; ++i) {
    const std::uint32_t sign = static_cast<std::uint8_t>(digits[i]) >> 7U;
    const std::uint32_t mask = 0U - sign;
    const auto wide = static_cast<std::uint32_t>(static_cast<std::int32_t>(digits[i]));
    pick(entry, table_.data() + i * kEntries, (wide ^ mask) + sign);
    auto* e = out(entry);
    blst_fp_cneg(&e->y, &e->y, sign != 0);
    blst_p1_add_or_double_affine(out(sum), in(sum), in(entry));
  }
  wipe({reinterpret_cast<std::uint8_t*>(entry.limbs.data()), sizeof entry.limbs});
  wipe_digits(digits);
  return sum;
}

std::vector<G1> FixedBase::mul_many(std::span<const Scalar> scalars) const {
  std::vector<G1> points;
  points.reserve(scalars.size());
  for (const Scalar& k : scalars) points.push_back(mul(k));
  return points;
}

}  // namespace cess::bls
