// SPDX-License-Identifier: Apache-2.0
// What everything in the simulator stands on: its time, its chance, its trace. All integers, so
// that a seed means the same on every machine. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace cess::sim {

/// Microseconds since the world began.
using SimTime = std::uint64_t;
constexpr SimTime kMs = 1000;
constexpr SimTime kSecond = 1000 * kMs;

/// A process of the simulated network, 0, 1, …; also the PeerId of its links.
using NodeId = std::uint32_t;

/// One stream of chance (xoshiro256**, Blackman and Vigna 2018). Each subsystem draws from its own,
/// so that a fault switched off does not move the others.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  /// The stream of one subsystem of one seed.
  static Random stream(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

  std::uint64_t next();
  /// 0 .. bound-1, as good as even; 0 for bound 0.
  std::uint64_t below(std::uint64_t bound);
  /// low .. high, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  bool chance(std::uint64_t of_thousand) { return below(1000) < of_thousand; }
  template <class T>
  void shuffle(std::vector<T>& v) {
    for (std::size_t i = v.size(); i > 1; --i) std::swap(v[i - 1], v[below(i)]);
  }

 private:
  std::uint64_t s_[4];
};

/// Hash over everything that happened, in order. Not cryptography: it tells two runs apart.
class Trace {
 public:
  void add(std::uint64_t v) {
    a_ = (a_ ^ v) * 0x9e3779b97f4a7c15U;
    a_ ^= a_ >> 29U;
    b_ = ((b_ << 23U) | (b_ >> 41U)) + a_;
    ++count_;
  }
  void add(ByteView bytes);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::string hex() const;

 private:
  std::uint64_t a_ = 1, b_ = 2, count_ = 0;
};

/// A 64-bit mixing hash of bytes, for look-ups and for the fast crypto of this folder. Anybody can
/// make collisions who tries; nobody in here tries.
std::uint64_t mix(ByteView bytes, std::uint64_t seed);

}  // namespace cess::sim
