// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/base.hpp"

#include "base/endian.hpp"
#include "economy/amount.hpp"

namespace cess::sim {
namespace {

std::uint64_t splitmix(std::uint64_t& x) {
  x += 0x9e3779b97f4a7c15U;
  std::uint64_t z = x;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

std::uint64_t rotl(std::uint64_t x, unsigned k) { return (x << k) | (x >> (64U - k)); }

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const Amount product = Amount{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

Random::Random(std::uint64_t seed) : s_{} {
  for (auto& s : s_) s = splitmix(seed);
}

Random Random::stream(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  return Random(mix(as_bytes(name), seed) ^ (index * 0xd6e8feb86659fd93U));
}

std::uint64_t Random::next() {
  const std::uint64_t result = rotl(s_[1] * 5, 7) * 9;
  const std::uint64_t t = s_[1] << 17U;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= t;
  s_[3] = rotl(s_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>((Amount{next()} * bound) >> 64U);
}

void Trace::add(ByteView bytes) { add(mix(bytes, bytes.size())); }

std::string Trace::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint64_t v : {a_, b_}) {
    for (int i = 60; i >= 0; i -= 4) out += kDigits[(v >> i) & 15U];
  }
  return out;
}

std::uint64_t mix(ByteView bytes, std::uint64_t seed) {
  std::uint64_t h = seed ^ 0x2d358dccaa6c78a5U;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    h = fold(h ^ load_le<std::uint64_t>(bytes.data() + i), 0x8bb84b93962eacc9U);
  }
  std::uint64_t tail = 0;
  for (unsigned shift = 0; i < bytes.size(); ++i, shift += 8) {
    tail |= std::uint64_t{bytes[i]} << shift;
  }
  h = fold(h ^ tail, 0x4b33a62ed433d4a3U);
  return fold(h ^ bytes.size(), 0x9e3779b97f4a7c15U);
}

}  // namespace cess::sim
