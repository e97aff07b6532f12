// SPDX-License-Identifier: Apache-2.0
#include "podr2/ingest.hpp"

#include <algorithm>
#include <span>

#include "merkle/tree.hpp"
#include "podr2/detail/exponents.hpp"
#include "podr2/detail/sector_sum.hpp"
#include "podr2/tag.hpp"

namespace cess {

namespace {
/// One fragment's part of the equation. Sums over a group are cheaper than sums of sums, so the
/// terms are kept apart until finish().
struct Part {
  std::uint64_t first_exponent = 0;
  std::vector<bls::G1Affine> sigma;
  std::vector<bls::G1Affine> hash;  ///< before the cofactor is cleared
  std::vector<detail::RawCoefficient> f;
};

tl::unexpected<Error> no_fragment(std::string why) {
  return fail(Code::no, "fragment refused: " + std::move(why));
}
}  // namespace

struct IngestCheck::Impl {
  const TaggerPublic& key;
  bls::G2Lines v;
  CheckSeed seed;
  std::uint64_t next_exponent = 0;
  std::vector<Part> parts;
  detail::CoefficientSum f{kSectors, detail::best_kernel()};

  Impl(const TaggerPublic& k, const CheckSeed& s) : key(k), v(k.head.v), seed(s) {}

  [[nodiscard]] bool holds(std::span<const std::size_t> some) const {
    std::vector<bls::G1Affine> sigma;
    std::vector<bls::G1Affine> hash;
    std::vector<bls::Exponent128> rho;
    std::vector<detail::RawCoefficient> sum;
    for (const std::size_t i : some) {
      const Part& p = parts[i];
      sigma.insert(sigma.end(), p.sigma.begin(), p.sigma.end());
      hash.insert(hash.end(), p.hash.begin(), p.hash.end());
      for (std::size_t k = 0; k < p.sigma.size(); ++k) {
        rho.push_back(detail::exponent(seed, p.first_exponent + k));
      }
      sum.resize(std::max(sum.size(), p.f.size()));
      for (std::size_t j = 0; j < p.f.size(); ++j) detail::add_raw(sum[j], p.f[j]);
    }
    std::vector<bls::Scalar> reduced(sum.size());
    for (std::size_t j = 0; j < sum.size(); ++j) reduced[j] = detail::reduce_raw(sum[j]);
    const auto left = bls::subgroup_sum_vartime(sigma, rho);
    if (!left) return false;
    const bls::G1 right = bls::clear_cofactor(bls::msm_vartime(hash, rho)) +
                          bls::msm_vartime(std::span(key.powers).first(reduced.size()), reduced);
    const bls::PairingTerm terms[] = {{left->negate(), &bls::G2Lines::generator()}, {right, &v}};
    return bls::pairing_product_is_one(terms);
  }

  void settle(std::span<const std::size_t> some, bool known_bad,
              std::vector<std::size_t>& bad) const {
    if (some.empty() || (!known_bad && holds(some))) return;
    if (some.size() == 1) {
      bad.push_back(some[0]);
      return;
    }
    const auto left = some.first(some.size() / 2);
    const bool left_holds = holds(left);
    if (!left_holds) settle(left, true, bad);
    settle(some.subspan(some.size() / 2), left_holds, bad);
  }
};

IngestCheck::IngestCheck(const TaggerPublic& key, const CheckSeed& seed)
    : impl_(std::make_unique<Impl>(key, seed)) {}
IngestCheck::IngestCheck(IngestCheck&&) noexcept = default;
IngestCheck& IngestCheck::operator=(IngestCheck&&) noexcept = default;
IngestCheck::~IngestCheck() = default;

std::size_t IngestCheck::count() const { return impl_->parts.size(); }

Status IngestCheck::add(const TagFile& tags, ByteView data) {
  const Descriptor& d = tags.descriptor;
  if (d.length != data.size() || data.empty())
    return no_fragment("its length is not the descriptor's");
  if (fragment_root(data) != d.root)
    return no_fragment("its bytes do not have the descriptor's root");
  return add_known(tags, data);
}

Status IngestCheck::add_known(const TagFile& tags, const ReadBytes& read) {
  const auto block = std::make_unique_for_overwrite<std::uint8_t[]>(kBlockSize);
  return add_blocks(tags, [&](std::uint64_t offset, std::size_t size) -> Result<ByteView> {
    const MutByteView bytes(block.get(), size);
    CESS_TRY(read(offset, bytes));
    return bytes;
  });
}

Status IngestCheck::add_known(const TagFile& tags, ByteView data) {
  if (tags.descriptor.length != data.size())
    return no_fragment("its length is not the descriptor's");
  return add_blocks(tags, [data](std::uint64_t offset, std::size_t size) -> Result<ByteView> {
    return data.subspan(offset, size);
  });
}

Status IngestCheck::add_blocks(const TagFile& tags, const BlockAt& block_at) {
  const Descriptor& d = tags.descriptor;
  const auto no = no_fragment;
  if (d.suite != AuditSuite::sw_kzg) return no("it has no tags");
  if (d.tagger != impl_->key.head.id) return no("it names another tagger");
  if (d.length == 0) return no("it is empty");
  if (tags.tags.size() != std::size_t{d.blocks()} * kTagSize)
    return no("its tags are not one per block");
  if (!verify_tag_signature(tags, impl_->key.head))
    return no("the descriptor's signature is wrong");

  const FragId name = frag_id(d);
  const auto parsed = bls::parse_many_unchecked_subgroup(tags.tags);
  std::vector<bls::G1> sigmas;
  Bytes names;
  std::vector<bls::Exponent128> rho;
  for (std::uint32_t i = 0; i < d.blocks(); ++i) {
    if (!parsed[i]) return no("tag " + std::to_string(i) + " is not a point of the curve");
    sigmas.push_back(*parsed[i]);
    append(names, detail::tag_name(name, i));
    rho.push_back(detail::exponent(impl_->seed, impl_->next_exponent + i));
  }
  impl_->f.clear();
  for (std::uint32_t i = 0; i < d.blocks(); ++i) {
    const std::uint64_t at = std::uint64_t{i} * kBlockSize;
    CESS_TRY_ASSIGN(const ByteView bytes,
                    block_at(at, std::min<std::uint64_t>(kBlockSize, d.length - at)));
    impl_->f.add(rho[i], bytes);
  }
  const auto points = bls::hash_many_uncleared(detail::kTagDst, names, detail::kTagNameSize);
  Part part{impl_->next_exponent, bls::to_affine(sigmas), bls::to_affine(points), impl_->f.raw()};
  impl_->next_exponent += d.blocks();
  impl_->parts.push_back(std::move(part));
  return {};
}

std::vector<std::size_t> IngestCheck::finish() {
  std::vector<std::size_t> all(impl_->parts.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<std::size_t> bad;
  impl_->settle(all, false, bad);
  impl_->parts.clear();
  return bad;
}

}  // namespace cess
