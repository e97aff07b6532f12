// SPDX-License-Identifier: Apache-2.0
// What a filler is: a file of idle space whose bytes are slow to make and quick to check. Its size,
// its name, and the numbers that every filler shares.
//
//   fid = H("CESS-POIS-FILE-v1" ‖ LE32 len ‖ chain_id ‖ miner_id ‖ LE64 file_no ‖ params)
//   params = u8 log2 n ‖ u8 layers ‖ u8 degree of the depth-robust part ‖ u8 degree of the expander
#pragma once

#include <cstdint>
#include <string>

#include "base/codec.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess::pois {

constexpr unsigned kLayers = 8;
constexpr unsigned kDrgDegree = 6;
constexpr unsigned kExpanderDegree = 8;
constexpr unsigned kDegree = kDrgDegree + kExpanderDegree;
constexpr std::size_t kLabelSize = 32;
/// log2 of the number of labels is odd, so that the expander's permutation has two equal halves.
constexpr unsigned kLog2NodesMin = 9;
constexpr unsigned kLog2NodesMax = 25;
constexpr std::size_t kPoisChainIdMax = 64;

/// The size of fillers; one for a whole network.
struct Params {
  unsigned log2_nodes = kLog2NodesMax;
  [[nodiscard]] constexpr std::uint32_t nodes() const { return std::uint32_t{1} << log2_nodes; }
  [[nodiscard]] constexpr std::uint64_t file_bytes() const {
    return std::uint64_t{nodes()} * kLabelSize;
  }
  friend bool operator==(const Params&, const Params&) = default;
};
/// Code::input unless log2_nodes is odd and 9 to 25.
Status check_params(const Params& params);

/// u8 log2 n ‖ u8 layers ‖ u8 degree of the depth-robust part ‖ u8 degree of the expander.
void write_params(Writer& w, const Params& params);

using FillerId = Id<struct FillerIdTag>;  ///< fid: names one filler of one miner on one chain

/// Whose fillers: together with a number this names a filler.
struct Owner {
  std::string chain_id = "local";  ///< 1 to 64 printable ASCII
  MinerId miner;
  Params params;
  friend bool operator==(const Owner&, const Owner&) = default;
};
/// Code::input naming the field.
Status check_owner(const Owner& owner);
FillerId filler_id(const Owner& owner, std::uint64_t file_no);

}  // namespace cess::pois
