// SPDX-License-Identifier: Apache-2.0
#include "pois/graph.hpp"

#include <cstring>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"

namespace cess::pois {
namespace {

constexpr unsigned kBlocksPerNode = 3;
constexpr std::size_t kNodeDraw = 16 * kBlocksPerNode;
static_assert(kNodeDraw == Graph::drg_draw_bytes(1));

std::array<std::uint8_t, 16> drg_key() {
  const Hash256 hash = sha256(as_bytes("CESS-POIS-DRG-v1"));
  std::array<std::uint8_t, 16> key;
  std::memcpy(key.data(), hash.bytes.data(), key.size());
  return key;
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

void Graph::draw_drg(MutByteView draws, std::uint32_t first) const {
  const std::size_t count = draws.size() / kNodeDraw;
  CESS_CHECK(draws.size() % kNodeDraw == 0 && first + count <= params_.nodes());
  for (std::size_t i = 0; i < count; ++i) {
    for (unsigned c = 0; c < kBlocksPerNode; ++c) {
      std::uint8_t* block = draws.data() + i * kNodeDraw + std::size_t{16} * c;
      store_le(block, std::uint64_t{first} + i);
      store_le(block + 8, std::uint64_t{c});
    }
  }
  random_.encrypt(draws);
}

DrgParents Graph::drg_parents(std::uint32_t v, const std::uint8_t* draw) {
  DrgParents out{};
  if (v < 2) return out;
  out[0] = v - 1;
  for (unsigned j = 1; j < kDrgDegree; ++j) out[j] = drg_parent(v, j, draw);
  return out;
}

void Graph::drg_parents(std::span<DrgParents> out, std::uint32_t first) {
  CESS_CHECK(out.size() <= kRunMax);
  const MutByteView draws = MutByteView(draws_).first(drg_draw_bytes(out.size()));
  draw_drg(draws, first);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = drg_parents(static_cast<std::uint32_t>(first + i), draws.data() + i * kNodeDraw);
  }
}

ExpanderParents Graph::expander_parents(std::uint32_t v) const {
  ExpanderParents out;
  for (unsigned i = 0; i < kExpanderDegree; ++i) out[i] = expander_parent(v, i);
  return out;
}

}  // namespace cess::pois
