// SPDX-License-Identifier: Apache-2.0
// The tagger of a world of model miners, and what its tags are good for: audits of suite 1 and the
// proof that a tagged fragment is back. One tagger, of the class that anybody may be.
#include "base/endian.hpp"
#include "chain/sim/miners_impl.hpp"
#include "chain/state/taggers/calls.hpp"
#include "crypto/sha256.hpp"
#include "podr2/prove.hpp"

namespace cess::sim {
namespace {

// Enough for the model files, whose fragments are a few hundred bytes. A whole list takes 0.4 s.
constexpr std::size_t kSectorsOfModels = 64;

}  // namespace

void MinerCrowd::Impl::make_tagger(std::uint64_t seed) {
  Bytes random_bytes;
  for (std::uint64_t i = 0; random_bytes.size() < TaggerSecret::kRandomSize; ++i)
    append(random_bytes, secret_of(seed, "tagger", i).view());
  const auto secret = TaggerSecret::make(random_bytes);
  tagger_public = make_tagger_public(secret, kSectorsOfModels);
  auto made = Tagger::make(secret, tagger_public.head);
  CESS_CHECK(made.has_value());
  tagger = std::move(*made);
  tagger_sign_seed = secret.sign_seed().clone();
}

void MinerCrowd::Impl::register_tagger(World& w, const State& state, Height height) {
  Sender& by = owners[0];
  if (taggers::kTaggers.has(state, tagger->id())) return;
  if (by.sent_at != 0 && height < by.sent_at + 10) return;
  taggers::Register r;
  r.sign_key = tagger_public.head.sign_key;
  r.v = tagger_public.head.v.compress();
  r.w = tagger_public.head.w.compress();
  r.list_hash = tagger_public.head.list_hash;
  r.possession = ed25519_sign(
      tagger_sign_seed, taggers::registration_message(world->genesis(), by.key.id, tagger->id()));
  say(w, state, by, height, "taggers.register", r);
}

files::Nonce MinerCrowd::Impl::nonce_of(const ModelFile& m, std::uint16_t column) const {
  std::uint8_t number[2];
  store_le(number, column);
  const Hash256 h =
      sha256({as_bytes("cess.sim/nonce"), m.declare.file_id.view(), ByteView(number)});
  files::Nonce out{};
  std::copy_n(h.bytes.begin(), out.size(), out.begin());
  return out;
}

HeldFragment MinerCrowd::Impl::tag(const ModelFile& m, std::uint16_t column) const {
  const Bytes& data = m.columns[column];
  CESS_CHECK(data.size() <= kSectorsOfModels * kSectorSize);
  TagFile made = tagger->tag_fragment({m.declare.file_id, 0, column, 0}, nonce_of(m, column), data);
  HeldFragment out;
  out.descriptor = made.descriptor;
  out.tags = std::move(made.tags);
  out.data = data;
  return out;
}

Bytes MinerCrowd::Impl::prove_tagged(const State& state, const AccountId& who,
                                     const HeldFragment& fragment, const Hash256& seed) const {
  const Challenge c =
      files::restoral_challenge(state, world->genesis(), who, frag_id(fragment.descriptor),
                                fragment.descriptor.blocks(), tagger->id(), seed);
  ProofBuilder builder;
  for (const Draw& d : draw_all(c)) {
    CESS_CHECK(builder.add(d.weight, fragment.data, fragment.tags).has_value());
  }
  const Proof proof =
      builder.finish(bls::Scalar::reduce(evaluation_point_wide(challenge_seed(c))), tagger_public);
  return {proof.begin(), proof.end()};
}

}  // namespace cess::sim
