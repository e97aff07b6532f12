// SPDX-License-Identifier: Apache-2.0
// Seven ways in which schemes of this kind have been broken, each shown closed; and a hand-sized
// case.
#include <gtest/gtest.h>

#include <type_traits>

#include "base/hex.hpp"
#include "merkle/tree.hpp"
#include "podr2/challenge.hpp"
#include "podr2_fixture.hpp"

namespace cess {
namespace {

using bls::G1;
using bls::Scalar;
using test::TestFragment;
using test::TestProof;

Scalar n(std::uint64_t v) { return Scalar::from_u64(v); }

Bytes le32(const Scalar& s) {
  const auto b = s.bytes();
  return {b.begin(), b.end()};
}

TEST(HandSized, FourSectorsThreeBlocks) {
  // α = 3, τ = 10, s = 4: a block's value is its sectors read as decimal digits, lowest first.
  const auto secret = TaggerSecret::from_fields(le32(n(3)), le32(n(10)), test::noise(1, 32),
                                                TaggerClass::owner, {});
  ASSERT_TRUE(secret);
  const TaggerPublic pub = make_tagger_public(*secret, 4);
  for (const std::uint64_t j : {0U, 1U, 2U, 3U}) {
    const std::uint64_t power[] = {1, 10, 100, 1000};
    EXPECT_EQ(G1(pub.powers[j]), G1::generator().mul(n(power[j])));
  }
  EXPECT_EQ(pub.head.v, bls::G2::generator().mul(n(3)));
  EXPECT_EQ(pub.head.w, bls::G2::generator().mul(n(30)));
  EXPECT_TRUE(check_key(pub, test::check_seed(1)));

  const auto block = [](std::array<std::uint8_t, 4> digits) {
    Bytes b(4 * kSectorSize);
    for (std::size_t j = 0; j < 4; ++j) b[j * kSectorSize] = digits[j];
    return b;
  };
  const Bytes blocks[] = {block({1, 2, 3, 4}), block({5, 0, 0, 0}), block({0, 0, 0, 9})};
  const std::uint64_t value[] = {4321, 5, 9000};
  // ν = 1, 2, 3, z = 2: f = (1+10, 2, 3, 4+27) = (11, 2, 3, 31), y = 11 + 4 + 12 + 248 = 275,
  // q = (f − 275)/(X − 2) = 31X² + 65X + 132, ψ = [3100 + 650 + 132] = [3882].
  const auto tagger = Tagger::make(*secret, pub.head);
  ASSERT_TRUE(tagger);
  ProofBuilder builder;
  std::vector<ChallengedBlock> challenged;
  G1 sigma;
  for (std::uint64_t k = 0; k < 3; ++k) {
    const TagFile tags = tagger->tag_fragment({}, {static_cast<std::uint8_t>(k)}, blocks[k]);
    const FragId id = frag_id(tags.descriptor);
    Bytes name(id.bytes.begin(), id.bytes.end());
    name.resize(36);
    const G1 h = bls::hash_to_g1("CESS-PODR2-V01-TAG_BLS12381G1_XMD:SHA-256_SSWU_RO_", name);
    const G1 want = (h + G1::generator().mul(n(value[k]))).mul(n(3));
    EXPECT_EQ(to_hex(tags.tags), to_hex(want.compress()));
    sigma = sigma + want.mul(n(k + 1));
    Nu nu{};
    nu[0] = static_cast<std::uint8_t>(k + 1);
    ASSERT_TRUE(builder.add(nu, blocks[k], tags.tags));
    challenged.push_back({id, 0, nu});
  }
  const Proof proof = builder.finish(n(2), pub);
  Bytes want;
  append(want, sigma.compress());
  append(want, G1::generator().mul(n(3882)).compress());
  append(want, n(275).bytes());
  EXPECT_EQ(to_hex(proof), to_hex(want));
  const ProofUncompressed full = builder.finish_uncompressed();
  ASSERT_EQ(full.mu.size(), 4U);
  const std::uint64_t f[] = {11, 2, 3, 31};
  for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(full.mu[j], n(f[j]).bytes());
  const TaggerLines lines(pub.head);
  EXPECT_EQ(verify_proof({&lines, challenged, n(2), proof}), Verdict::right);
  EXPECT_EQ(verify_uncompressed(pub, challenged, full), Verdict::right);
}

// (1) Hash points as U^{h(name ‖ i)} would make tags solvable linear equations: tags of blocks with
// equal contents would then differ by known multiples of one point. Ours hang on independent
// points.
TEST(Traps, HashPointsAreUnrelated) {
  auto& t = test::tagger(0);
  const Bytes same(4 * kBlockSize, 0x5a);
  const TagFile tags = t.tagger.tag_fragment({}, {1}, same);
  std::vector<G1> d;  // differences of tags over equal bytes: α(h_i − h_j), nothing of f in them
  for (std::uint32_t i = 0; i + 1 < 4; ++i) {
    const auto tag = [&](std::uint32_t k) {
      return *G1::parse(ByteView(tags.tags).subspan(k * kTagSize, kTagSize));
    };
    d.push_back(tag(i + 1) - tag(i));
  }
  // No small linear relation, such as equal steps, which any U^{linear(i)} would show.
  for (int a = -4; a <= 4; ++a) {
    for (int b = -4; b <= 4; ++b) {
      for (int c = -4; c <= 4; ++c) {
        if (a == 0 && b == 0 && c == 0) continue;
        const auto times = [](const G1& p, int k) {
          const G1 q = p.mul(n(static_cast<std::uint64_t>(k < 0 ? -k : k)));
          return k < 0 ? q.negate() : q;
        };
        EXPECT_FALSE((times(d[0], a) + times(d[1], b) + times(d[2], c)).is_identity());
      }
    }
  }
  // And the tag of one block is no tag of another: its place is in the hash.
  const TestFragment f(t.tagger, 5, 2 * kBlockSize);
  ProofBuilder builder;
  ASSERT_TRUE(builder.add(test::nu_of(1), f.block(0), f.tag(0)));
  const Proof proof = builder.finish(n(7), t.pub);
  const ChallengedBlock asked[] = {{f.id, 1, test::nu_of(1)}};
  EXPECT_EQ(verify_proof({&t.lines, asked, n(7), proof}), Verdict::wrong);
}

// (2) [α]₁ or [ατ]₁ would make the first sectors forgeable. α exists in public in G2 only, and no
// listed point is α times another: the pairing test below finds one if there is.
TEST(Traps, NoAlphaInG1) {
  auto& t = test::tagger(0);
  const Bytes file = encode_tagger_public(t.pub);
  const auto alpha = *Scalar::parse(t.secret.alpha_bytes().view());
  const auto tau = *Scalar::parse(t.secret.tau_bytes().view());
  for (const Scalar& secret : {alpha, alpha * tau, alpha * tau * tau, alpha.negate()}) {
    const auto point = G1::generator().mul(secret).compress();
    EXPECT_EQ(std::search(file.begin(), file.end(), point.begin(), point.end()), file.end());
  }
  for (const Scalar& secret : {alpha, tau}) {
    const auto raw = secret.bytes();
    EXPECT_EQ(std::search(file.begin(), file.end(), raw.begin(), raw.end()), file.end());
  }
  // What its possession would allow, so that the search above means something: with [α]₁ a tag
  // moves to other contents.
  TestFragment f(t.tagger, 6, 100);
  f.data[0] = static_cast<std::uint8_t>(f.data[0] ^ 1U);  // first sector changed by ±1
  const bool up = (f.data[0] & 1U) != 0;
  const G1 alpha1 = G1::generator().mul(alpha);
  const auto forged = (*G1::parse(f.tag(0)) + (up ? alpha1 : alpha1.negate())).compress();
  std::copy(forged.begin(), forged.end(), f.tags.tags.begin());
  const TestProof p(t, {&f}, 1);
  EXPECT_EQ(verify_proof(p.claim(t)), Verdict::right);
}

// (3) Two contents under one frag_id cannot come from a Tagger: the name hashes the root, and the
// root is worked out from the bytes.
TEST(Traps, OneNameOneContent) {
  auto& t = test::tagger(0);
  const FragmentPlace place{FileId::from(test::noise(1, 32)), 1, 2, 3};
  Bytes a = test::noise(1, 5000), b = a;
  b[4999] ^= 1;
  const TagFile ta = t.tagger.tag_fragment(place, {7}, a);
  const TagFile tb = t.tagger.tag_fragment(place, {7}, b);
  EXPECT_EQ(ta.descriptor.root, fragment_root(a));
  EXPECT_EQ(tb.descriptor.root, fragment_root(b));
  EXPECT_NE(frag_id(ta.descriptor), frag_id(tb.descriptor));
  // Padding is no second content either: zeros at the end change the length, so the name.
  Bytes c = a;
  c.push_back(0);
  EXPECT_NE(frag_id(t.tagger.tag_fragment(place, {7}, c).descriptor), frag_id(ta.descriptor));
  // Same content, same place, same nonce: the same tags, not a second equation.
  EXPECT_EQ(t.tagger.tag_fragment(place, {7}, a).tags, ta.tags);
  EXPECT_NE(frag_id(t.tagger.tag_fragment(place, {8}, a).descriptor), frag_id(ta.descriptor));
}

// (4) α signs no raw points: a Tagger offers fragments only, and its signatures are made with
// another key.
template <class T>
concept TagsPoints = requires(const T& t, const G1& p) {
  t.tag(p);
}
|| requires(const T& t, const G1& p) { t.sign(p); }
|| requires(const T& t, const G1& p) { t.tag_fragment(p); };
template <class T>
concept TakesDescriptor = requires(const T& t, const Descriptor& d, ByteView b) {
  t.tag_fragment(d, b);
}
|| requires(const T& t, const FragId& id, ByteView b) { t.tag_fragment(id, b); };
TEST(Traps, NoRawPointIsSigned) {
  static_assert(!TagsPoints<Tagger> && !TakesDescriptor<Tagger>);
  static_assert(!std::is_copy_constructible_v<TaggerSecret> &&
                !std::is_copy_assignable_v<TaggerSecret>);
  auto& t = test::tagger(0);
  EXPECT_NE(to_hex(t.secret.sign_seed().view()), to_hex(t.secret.alpha_bytes().view()));
  EXPECT_TRUE(verify_tag_signature(TestFragment(t.tagger, 9, 100).tags, t.pub.head));
}

// (5) With τ known a miner could keep f_i(τ) per block and forget the block. It cannot answer
// without τ: the proof asks f at z, and f(τ) alone says nothing about f(z).
TEST(Traps, TauAndDigestsStaySecret) {
  auto& t = test::tagger(0);
  const TestFragment f(t.tagger, 10, 3 * kSectorSize);
  const auto tau = *Scalar::parse(t.secret.tau_bytes().view());
  const TestProof honest(t, {&f}, 3);
  // The forger knows v = Σν f(τ), but not τ: it sends the constant polynomial v.
  Scalar value;
  for (std::size_t j = 3; j-- > 0;) {
    value = value * tau + Scalar::reduce(ByteView(f.data).subspan(j * kSectorSize, kSectorSize));
  }
  value = value * Scalar::reduce(honest.blocks[0].nu);
  Proof forged = honest.proof;
  std::fill(forged.begin() + 48, forged.end(), std::uint8_t{0});
  forged[48] = 0xc0;
  const auto y = value.bytes();
  std::copy(y.begin(), y.end(), forged.begin() + 96);
  // Right as an equation: σ fits v, ψ = 0. This is what "leaking τ breaks it" means...
  EXPECT_EQ(verify_proof({&t.lines, honest.blocks, honest.z, forged}), Verdict::right);
  // ...so f(τ) and τ appear in nothing public, and a wrong guess of the value is refused.
  const auto file = encode_tagger_public(t.pub);
  const Bytes tags = encode_tag_file(f.tags);
  for (const Scalar& secret : {tau, value}) {
    const auto raw = secret.bytes();
    EXPECT_EQ(std::search(file.begin(), file.end(), raw.begin(), raw.end()), file.end());
    EXPECT_EQ(std::search(tags.begin(), tags.end(), raw.begin(), raw.end()), tags.end());
  }
  const auto guess = (value + n(1)).bytes();
  std::copy(guess.begin(), guess.end(), forged.begin() + 96);
  EXPECT_EQ(verify_proof({&t.lines, honest.blocks, honest.z, forged}), Verdict::wrong);
}

// (6) Everything that a miner could bend after the beacon is known is in the seed.
TEST(Traps, TheSeedBindsTheSnapshot) {
  Challenge c;
  c.epoch = 5;
  c.beacon = Hash256::from(test::noise(1, 32));
  c.miner = MinerId::from(test::noise(2, 32));
  c.svc_root = Hash256::from(test::noise(3, 32));
  c.blocks = 1000;
  c.fragments = 40;
  c.count = 16;
  const Hash256 seed = challenge_seed(c);
  const auto differs = [&](auto change) {
    Challenge d = c;
    change(d);
    return challenge_seed(d) != seed;
  };
  EXPECT_TRUE(differs([](Challenge& d) { d.svc_root.bytes[0] ^= 1; }));
  EXPECT_TRUE(differs([](Challenge& d) { d.blocks ^= 1; }));
  EXPECT_TRUE(differs([](Challenge& d) { d.count ^= 1; }));
  EXPECT_TRUE(differs([](Challenge& d) { d.epoch ^= 1; }));
  EXPECT_TRUE(differs([](Challenge& d) { d.beacon.bytes[31] ^= 1; }));
  EXPECT_TRUE(differs([](Challenge& d) { d.miner.bytes[31] ^= 1; }));
  EXPECT_TRUE(differs([](Challenge& d) { d.chain_id = "other"; }));
}

// (7) Subgroup checks. Without them a proof plus a point of small order would be a second valid
// proof, since pairings do not see that part.
TEST(Traps, SubgroupIsChecked) {
  auto& t = test::tagger(0);
  const TestFragment f(t.tagger, 11, 5000);
  const TestProof p(t, {&f}, 4);
  // r·Q, of an order that divides the cofactor.
  const G1 q = bls::hash_to_curve_uncleared("T", as_bytes("small order"));
  G1 torsion;
  const auto r_minus_1 = n(1).negate().bytes();
  for (std::size_t i = 256; i-- > 0;) {
    torsion = torsion + torsion;
    if (((std::uint32_t{r_minus_1[i / 8]} >> (i % 8)) & 1U) != 0) torsion = torsion + q;
  }
  torsion = torsion + q;
  ASSERT_FALSE(torsion.is_identity());
  for (const std::ptrdiff_t at : {0, 48}) {
    TestProof bad = p;
    const auto point = *G1::parse(ByteView(p.proof).subspan(static_cast<std::size_t>(at), 48));
    const auto moved = (point + torsion).compress();
    std::copy(moved.begin(), moved.end(), bad.proof.begin() + at);
    EXPECT_EQ(verify_proof(bad.claim(t)), Verdict::point);
  }
}

}  // namespace
}  // namespace cess
