// SPDX-License-Identifier: Apache-2.0
// links: base crypto merkle podr2
// Everything that sees a tagger's α, τ or f(τ).
#include "crypto/bls.hpp"
#include "podr2/detail/key_maker.hpp"
#include "podr2/detail/sector_sum.hpp"
#include "podr2/keys.hpp"
#include "podr2/tag.hpp"
#include "poison.hpp"

namespace {

using namespace cess;

template <class T>
ByteView bytes_of(const T& v) {
  return {reinterpret_cast<const std::uint8_t*>(&v), sizeof v};
}

Bytes randomness() {
  Bytes r(TaggerSecret::kRandomSize);
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = static_cast<std::uint8_t>(i * 37 + 11);
  return r;
}

bls::Scalar secret_scalar(std::uint8_t fill) {
  Bytes wide(64, fill);
  ct::poison(wide);
  return bls::Scalar::reduce(wide);
}

void scalar() {
  const bls::Scalar a = secret_scalar(1);
  const bls::Scalar b = secret_scalar(2);
  const bls::Scalar c = (a * b + a - b).negate();
  ct::use(bytes_of(c));
  const auto bytes = c.bytes();
  ct::use(bytes);
}

void multiply() {
  const bls::Scalar k = secret_scalar(3);
  const bls::G1 p = bls::G1::generator().mul(k);
  ct::use(bytes_of(p.limbs));
  const bls::G1 f = bls::FixedBase::generator().mul(k);
  ct::use(bytes_of(f.limbs));
  const bls::G2 q = bls::G2::generator().mul(k);
  ct::use(bytes_of(q.limbs));
}

// The body of a tag, step by step, with the kernels valgrind can run.
void tag_steps() {
  const bls::Scalar tau = secret_scalar(4);
  const bls::Scalar alpha = secret_scalar(5);
  const detail::PowerTable powers(tau, 40);
  const Bytes data(31 * 40 - 5, 0x6b);
  for (const auto kernel : {detail::SectorKernel::reference, detail::SectorKernel::portable}) {
    const bls::Scalar value = powers.evaluate(data, kernel);
    bls::G1 base = bls::FixedBase::generator().mul(value);
    base = base + bls::hash_to_g1("CESS-TEST", as_bytes("name"));
    const bls::G1 sigma = base.mul(alpha);
    ct::use(bytes_of(sigma.limbs));
  }
}

// The whole tagger on a short fragment.
void tag_fragment() {
  const TaggerSecret open_secret = TaggerSecret::make(randomness());
  const TaggerHead head = [&] {
    TaggerPublic pub = make_tagger_public(open_secret, 2);
    pub.head.list_hash = Hash256{};
    pub.head.id = tagger_id(pub.head);
    return pub.head;
  }();
  Bytes random = randomness();
  ct::poison(random);
  const TaggerSecret secret = TaggerSecret::make(random);
  const auto tagger = Tagger::make(secret, head);
  if (!tagger) std::abort();
  const Bytes data(10'000, 0x42);
  const TagFile tags = tagger->tag_fragment({}, {1, 2, 3}, data);
  ct::use(tags.tags);
}

void public_key() {
  Bytes random = randomness();
  ct::poison(random);
  const TaggerSecret secret = TaggerSecret::make(random);
  const bls::G2 v = KeyMaker::v(secret);
  const bls::G2 w = KeyMaker::w(secret);
  const auto powers = KeyMaker::powers(secret, 4);
  ct::use(bytes_of(v.limbs));
  ct::use(bytes_of(w.limbs));
  ct::use(bytes_of(powers[3].limbs));
}

constexpr ct::Case kCases[] = {{"scalar", scalar},
                               {"multiply", multiply},
                               {"tag-steps", tag_steps},
                               {"tag-fragment", tag_fragment},
                               {"public-key", public_key}};

}  // namespace

int main(int argc, char** argv) { return cess::ct::run_cases(kCases, argc, argv); }
