// SPDX-License-Identifier: Apache-2.0
#include "podr2/challenge.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::string_view kSeedDomain = "CESS-PODR2-CHAL-v1";

/// A 128-bit little-endian integer mod `n`, by the compiler's wide division.
std::uint64_t mod128(const std::uint8_t* le, std::uint64_t n) {
  __extension__ using U128 = unsigned __int128;
  const U128 v = (U128{load_le<std::uint64_t>(le + 8)} << 64U) | load_le<std::uint64_t>(le);
  return static_cast<std::uint64_t>(v % n);
}

Status refuse(std::string_view field, std::string_view why) {
  return fail(Code::input, "challenge: " + std::string(field) + ": " + std::string(why));
}

}  // namespace

std::string_view suite_name(ProofSuite suite) {
  switch (suite) {
    case ProofSuite::kzg:
      return "1";
    case ProofSuite::kzg_full:
      return "1u";
    case ProofSuite::merkle:
      return "2";
  }
  CESS_CHECK(false);
}

Result<ProofSuite> parse_suite(std::string_view name) {
  if (name == "1") return ProofSuite::kzg;
  if (name == "1u") return ProofSuite::kzg_full;
  if (name == "2") return ProofSuite::merkle;
  return fail(Code::input, "unknown audit suite: expected 1, 1u or 2");
}

Status check_challenge(const Challenge& c) {
  const auto printable = [](char ch) { return ch > 0x20 && ch < 0x7f; };
  if (c.chain_id.empty() || c.chain_id.size() > kChainIdSizeMax) {
    return refuse("chain_id", "expected 1 to 64 characters");
  }
  if (!std::all_of(c.chain_id.begin(), c.chain_id.end(), printable)) {
    return refuse("chain_id", "expected printable ASCII without spaces");
  }
  if (c.blocks == 0) return refuse("blocks", "the index is empty, nothing can be asked for");
  if (c.blocks > kIndexBlocksMax) return refuse("blocks", "over the limit of 2^48");
  if (c.fragments == 0 || c.fragments > c.blocks) {
    return refuse("fragments", "expected 1 to the number of blocks");
  }
  const auto count_max = c.suite == ProofSuite::merkle ? kMerkleCountMax : kChallengeCountMax;
  if (c.count == 0 || c.count > count_max) {
    return refuse("count", "expected 1 to " + std::to_string(count_max));
  }
  return {};
}

Hash256 challenge_seed(const Challenge& c) {
  Writer w;
  w.raw(kSeedDomain).sized(as_bytes(c.chain_id)).le(c.epoch).id(c.beacon).id(c.miner);
  w.id(c.svc_root).le(c.blocks).le(c.count);
  return sha256(w.bytes());
}

Draw draw(const Hash256& seed, std::uint32_t k, std::uint64_t blocks) {
  CESS_CHECK(blocks > 0);
  std::array<std::uint8_t, 5> suffix{};
  store_le(suffix.data() + 1, k);
  const Hash256 d = sha256({seed.view(), suffix});
  Draw out;
  out.block = mod128(d.bytes.data(), blocks);
  std::copy(d.bytes.begin() + 16, d.bytes.end(), out.weight.begin());
  out.leaf_pick = load_le<std::uint32_t>(out.weight.data());
  if (std::all_of(out.weight.begin(), out.weight.end(), [](std::uint8_t b) { return b == 0; })) {
    out.weight[0] = 1;
  }
  return out;
}

std::vector<Draw> draw_all(const Challenge& c) {
  const Hash256 seed = challenge_seed(c);
  std::vector<Draw> out;
  out.reserve(c.count);
  for (std::uint32_t k = 0; k < c.count; ++k) out.push_back(draw(seed, k, c.blocks));
  return out;
}

Hash512 evaluation_point_wide(const Hash256& seed) {
  constexpr std::uint8_t kOne[] = {0x01};
  return sha512({seed.view(), kOne});
}

}  // namespace cess
