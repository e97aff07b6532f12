// SPDX-License-Identifier: Apache-2.0
#include "podr2/keys.hpp"

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"
#include "podr2/detail/exponents.hpp"
#include "podr2/detail/key_maker.hpp"

namespace cess {

namespace {
constexpr std::string_view kKeyMagic = "CESSTPK1";
constexpr std::uint8_t kKeyVersion = 1;

void wipe_scalar(bls::Scalar& s) {
  wipe({reinterpret_cast<std::uint8_t*>(s.limbs.data()), sizeof s.limbs});
}

Key256 scalar_bytes(const bls::Scalar& s) {
  auto bytes = s.bytes();
  Key256 key{ByteView{bytes}};
  wipe(bytes);
  return key;
}

Result<bls::Scalar> secret_scalar(ByteView bytes, const std::string& name) {
  const auto s = bls::Scalar::parse(bytes);
  if (!s)
    return fail(Code::input, "tagger key: " + name + " is not 32 bytes below the group order");
  if (s->is_zero()) return fail(Code::input, "tagger key: " + name + " is zero");
  return *s;
}
}  // namespace

Result<TaggerClass> parse_tagger_class(char c) {
  if (c == 'A' || c == 'B' || c == 'C') return static_cast<TaggerClass>(c);
  return fail(Code::input, "tagger class is not A, B or C");
}

TaggerSecret TaggerSecret::make(ByteView random, TaggerClass cls, const Hash256& attestation) {
  CESS_CHECK(random.size() == kRandomSize);
  TaggerSecret s;
  s.alpha_ = bls::Scalar::reduce(random.first(64));
  s.tau_ = bls::Scalar::reduce(random.subspan(64, 64));
  // 2^-255 each: only a broken source of randomness gets here.
  CESS_CHECK(!s.alpha_.is_zero() && !s.tau_.is_zero());
  s.sign_seed_ = Key256(random.subspan(128, 32));
  s.cls_ = cls;
  s.attestation_ = attestation;
  return s;
}

Result<TaggerSecret> TaggerSecret::from_fields(ByteView alpha, ByteView tau, ByteView sign_seed,
                                               TaggerClass cls, const Hash256& attestation) {
  TaggerSecret s;
  CESS_TRY_ASSIGN(s.alpha_, secret_scalar(alpha, "alpha"));
  CESS_TRY_ASSIGN(s.tau_, secret_scalar(tau, "tau"));
  if (sign_seed.size() != Key256::kSize) {
    return fail(Code::input, "tagger key: sign_seed is not 32 bytes");
  }
  s.sign_seed_ = Key256(sign_seed);
  s.cls_ = cls;
  s.attestation_ = attestation;
  return s;
}

TaggerSecret::TaggerSecret(TaggerSecret&& o) noexcept
    : alpha_(o.alpha_),
      tau_(o.tau_),
      sign_seed_(std::move(o.sign_seed_)),
      cls_(o.cls_),
      attestation_(o.attestation_) {
  wipe_scalar(o.alpha_);
  wipe_scalar(o.tau_);
}

TaggerSecret& TaggerSecret::operator=(TaggerSecret&& o) noexcept {
  if (this != &o) {
    alpha_ = o.alpha_;
    tau_ = o.tau_;
    wipe_scalar(o.alpha_);
    wipe_scalar(o.tau_);
    sign_seed_ = std::move(o.sign_seed_);
    cls_ = o.cls_;
    attestation_ = o.attestation_;
  }
  return *this;
}

TaggerSecret::~TaggerSecret() {
  wipe_scalar(alpha_);
  wipe_scalar(tau_);
}

Key256 TaggerSecret::alpha_bytes() const { return scalar_bytes(alpha_); }
Key256 TaggerSecret::tau_bytes() const { return scalar_bytes(tau_); }

bls::G2 KeyMaker::v(const TaggerSecret& s) { return bls::G2::generator().mul(s.alpha_); }

bls::G2 KeyMaker::w(const TaggerSecret& s) {
  bls::Scalar product = s.alpha_ * s.tau_;
  const bls::G2 w = bls::G2::generator().mul(product);
  wipe_scalar(product);
  return w;
}

std::vector<bls::G1> KeyMaker::powers(const TaggerSecret& secret, std::size_t count) {
  std::vector<bls::Scalar> scalars(count);
  bls::Scalar power = bls::Scalar::from_u64(1);
  for (bls::Scalar& s : scalars) {
    s = power;
    power = power * secret.tau_;
  }
  auto points = bls::FixedBase::generator().mul_many(scalars);
  wipe({reinterpret_cast<std::uint8_t*>(scalars.data()), scalars.size() * sizeof scalars[0]});
  wipe_scalar(power);
  return points;
}

TaggerPublic make_tagger_public(const TaggerSecret& secret, std::size_t sectors) {
  CESS_CHECK(sectors >= 2 && sectors <= kSectors);
  const auto points = KeyMaker::powers(secret, sectors);
  Bytes list(sectors * bls::kG1Size);
  bls::compress_many(list, points);
  TaggerPublic key;
  key.powers = bls::to_affine(points);
  key.head.cls = secret.cls();
  key.head.attestation = secret.attestation();
  key.head.sign_key = ed25519_public(secret.sign_seed());
  key.head.v = KeyMaker::v(secret);
  key.head.w = KeyMaker::w(secret);
  key.head.list_hash = sha256(list);
  key.head.id = tagger_id(key.head);
  return key;
}

TaggerId tagger_id(const TaggerHead& head) {
  const std::uint8_t cls = static_cast<std::uint8_t>(head.cls);
  return TaggerId::from(
      sha256({as_bytes("CESS-TAGGER-v1"), head.v.compress(), head.w.compress(),
              head.list_hash.view(), ByteView{&cls, 1}, head.attestation.view(), head.sign_key})
          .view());
}

Bytes encode_tagger_public(const TaggerPublic& key) {
  CESS_CHECK(key.powers.size() == kSectors);
  std::vector<bls::G1> points;
  points.reserve(kSectors);
  for (const auto& p : key.powers) points.emplace_back(p);
  Bytes list(kSectors * bls::kG1Size);
  bls::compress_many(list, points);
  Writer w;
  w.raw(kKeyMagic)
      .le(kKeyVersion)
      .le(static_cast<std::uint8_t>(key.head.cls))
      .id(key.head.attestation);
  w.raw(ByteView{key.head.sign_key}).raw(ByteView{key.head.v.compress()});
  w.raw(ByteView{key.head.w.compress()}).le(static_cast<std::uint32_t>(kSectors));
  CESS_CHECK(w.bytes().size() == kTaggerHeadSize);
  w.raw(ByteView{list});
  return w.take();
}

Result<TaggerHead> parse_tagger_head(ByteView file) {
  Reader r(file, "tagger public key");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kKeyMagic.size(), "magic"));
  if (as_text(magic) != kKeyMagic) return r.refuse("magic is not CESSTPK1");
  CESS_TRY_ASSIGN(const auto version, r.le<std::uint8_t>("version"));
  if (version != kKeyVersion) return r.refuse("version is not 1");
  TaggerHead head;
  CESS_TRY_ASSIGN(const auto cls, r.le<std::uint8_t>("class"));
  if (cls != 'A' && cls != 'B' && cls != 'C') return r.refuse("class is not A, B or C");
  head.cls = static_cast<TaggerClass>(cls);
  CESS_TRY_ASSIGN(head.attestation, r.id<Hash256>("attestation"));
  CESS_TRY_ASSIGN(const ByteView sign_key, r.raw(head.sign_key.size(), "signing key"));
  std::copy(sign_key.begin(), sign_key.end(), head.sign_key.begin());
  for (bls::G2* point : {&head.v, &head.w}) {
    CESS_TRY_ASSIGN(const ByteView bytes, r.raw(bls::kG2Size, "key point"));
    const auto p = bls::G2::parse(bytes);
    if (!p || p->is_identity())
      return r.refuse("not a point of G2 other than the identity, before");
    *point = *p;
  }
  CESS_TRY_ASSIGN(const auto count, r.le<std::uint32_t>("count"));
  if (count != kSectors) return r.refuse("count is not " + std::to_string(kSectors));
  CESS_TRY_ASSIGN(const ByteView list, r.raw(kSectors * bls::kG1Size, "powers"));
  CESS_TRY(r.end());
  head.list_hash = sha256(list);
  head.id = tagger_id(head);
  return head;
}

