// SPDX-License-Identifier: Apache-2.0
#include "sys/random.hpp"

#include <sys/random.h>

#include <cerrno>

#include "base/check.hpp"
#include "base/endian.hpp"

namespace cess {
namespace {

class SystemRandom final : public Random {
 public:
  void fill(MutByteView out) override {
    while (!out.empty()) {
      const ssize_t got = ::getrandom(out.data(), out.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      CESS_CHECK(got > 0);
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }
};

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(std::uint64_t seed) : state_(seed) {}
  void fill(MutByteView out) override {
    while (!out.empty()) {
      std::uint8_t word[8];
      store_le(word, next());
      const std::size_t n = std::min(out.size(), sizeof word);
      std::memcpy(out.data(), word, n);
      out = out.subspan(n);
    }
  }

 private:
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::uint64_t state_;
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::unique_ptr<Random> fake_random(std::uint64_t seed) {
  return std::make_unique<FakeRandom>(seed);
}

}  // namespace cess
