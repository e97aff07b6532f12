// SPDX-License-Identifier: Apache-2.0
#include "podr2/prove.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "podr2/detail/sector_sum.hpp"

namespace cess {

struct ProofBuilder::Impl {
  detail::CoefficientSum f{kSectors, detail::best_kernel()};
  // σ is summed a batch of tags at a time.
  static constexpr std::size_t kBatch = 1024;
  bls::G1 sigma;
  std::vector<bls::G1> tags;
  std::vector<Nu> nus;
  std::size_t count = 0;

  void fold() {
    sigma = sum();
    tags.clear();
    nus.clear();
  }
  [[nodiscard]] bls::G1 sum() const { return sigma + bls::msm_vartime(bls::to_affine(tags), nus); }
};

ProofBuilder::ProofBuilder() : impl_(std::make_unique<Impl>()) {}
ProofBuilder::ProofBuilder(ProofBuilder&&) noexcept = default;
ProofBuilder& ProofBuilder::operator=(ProofBuilder&&) noexcept = default;
ProofBuilder::~ProofBuilder() = default;

std::size_t ProofBuilder::count() const { return impl_->count; }

Status ProofBuilder::add(const Nu& nu, ByteView block, ByteView tag) {
  CESS_CHECK(!block.empty() && block.size() <= kBlockSize);
  const auto sigma = bls::G1::parse(tag);
  if (!sigma) return fail(Code::no, "tag is not a compressed point of G1");
  impl_->f.add(nu, block);
  impl_->tags.push_back(*sigma);
  impl_->nus.push_back(nu);
  ++impl_->count;
  if (impl_->tags.size() == Impl::kBatch) impl_->fold();
  return {};
}

Proof ProofBuilder::finish(const bls::Scalar& z, const TaggerPublic& key) const {
  const std::vector<bls::Scalar> f = impl_->f.coefficients();
  CESS_CHECK(key.powers.size() + 1 >= f.size());
  // Synthetic division by X − z: q_{j−1} = f_j + z·q_j from the top down, and at the end y = f_0 +
  // z·q_0.
  std::vector<bls::Scalar> q(f.empty() ? 0 : f.size() - 1);
  bls::Scalar carry;
  for (std::size_t j = f.size(); j-- > 0;) {
    carry = f[j] + z * carry;
    if (j > 0) q[j - 1] = carry;
  }
  const bls::G1 psi = bls::msm_vartime(std::span(key.powers).first(q.size()), q);

  Proof proof;
  const auto sigma_bytes = impl_->sum().compress();
  const auto psi_bytes = psi.compress();
  const auto y_bytes = carry.bytes();
  auto at = std::copy(sigma_bytes.begin(), sigma_bytes.end(), proof.begin());
  at = std::copy(psi_bytes.begin(), psi_bytes.end(), at);
  std::copy(y_bytes.begin(), y_bytes.end(), at);
  return proof;
}

ProofUncompressed ProofBuilder::finish_uncompressed() const {
  ProofUncompressed proof;
  proof.sigma = impl_->sum().compress();
  for (const bls::Scalar& mu : impl_->f.coefficients()) proof.mu.push_back(mu.bytes());
  return proof;
}

}  // namespace cess