Result<TaggerPublic> parse_tagger_public(ByteView file) {
  TaggerPublic key;
  CESS_TRY_ASSIGN(key.head, parse_tagger_head(file));
  std::vector<bls::G1> points;
  points.reserve(kSectors);
  for (std::size_t j = 0; j < kSectors; ++j) {
    const std::size_t at = kTaggerHeadSize + j * bls::kG1Size;
    const auto p = bls::G1::parse_unchecked_subgroup(file.subspan(at, bls::kG1Size));
    if (!p) {
      return fail(Code::input, "tagger public key: power " + std::to_string(j) +
                                   " is not a compressed point at byte " + std::to_string(at));
    }
    points.push_back(*p);
  }
  key.powers = bls::to_affine(points);
  return key;
}

Status check_key(const TaggerPublic& key, const CheckSeed& seed) {
  const std::size_t s = key.powers.size();
  const auto no = [](std::string why) { return fail(Code::no, "tagger key: " + std::move(why)); };
  if (s < 2) return no("fewer than two powers");
  if (!(bls::G1(key.powers[0]) == bls::G1::generator())) return no("power 0 is not the generator");
  if (bls::G1(key.powers[1]).is_identity() || key.head.v.is_identity() ||
      key.head.w.is_identity()) {
    return no("v, w or power 1 is the identity");
  }
  std::vector<bls::Exponent128> rho(s - 1);
  for (std::size_t j = 0; j + 1 < s; ++j) rho[j] = detail::exponent(seed, j);
  const std::span<const bls::G1Affine> powers = key.powers;
  const auto checked = bls::subgroup_sum_vartime(powers.subspan(1), rho);  // power 0 is known
  if (!checked) {
    const auto bad = bls::first_outside_subgroup(powers);
    CESS_CHECK(bad.has_value());
    return no("power " + std::to_string(*bad) + " is outside the subgroup");
  }
  const bls::G1& upper = *checked;
  const bls::G1 lower = bls::msm_vartime(powers.first(s - 1), rho);
  const bls::G2Lines v(key.head.v);
  const bls::G2Lines w(key.head.w);
  const bls::PairingTerm terms[] = {{upper, &v}, {lower.negate(), &w}};
  if (!bls::pairing_product_is_one(terms)) return no("the list is not one of powers of w/v");
  return {};
}

}  // namespace cess
