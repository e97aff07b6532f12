// SPDX-License-Identifier: Apache-2.0
#include "crypto/shamir.hpp"

#include <set>

namespace cess {
namespace {

constexpr std::uint8_t kSecretX = 255;

/// a * b. No branch and no table: one of the factors may be secret.
std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0U - ((static_cast<unsigned>(b) >> bit) & 1U));
    const unsigned carry = 0U - (shifted >> 7U);
    shifted = ((shifted << 1U) & 0xffU) ^ (carry & 0x1bU);
  }
  return static_cast<std::uint8_t>(product);
}

/// a^254 = 1/a; 0 for 0.
std::uint8_t inverse(std::uint8_t a) {
  std::uint8_t power = a;
  std::uint8_t out = 1;
  for (unsigned bit = 1; bit < 8; ++bit) {
    power = multiply(power, power);
    out = multiply(out, power);
  }
  return out;
}

Status check(std::span<const ShamirShare> shares) {
  if (shares.empty() || shares.size() > kShamirSharesMax + 1) {
    return fail(Code::input, "cannot combine " + std::to_string(shares.size()) + " shares");
  }
  std::set<std::uint8_t> seen;
  for (const ShamirShare& s : shares) {
    if (!seen.insert(s.x).second) {
      return fail(Code::input, "cannot combine shares: two have index " + std::to_string(s.x));
    }
  }
  return {};
}

}  // namespace

Result<Key256> shamir_at(std::span<const ShamirShare> shares, std::uint8_t x) {
  CESS_TRY(check(shares));
  Key256 out;
  for (const ShamirShare& s : shares) {
    std::uint8_t weight = 1;  // Lagrange's basis polynomial of this share at x; public
    for (const ShamirShare& other : shares) {
      if (other.x == s.x) continue;
      weight = multiply(weight, multiply(static_cast<std::uint8_t>(x ^ other.x),
                                         inverse(static_cast<std::uint8_t>(s.x ^ other.x))));
    }
    const ByteView value = s.value.view();
    for (std::size_t i = 0; i < value.size(); ++i) out.mut()[i] ^= multiply(value[i], weight);
  }
  return out;
}

Result<Key256> shamir_combine(std::span<const ShamirShare> shares) {
  for (const ShamirShare& s : shares) {
    if (s.x == kSecretX) return fail(Code::input, "cannot combine shares: index 255");
  }
  return shamir_at(shares, kSecretX);
}

Result<std::vector<ShamirShare>> shamir_split(const Key256& secret, unsigned threshold,
                                              unsigned count, ByteView random) {
  if (threshold < 1 || threshold > count || count > kShamirSharesMax) {
    return fail(Code::input, "cannot split a secret " + std::to_string(threshold) + " of " +
                                 std::to_string(count));
  }
  if (random.size() != std::size_t{threshold - 1} * Key256::kSize) {
    return fail(Code::input, "cannot split a secret: wrong amount of random bytes");
  }
  // The polynomials are fixed by the secret and threshold - 1 random shares (SLIP-0039).
  std::vector<ShamirShare> base;
  base.push_back({kSecretX, secret.clone()});
  for (unsigned i = 0; i + 1 < threshold; ++i) {
    base.push_back({static_cast<std::uint8_t>(i),
                    Key256(random.subspan(std::size_t{i} * Key256::kSize, Key256::kSize))});
  }
  std::vector<ShamirShare> out;
  for (unsigned i = 0; i < count; ++i) {
    const auto x = static_cast<std::uint8_t>(i);
    CESS_TRY_ASSIGN(Key256 value, shamir_at(base, x));
    out.push_back({x, std::move(value)});
  }
  return out;
}

}  // namespace cess
