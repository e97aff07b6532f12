// SPDX-License-Identifier: Apache-2.0
#include "pois/params.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess::pois {

Status check_params(const Params& params) {
  const unsigned k = params.log2_nodes;
  if (k >= kLog2NodesMin && k <= kLog2NodesMax && k % 2 == 1) return {};
  return fail(Code::input, "size of a filler 2^" + std::to_string(k) +
                               " labels is not an odd power from 2^9 to 2^25");
}

Status check_owner(const Owner& owner) {
  const auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
  if (owner.chain_id.empty() || owner.chain_id.size() > kPoisChainIdMax ||
      !std::all_of(owner.chain_id.begin(), owner.chain_id.end(), printable)) {
    return fail(Code::input, "chain id is not 1 to 64 printable characters");
  }
  return check_params(owner.params);
}

void write_params(Writer& w, const Params& params) {
  w.le(static_cast<std::uint8_t>(params.log2_nodes));
  w.le(static_cast<std::uint8_t>(kLayers));
  w.le(static_cast<std::uint8_t>(kDrgDegree));
  w.le(static_cast<std::uint8_t>(kExpanderDegree));
}

FillerId filler_id(const Owner& owner, std::uint64_t file_no) {
  Writer w;
  w.raw("CESS-POIS-FILE-v1").sized(as_bytes(owner.chain_id)).id(owner.miner).le(file_no);
  write_params(w, owner.params);
  return FillerId::from(sha256(w.bytes()).view());
}

}  // namespace cess::pois
