// SPDX-License-Identifier: Apache-2.0
#include "pois/graph.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"

namespace cess::pois {
namespace {

constexpr unsigned kRounds = 4;
constexpr unsigned kBlocksPerNode = 3;
constexpr std::size_t kNodeDraw = 16 * kBlocksPerNode;
constexpr std::uint64_t kLow48 = (std::uint64_t{1} << 48U) - 1;

std::array<std::uint8_t, 16> drg_key() {
  const Hash256 hash = sha256(as_bytes("CESS-POIS-DRG-v1"));
  std::array<std::uint8_t, 16> key;
  std::memcpy(key.data(), hash.bytes.data(), key.size());
  return key;
}

// floor(x * range / 2^48) for x < 2^48 and range < 2^31, without a 128-bit product.
std::uint64_t scale48(std::uint64_t x, std::uint64_t range) {
  return ((x >> 16U) * range + (((x & 0xffffU) * range) >> 16U)) >> 32U;
}

// One parent of v >= 2 from 8 random bytes: the bucket by the upper 16 bits, the distance by the
// other 48, both by multiplication.
std::uint32_t sample_parent(std::uint32_t v, std::uint64_t random) {
  const std::uint64_t u = std::uint64_t{5} * v;
  const auto buckets = static_cast<std::uint64_t>(std::bit_width(u - 1));  // ceil(log2 u)
  const std::uint64_t g = 1 + (((random >> 48U) * buckets) >> 16U);
  const std::uint64_t least = std::max<std::uint64_t>(2, std::uint64_t{1} << (g - 1));
  const std::uint64_t most = std::min(std::uint64_t{1} << g, u);
  const std::uint64_t distance = least + scale48(random & kLow48, most - least + 1);
  // A distance of 2 and more never gives v itself, the case that the paper replaces by v - 1.
  return static_cast<std::uint32_t>((u - distance) / 5);
}

}  // namespace

Graph::Graph(const Params& params)
    : params_(params),
      half_bits_((params.log2_nodes + 3) / 2),
      random_(drg_key()),
      draws_(kRunMax * kNodeDraw) {
  CESS_CHECK(check_params(params).has_value());
  const std::size_t entries = std::size_t{1} << half_bits_;
  const auto mask = static_cast<std::uint16_t>(entries - 1);
  tables_.resize(kRounds * entries);
  for (unsigned round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < entries; i += 16) {
      Writer w;
      w.raw("CESS-POIS-EXP-v1").le(static_cast<std::uint8_t>(round));
      const Hash256 hash = sha256(w.le(static_cast<std::uint32_t>(i / 16)).bytes());
      for (std::size_t j = 0; j < 16; ++j) {
        const auto entry = load_le<std::uint16_t>(hash.bytes.data() + 2 * j);
        tables_[round * entries + i + j] = entry & mask;
      }
    }
  }
}

void Graph::drg_parents(std::span<DrgParents> out, std::uint32_t first) {
  CESS_CHECK(out.size() <= kRunMax && first + out.size() <= params_.nodes());
  const MutByteView draws = MutByteView(draws_).first(out.size() * kNodeDraw);
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (unsigned c = 0; c < kBlocksPerNode; ++c) {
      std::uint8_t* block = draws.data() + i * kNodeDraw + std::size_t{16} * c;
      store_le(block, std::uint64_t{first} + i);
      store_le(block + 8, std::uint64_t{c});
    }
  }
  random_.encrypt(draws);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto v = static_cast<std::uint32_t>(first + i);
    if (v < 2) {
      out[i] = {};
      continue;
    }
    out[i][0] = v - 1;
    for (unsigned j = 1; j < kDrgDegree; ++j) {
      const std::uint8_t* at = draws.data() + i * kNodeDraw + std::size_t{8} * (j - 1);
      out[i][j] = sample_parent(v, load_le<std::uint64_t>(at));
    }
  }
}

std::uint32_t Graph::permute(std::uint32_t x) const {
  const std::size_t entries = std::size_t{1} << half_bits_;
  std::uint32_t left = x >> half_bits_;
  std::uint32_t right = x & static_cast<std::uint32_t>(entries - 1);
  const std::uint16_t* table = tables_.data();
  for (unsigned round = 0; round < kRounds; ++round, table += entries) {
    const std::uint32_t next = left ^ table[right];
    left = right;
    right = next;
  }
  return (left << half_bits_) | right;
}

ExpanderParents Graph::expander_parents(std::uint32_t v) const {
  ExpanderParents out;
  for (unsigned i = 0; i < kExpanderDegree; ++i) {
    out[i] = permute(v * kExpanderDegree + i) / kExpanderDegree;
  }
  return out;
}

}  // namespace cess::pois
