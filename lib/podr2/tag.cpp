// SPDX-License-Identifier: Apache-2.0
#include "podr2/tag.hpp"

#include <algorithm>

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

  Impl(const bls::Scalar& a, const bls::Scalar& tau, const Key256& seed, const TaggerHead& h)
      : alpha(a), sign_seed(seed.clone()), head(h), powers(tau, kSectors) {}
  ~Impl() { wipe_value(&alpha, sizeof alpha); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// σ_i = α·(hash(name_i) + f_i(τ)·g1) for every block, step by step for all.
  [[nodiscard]] std::vector<bls::G1> tags(const FragId& frag, ByteView data) const {
    const std::uint32_t blocks = block_count(data.size());
    std::vector<bls::Scalar> values(blocks);
    Bytes names;
    names.reserve(blocks * detail::kTagNameSize);
    for (std::uint32_t i = 0; i < blocks; ++i) {
      const std::size_t at = std::size_t{i} * kBlockSize;
      const std::size_t size = std::min<std::size_t>(kBlockSize, data.size() - at);
      values[i] = powers.evaluate(data.subspan(at, size), detail::best_kernel());
      append(names, detail::tag_name(frag, i));
    }
    const auto hashes = bls::hash_many_to_g1(detail::kTagDst, names, detail::kTagNameSize);
    auto bases = bls::FixedBase::generator().mul_many(values);
    std::vector<bls::G1> sigmas(blocks);
    for (std::uint32_t i = 0; i < blocks; ++i) sigmas[i] = hashes[i] + bases[i];
    bls::mul_all(sigmas, alpha);
    wipe_value(values.data(), values.size() * sizeof values[0]);
    wipe_value(bases.data(), bases.size() * sizeof bases[0]);
    return sigmas;
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

  const auto sigmas = impl_->tags(name, data);
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
