// SPDX-License-Identifier: Apache-2.0
#include "podr2/verify.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "podr2/detail/exponents.hpp"

namespace cess {

std::string_view verdict_name(Verdict v) {
  switch (v) {
    case Verdict::right:
      return "right";
    case Verdict::point:
      return "point";
    case Verdict::scalar:
      return "scalar";
    case Verdict::size:
      return "size";
    case Verdict::wrong:
      return "wrong";
  }
  CESS_CHECK(false);
}

TaggerLines::TaggerLines(const TaggerHead& head) : id_(head.id), v_(head.v), w_(head.w) {}

namespace {

/// Σ ν_k·hash(name_k). The cofactor is cleared once, after the sum.
bls::G1 sum_of_hashes(std::span<const ChallengedBlock> blocks) {
  Bytes names;
  names.reserve(blocks.size() * detail::kTagNameSize);
  std::vector<Nu> nus;
  nus.reserve(blocks.size());
  for (const ChallengedBlock& b : blocks) {
    append(names, detail::tag_name(b.frag, b.block));
    nus.push_back(b.nu);
  }
  const auto points = bls::hash_many_uncleared(detail::kTagDst, names, detail::kTagNameSize);
  return bls::clear_cofactor(bls::msm_vartime(bls::to_affine(points), nus));
}

/// A set of claims as one equation: Σρσ, and per tagger Σρa and Σρψ.
class Judge {
 public:
  Judge(std::span<const PreparedClaim> claims, const CheckSeed& seed) : claims_(claims) {
    rho_.resize(claims.size());
    for (std::size_t i = 0; i < claims.size(); ++i) rho_[i] = detail::exponent(seed, i);
  }

  /// Marks the wrong ones among `some`; `known_bad`: their product is known not to be one.
  void settle(std::span<const std::size_t> some, bool known_bad, std::vector<Verdict>& out) const {
    if (some.empty()) return;
    if (some.size() == 1) {
      if (known_bad || !holds(some)) out[some[0]] = Verdict::wrong;
      return;
    }
    if (!known_bad && holds(some)) return;
    const auto left = some.first(some.size() / 2);
    const auto right = some.subspan(some.size() / 2);
    const bool left_holds = holds(left);
    if (!left_holds) settle(left, true, out);
    // A failing whole with a sound left half has its fault on the right.
    settle(right, left_holds, out);
  }

 private:
  /// Whether the batch equation over `some` holds. One claim alone needs no exponent.
  [[nodiscard]] bool holds(std::span<const std::size_t> some) const {
    const bool weighted = some.size() > 1;
    std::vector<bls::PairingTerm> terms;
    terms.push_back(
        {sum(some, &PreparedClaim::sigma, weighted).negate(), &bls::G2Lines::generator()});
    // Taggers in the order of first use; `some` is sorted by tagger.
    for (std::size_t i = 0; i < some.size();) {
      const TaggerLines* tagger = claims_[some[i]].tagger;
      std::size_t end = i;
      while (end < some.size() && claims_[some[end]].tagger == tagger) ++end;
      const auto group = some.subspan(i, end - i);
      terms.push_back({sum(group, &PreparedClaim::a, weighted), &tagger->v()});
      terms.push_back({sum(group, &PreparedClaim::psi, weighted), &tagger->w()});
      i = end;
    }
    return bls::pairing_product_is_one(terms);
  }

  [[nodiscard]] bls::G1 sum(std::span<const std::size_t> some, bls::G1 PreparedClaim::*part,
                            bool weighted) const {
    if (!weighted) return claims_[some[0]].*part;
    std::vector<bls::G1> points;
    std::vector<bls::Exponent128> weights;
    for (const std::size_t i : some) {
      points.push_back(claims_[i].*part);
      weights.push_back(rho_[i]);
    }
    return bls::msm_vartime(bls::to_affine(points), weights);
  }

  std::span<const PreparedClaim> claims_;
  std::vector<bls::Exponent128> rho_;
};

}  // namespace

PreparedClaim prepare_claim(const ProofClaim& claim) {
  CESS_CHECK(claim.tagger != nullptr);
  PreparedClaim p;
  p.tagger = claim.tagger;
  const auto bad = [&p](Verdict v) {
    p.verdict = v;
    return p;
  };
  if (claim.proof.size() != kProofSize || claim.blocks.empty()) return bad(Verdict::size);
  const auto y = bls::Scalar::parse(claim.proof.subspan(96, 32));
  if (!y) return bad(Verdict::scalar);
  const auto sigma = bls::G1::parse(claim.proof.first(48));
  const auto psi = bls::G1::parse(claim.proof.subspan(48, 48));
  if (!sigma || !psi) return bad(Verdict::point);
  p.sigma = *sigma;
  p.psi = *psi;
  p.a = sum_of_hashes(claim.blocks) + bls::G1::generator().mul_vartime(*y) -
        psi->mul_vartime(claim.z);
  return p;
}

std::vector<Verdict> judge_claims(std::span<const PreparedClaim> claims, const CheckSeed& seed) {
  std::vector<Verdict> out(claims.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    out[i] = claims[i].verdict;
    if (out[i] == Verdict::right) open.push_back(i);
  }
  // Claims of one tagger side by side; the id, not the address, decides the order.
  std::stable_sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
    return claims[a].tagger->id() < claims[b].tagger->id();
  });
  Judge(claims, seed).settle(open, false, out);
  return out;
}

std::vector<Verdict> verify_batch(std::span<const ProofClaim> claims, const CheckSeed& seed) {
  std::vector<PreparedClaim> prepared;
  prepared.reserve(claims.size());
  for (const ProofClaim& c : claims) prepared.push_back(prepare_claim(c));
  return judge_claims(prepared, seed);
}

Verdict verify_proof(const ProofClaim& claim) {
  const PreparedClaim prepared[] = {prepare_claim(claim)};
  return judge_claims(prepared, CheckSeed{})[0];
}

Verdict verify_uncompressed(const TaggerPublic& key, std::span<const ChallengedBlock> blocks,
                            const ProofUncompressed& proof) {
  if (blocks.empty() || proof.mu.size() > key.powers.size()) return Verdict::size;
  std::vector<bls::Scalar> mu;
  mu.reserve(proof.mu.size());
  for (const auto& bytes : proof.mu) {
    const auto m = bls::Scalar::parse(bytes);
    if (!m) return Verdict::scalar;
    mu.push_back(*m);
  }
  const auto sigma = bls::G1::parse(proof.sigma);
  if (!sigma) return Verdict::point;
  const bls::G1 a =
      sum_of_hashes(blocks) + bls::msm_vartime(std::span(key.powers).first(mu.size()), mu);
  const bls::G2Lines v(key.head.v);
  const bls::PairingTerm terms[] = {{sigma->negate(), &bls::G2Lines::generator()}, {a, &v}};
  return bls::pairing_product_is_one(terms) ? Verdict::right : Verdict::wrong;
}

}  // namespace cess
