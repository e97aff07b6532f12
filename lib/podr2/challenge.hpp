// SPDX-License-Identifier: Apache-2.0
// The audit challenge: which blocks of a miner's service index are asked for, and with which
// weights. Everything follows from one seed, so a challenge is a few numbers however many blocks:
//
//   seed = H("CESS-PODR2-CHAL-v1" ‖ LE32 len ‖ chain_id ‖ LE32 epoch ‖ R_e ‖ miner_id ‖
//            svc_root ‖ LE64 N ‖ LE32 c)
//   d_k  = H(seed ‖ 0x00 ‖ LE32 k)          k = 0..c-1
//   t_k  = LE128(d_k[0..16]) mod N          block number in the index; bias below 2^-80, N < 2^48
//   nu_k = LE128(d_k[16..32]), 0 replaced by 1
//   z    = SHA-512(seed ‖ 0x01) as a little-endian integer mod r
//
// Repeats are allowed. The beacon R_e must have been unknown when (svc_root, N) was fixed: nothing
// here can see that.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/sha512.hpp"

namespace cess {

/// How the answer is written. The seed does not depend on it.
enum class ProofSuite : std::uint8_t {
  kzg = 1,  ///< "1": 128 bytes per tagger key
  kzg_full =
      2,  ///< "1u": the same tags, all s coefficients sent; sound without the algebraic group model
  merkle = 3,  ///< "2": one 4 KiB leaf and its path per asked block; no tags, no secrets
};
std::string_view suite_name(ProofSuite suite);
/// "1", "1u", "2"; Code::input otherwise.
Result<ProofSuite> parse_suite(std::string_view name);

constexpr std::size_t kChainIdSizeMax = 64;
constexpr std::uint64_t kIndexBlocksMax = std::uint64_t{1} << 48U;
constexpr std::uint32_t kChallengeCountMax = 65536;
/// Suite 2 answers weigh 4.5 KiB a block, so they stop earlier.
constexpr std::uint32_t kMerkleCountMax = 8192;

struct Challenge {
  std::string chain_id = "local";
  std::uint32_t epoch = 0;
  Hash256 beacon;  ///< R_e
  MinerId miner;
  Hash256 svc_root;             ///< root of the service index (merkle/sum_tree.hpp)
  std::uint64_t blocks = 0;     ///< N, blocks in the index
  std::uint64_t fragments = 0;  ///< leaves of the index; shapes its paths, not part of the seed
  std::uint32_t count = 0;      ///< c, blocks asked for, repeats included
  ProofSuite suite = ProofSuite::kzg;
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// Limits: chain_id 1..64 printable ASCII, 1 <= fragments <= blocks <= 2^48, 1 <= count <= the
/// suite's most. Code::input naming the field.
Status check_challenge(const Challenge& c);

/// The seed; `c` has passed check_challenge.
Hash256 challenge_seed(const Challenge& c);

/// One asked block.
struct Draw {
  std::uint64_t block = 0;                ///< t_k
  std::array<std::uint8_t, 16> weight{};  ///< nu_k, little-endian, never zero
  std::uint32_t leaf_pick = 0;  ///< LE32(d_k[16..20]): suite 2 takes it modulo the block's leaves
};
Draw draw(const Hash256& seed, std::uint32_t k, std::uint64_t blocks);
/// All draws of a challenge in order of k.
std::vector<Draw> draw_all(const Challenge& c);

/// SHA-512(seed ‖ 0x01), to be reduced mod r.
Hash512 evaluation_point_wide(const Hash256& seed);

}  // namespace cess
