// SPDX-License-Identifier: Apache-2.0
// Verifying proofs of suites 1 and 1u. With A = Σν_k h_k + y·g1 − z·ψ a proof is right when
//   e(σ, g2) = e(A, v)·e(ψ, w).
// Many proofs under T tagger keys are checked with 2T+1 Miller loops by random 128-bit ρ_p
// (small-exponent test); if that fails, halving names the wrong ones. Public data only: variable
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "podr2/keys.hpp"
#include "podr2/prove.hpp"

namespace cess {

enum class Verdict : std::uint8_t {
  right,
  point,   ///< σ or ψ is not a canonical compressed point of G1
  scalar,  ///< y (or a μ) is not below r
  size,    ///< not 128 bytes (1u: more than kSectors coefficients), or no challenged block
  wrong,   ///< well formed, and not a proof of what was challenged
};
/// "right", "point", "scalar", "size", "wrong".
std::string_view verdict_name(Verdict v);

/// A tagger's public key made ready for pairings (about 40 kB). Make one per tagger and keep it.
class TaggerLines {
 public:
  explicit TaggerLines(const TaggerHead& head);
  [[nodiscard]] const TaggerId& id() const { return id_; }
  [[nodiscard]] const bls::G2Lines& v() const { return v_; }
  [[nodiscard]] const bls::G2Lines& w() const { return w_; }

 private:
  TaggerId id_;
  bls::G2Lines v_;
  bls::G2Lines w_;
};

/// One challenged block: which, and its coefficient.
struct ChallengedBlock {
  FragId frag;
  std::uint32_t block = 0;
  Nu nu{};
};

/// A proof with what it must prove. Borrowed parts must outlive the calls below.
struct ProofClaim {
  const TaggerLines* tagger = nullptr;
  std::span<const ChallengedBlock> blocks;
  bls::Scalar z;
  ByteView proof;
};

/// A claim after its expensive, independent part (hashing to the curve): callers may prepare claims
/// on several threads.
struct PreparedClaim {
  const TaggerLines* tagger = nullptr;
  Verdict verdict = Verdict::right;  ///< already known to be bad, if not `right`
  bls::G1 sigma;
  bls::G1 psi;
  bls::G1 a;  ///< A
};

PreparedClaim prepare_claim(const ProofClaim& claim);
/// Judges all claims in one batch; `seed` fresh and unknown to the provers. out[i] is claim i's
/// verdict. The verdicts are those of verify_proof but with probability < 2^-120.
std::vector<Verdict> judge_claims(std::span<const PreparedClaim> claims, const CheckSeed& seed);
/// prepare_claim for each, then judge_claims.
std::vector<Verdict> verify_batch(std::span<const ProofClaim> claims, const CheckSeed& seed);
/// One claim by itself, deterministic.
Verdict verify_proof(const ProofClaim& claim);

/// Suite 1u: e(σ, g2) = e(Σν_k h_k + Σμ_j P_j, v). `key` must have passed check_key().
Verdict verify_uncompressed(const TaggerPublic& key, std::span<const ChallengedBlock> blocks,
                            const ProofUncompressed& proof);

}  // namespace cess
