// SPDX-License-Identifier: Apache-2.0
#include "podr2/tag.hpp"

#include "base/check.hpp"
#include "merkle/tree.hpp"
#include "podr2/detail/exponents.hpp"
#include "podr2/detail/key_maker.hpp"
#include "podr2/detail/sector_sum.hpp"

namespace cess {

namespace {
void wipe_value(void* p, std::size_t size) { wipe({static_cast<std::uint8_t*>(p), size}); }
}  // namespace

struct Tagger::Impl {
  bls::Scalar alpha;
  Key256 sign_seed;
  TaggerHead head;
  detail::PowerTable powers;
  detail::SectorKernel kernel = detail::best_kernel();

  Impl(const bls::Scalar& a, const bls::Scalar& tau, const Key256& seed, const TaggerHead& h)
      : alpha(a), sign_seed(seed.clone()), head(h), powers(tau, kSectors) {}
  ~Impl() { wipe_value(&alpha, sizeof alpha); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// σ = α·(hash(name) + f(τ)·g1).
  [[nodiscard]] bls::G1 tag(const FragId& frag, std::uint32_t block, ByteView data) const {
    bls::Scalar value = powers.evaluate(data, kernel);
    bls::G1 base = bls::FixedBase::generator().mul(value);
    base = base + bls::hash_to_g1(detail::kTagDst, detail::tag_name(frag, block));
    const bls::G1 sigma = base.mul(alpha);
    wipe_value(&value, sizeof value);
    wipe_value(&base, sizeof base);
    return sigma;
  }
};

Tagger::Tagger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tagger::Tagger(Tagger&&) noexcept = default;
Tagger& Tagger::operator=(Tagger&&) noexcept = default;
Tagger::~Tagger() = default;

Result<Tagger> Tagger::make(const TaggerSecret& secret, const TaggerHead& head) {
  const bool fits = KeyMaker::v(secret) == head.v && KeyMaker::w(secret) == head.w &&
                    secret.cls() == head.cls && secret.attestation() == head.attestation &&
                    ed25519_public(secret.sign_seed()) == head.sign_key &&
                    tagger_id(head) == head.id;
  if (!fits) return fail(Code::input, "tagger key: the public key does not belong to the secret");
  return Tagger(std::make_unique<Impl>(secret.alpha_, secret.tau_, secret.sign_seed(), head));
}

const TaggerId& Tagger::id() const { return impl_->head.id; }

TagFile Tagger::tag_fragment(const FragmentPlace& place, const std::array<std::uint8_t, 16>& nonce,
                             ByteView data) const {
  CESS_CHECK(!data.empty());
  TagFile file;
  Descriptor& d = file.descriptor;
  d.suite = AuditSuite::sw_kzg;
  d.file = place.file;
  d.segment = place.segment;
  d.fragment = place.fragment;
  d.replica = place.replica;
  d.length = data.size();
  d.root = fragment_root(data);
  d.tagger = impl_->head.id;
  d.nonce = nonce;
  const FragId name = frag_id(d);

  std::vector<bls::G1> sigmas;
  sigmas.reserve(d.blocks());
  for (std::uint32_t i = 0; i < d.blocks(); ++i) {
    const std::size_t at = std::size_t{i} * kBlockSize;
    sigmas.push_back(
        impl_->tag(name, i, data.subspan(at, std::min<std::size_t>(kBlockSize, data.size() - at))));
  }
  file.tags.resize(sigmas.size() * kTagSize);
  bls::compress_many(file.tags, sigmas);
  file.signature = ed25519_sign(impl_->sign_seed, encode_descriptor(d));
  return file;
}

bool verify_tag_signature(const TagFile& tags, const TaggerHead& head) {
  return tags.descriptor.suite == AuditSuite::sw_kzg && tags.descriptor.tagger == head.id &&
         ed25519_verify(head.sign_key, encode_descriptor(tags.descriptor), tags.signature);
}

}  // namespace cess
