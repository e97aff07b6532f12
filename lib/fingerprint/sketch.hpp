// SPDX-License-Identifier: Apache-2.0
// Sketches of a set of 64-bit feature hashes, whatever the features are: word shingles of a text,
// chunks of a file, landmarks of a sound. Three views of one set:
//   Sketch    its smallest hashes (bottom-k; Cohen 1997, Broder 1997): resemblance and containment,
//   also of a small
//             set in a large one, because k grows with the set
//   MinHash   256 bits, one per bin (b-bit minwise hashing, Li and König 2010; one permutation, Li,
//   Owen and
//             Zhang 2012; empty bins filled as Shrivastava 2017): the expected Hamming distance is
//             128 · (1 − J)
//   SimHash   256 bits by weighted vote (Charikar 2002): the expected distance is 256 · angle / π
// A feature hash must be well mixed (mix64). Its two lowest bits are its weight less one: 1 to 4
// votes in a SimHash. Pure; integers only. The result does not depend on the order in which
// features are added.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

struct Sketch {
  static constexpr std::size_t kSizeMin = 256;   ///< elements, or all if the set has fewer
  static constexpr std::size_t kSizeMax = 8192;  ///< elements
  std::vector<std::uint64_t> smallest;           ///< ascending, distinct
  bool complete = true;                          ///< the whole set is in `smallest`

  friend bool operator==(const Sketch&, const Sketch&) = default;
};

/// What two sketches say of their sets. The counts are of elements below the bound to which both
/// sketches know everything, so each ratio is an unbiased sample.
struct Overlap {
  std::uint32_t common = 0;
  std::uint32_t in_a = 0;
  std::uint32_t in_b = 0;
  /// Share of the union that is common, in 1/10000.
  [[nodiscard]] std::uint32_t resemblance() const;
  /// Share of the smaller side that is in the other, in 1/10000.
  [[nodiscard]] std::uint32_t containment() const;
};
Overlap overlap(const Sketch& a, const Sketch& b);

/// Collects features; constant memory. Not for use by two threads at once.
class SketchBuilder {
 public:
  SketchBuilder();
  void add(std::uint64_t feature) {
    ++added_;
    std::uint64_t& least = bins_[feature >> 56U];
    const std::uint64_t order =
        feature * 0xd6e8feb86659fd93U;  // another order than the sketch's, else bin 0 is all
    if (order < least) least = order;
    if (feature < bound_) keep(feature);
  }
  /// Features added, repeats counted.
  [[nodiscard]] std::uint64_t added() const { return added_; }
  /// The smallest max(kSizeMin, added / 32) hashes, at most kSizeMax.
  [[nodiscard]] Sketch sketch() const;
  [[nodiscard]] Bits256 minhash() const;

 private:
  void keep(std::uint64_t feature);
  void shrink();

  std::uint64_t added_ = 0;
  std::uint64_t bound_ = ~std::uint64_t{0};
  bool dropped_ = false;
  std::array<std::uint64_t, 256> bins_{};
  std::vector<std::uint64_t> kept_;
};

/// SimHash over the sketch's elements, a fair sample of the distinct features. An empty sketch
/// gives zero.
Bits256 sketch_simhash(const Sketch& sketch);
/// The same with 64 bits: the certificate id of what the sketch is of.
std::uint64_t sketch_certificate(const Sketch& sketch);

/// The elements as differences in LEB128, behind one byte: 1 if complete.
Bytes encode_sketch(const Sketch& sketch);
/// Refuses what encode_sketch does not write. Code::input.
Result<Sketch> parse_sketch(ByteView in);

}  // namespace cess::fp
